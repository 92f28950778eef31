/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change of a keybag that is prepared, and neither committed nor aborted yet. The transaction
 * that it belongs to, and its states, are in change/transaction.h; here is what lock, unload and
 * panic need of it.
 */
#ifndef _KEYBAG_PENDING_H
#define _KEYBAG_PENDING_H

#include "../crypto/class_key.h"
#include "../form/sealed_form.h"

/**
 * struct keybag_pending - a prepared change; bag->control, and as said
 * @maker: the command that prepared it, while that runs; only to compare with
 * @sealed: the sealed form to come
 * @akpu: ciphers of a new akpu key, empty where there is none or a lock has wiped it (bag->rwsem)
 */
struct keybag_pending {
	const void *maker;
	struct keybag_sealed_form sealed;
	struct keybag_class_key akpu;
};

/* An empty one, or NULL. */
struct keybag_pending *keybag_pending_new(const void *maker);

/* Wipes its ciphers; NULL is fine. Call with rwsem for writing, or before it waits in a bag. */
void keybag_pending_wipe(struct keybag_pending *pending);

/* Wipes and frees it; NULL is fine. */
void keybag_pending_free(struct keybag_pending *pending);

#endif /* _KEYBAG_PENDING_H */
