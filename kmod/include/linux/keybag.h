/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keybag for other parts of the kernel: sealing secrets under class keys that follow the lock
 * state.
 *
 * A user finds a bag, holds a reference, and wraps and unwraps with it. Errors are those of
 * kmod/uapi/keybag.h; above all -ENOKEY, the class is not available now, and -EKEYREVOKED, the bag
 * was unloaded: drop the reference, and look for it again when it may be back.
 *
 * A user wipes what it derived from an unwrapped secret. A notifier tells when.
 *
 * Users depend on keybag.ko by these symbols, which keeps it loaded for as long as they are. Those
 * who go through symbol_get() put the symbols last.
 */
#ifndef _LINUX_KEYBAG_H
#define _LINUX_KEYBAG_H

#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include "../../uapi/keybag.h"

struct keybag_bag;

/**
 * struct keybag_context - what a blob is bound to
 * @domain: keeps users apart who share a class: a blob is opened in its own domain alone. Zero for
 *          one that is exchanged with descriptors nobody set a domain on
 * @aad: associated data, authenticated and not stored; may be NULL
 * @aad_length: 0..KEYBAG_MAX_AAD
 */
struct keybag_context {
	u8 domain[KEYBAG_DOMAIN_SIZE];
	const void *aad;
	size_t aad_length;
};

/**
 * struct keybag_notice - what notifiers are told
 * @uuid: of the bag
 * @owner: of the bag, INVALID_UID for a system bag
 * @event: the change of state
 */
struct keybag_notice {
	u8 uuid[KEYBAG_UUID_SIZE];
	kuid_t owner;
	struct keybag_event event;
};

/**
 * keybag_get_by_owner() - find the loaded bag of a user
 * @owner: uid of that user
 *
 * Does not ask the helper to load it. May sleep.
 *
 * Return: a reference for keybag_put(), or ERR_PTR(-ENOENT).
 */
struct keybag_bag *keybag_get_by_owner(kuid_t owner);

/**
 * keybag_get_by_uuid() - find a loaded bag by its identifier
 * @uuid: KEYBAG_UUID_SIZE bytes
 *
 * Return: a reference for keybag_put(), or ERR_PTR(-ENOENT).
 */
struct keybag_bag *keybag_get_by_uuid(const u8 *uuid);

/**
 * keybag_get_system() - find the loaded system bag
 *
 * Return: a reference for keybag_put(), or ERR_PTR(-ENOENT).
 */
struct keybag_bag *keybag_get_system(void);

/**
 * keybag_put() - drop a reference
 * @bag: from one of the above
 */
void keybag_put(struct keybag_bag *bag);

/**
 * keybag_wrap_secret() - seal a secret under a class key
 * @bag: the bag
 * @class: KEYBAG_CLASS_*
 * @context: what the blob is bound to
 * @secret: 1..KEYBAG_MAX_PAYLOAD bytes
 * @length: of @secret
 * @blob: where the blob goes: kernel memory, vmalloc'ed or on the stack if you like
 * @capacity: of @blob, at least @length + KEYBAG_BLOB_OVERHEAD, of class B + KEYBAG_BLOB_OVERHEAD_B
 *
 * May sleep; allocates.
 *
 * Return: length of the blob, or a negative errno.
 */
ssize_t keybag_wrap_secret(struct keybag_bag *bag, unsigned int class,
			   const struct keybag_context *context, const void *secret, size_t length,
			   void *blob, size_t capacity);

/**
 * keybag_unwrap_secret() - open a blob
 * @bag: the bag
 * @context: what the blob was bound to
 * @blob: from keybag_wrap_secret(), or from user space
 * @length: of @blob
 * @secret: where the secret goes: kernel memory. Nothing is written there on an error
 * @capacity: of @secret, at least its length: @length - KEYBAG_BLOB_OVERHEAD, or of class B
 *            - KEYBAG_BLOB_OVERHEAD_B
 *
 * May sleep; allocates. The secret is written before a lock of the bag can return.
 *
 * Return: length of the secret, or a negative errno.
 */
ssize_t keybag_unwrap_secret(struct keybag_bag *bag, const struct keybag_context *context,
			     const void *blob, size_t length, void *secret, size_t capacity);

/**
 * keybag_register_notifier() - ask to be told of changes of state
 * @notifier: called with enum keybag_state as action and struct keybag_notice as data
 *
 * Called in process context after class keys were wiped or set up, when a bag is loaded too, in
 * order, with no lock of a bag held: it may wrap and unwrap. It cannot refuse, its result is
 * ignored. Whoever asked for the change is waiting, a suspend too, so it must not take long. A
 * change can be overtaken by the next one: what can be done now only the attempt tells.
 *
 * Return: 0 or a negative errno.
 */
int keybag_register_notifier(struct notifier_block *notifier);

/**
 * keybag_unregister_notifier() - undo keybag_register_notifier()
 * @notifier: the same; it is not running any more on return. Not to be called by itself
 *
 * Return: 0 or a negative errno.
 */
int keybag_unregister_notifier(struct notifier_block *notifier);

#endif /* _LINUX_KEYBAG_H */
