/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The workspace of a control command: ciphers, a workbench, and room for the secrets that pass
 * through it. One allocation, made before any lock, wiped at the end; so no secret is on the stack
 * for longer than a call, and a command does not run out of memory half way.
 */
#ifndef _KEYBAG_WORKSPACE_H
#define _KEYBAG_WORKSPACE_H

#include <linux/list.h>
#include "../../keybag/class.h"
#include "../crypto/class_key.h"
#include "../uapi/keybag.h"
#include "device_key.h"

/* Fresh random bytes that go into a nonce. */
#define KEYBAG_HEDGE_SIZE	16
/* Longest associated data: that of a protector, after UUID and purpose. */
#define KEYBAG_WORKSPACE_AAD	(KB_UUID_SIZE + 4 + KB_PROTECTOR_AAD_MAX)
/* Longest content: that of a record. */
#define KEYBAG_WORKSPACE_CONTENT	160

/**
 * struct keybag_bag_keys - what protectors protect
 * @bag: K_bag
 * @akpu: K_akpu
 * @has_akpu: whether it is known
 * @backup: they are those of a backup keybag
 */
struct keybag_bag_keys {
	u8 bag[KEYBAG_KEY_SIZE];
	u8 akpu[KEYBAG_KEY_SIZE];
	bool has_akpu;
	bool backup;
} __aligned(16);

/**
 * struct keybag_workspace - of one control command
 * @list: of all workspaces, under workspaces_lock (workspace.c); a panic walks it without
 * @device: subkeys of the device key, under keybag_device_lock
 * @noio: state of the allocator to go back to
 * @hmac: for HKDF and HMAC
 * @cmac: of the sealing key in use
 * @gcm: of the sealing key in use
 * @aad: associated data in @data
 * @aad_length: of @aad
 * @prepared: ciphers made ready before bag->rwsem, by class; what is not put in place is wiped at
 *	the end
 * @keys: of the bag, as opened
 * @new_keys: of the bag as it is being made
 * @verifier: derived from a secret
 * @kek: derived from a secret
 * @wrapping: wrapping key of a class key
 * @class_key: a class key
 * @encrypt: key derived for @gcm
 * @nonce: key derived for @cmac
 * @device_key: D, while it is set
 * @subkeys: derived from it
 * @bench: where @cmac and @gcm compute
 * @data: random | associated data | content | tag, in place, after up to 15 bytes for alignment
 */
struct keybag_workspace {
	struct list_head list;
	const struct keybag_device_subkeys *device;
	unsigned int noio;

	struct keybag_hmac *hmac;
	struct keybag_cmac_key *cmac;
	struct keybag_gcm_key *gcm;
	u8 *aad;
	size_t aad_length;

	struct keybag_class_key prepared[KB_CLASS_SLOTS];

	/* From here on, secrets. */
	struct keybag_bag_keys keys;
	struct keybag_bag_keys new_keys;
	u8 verifier[KEYBAG_KEY_SIZE] __aligned(16);
	u8 kek[KEYBAG_KEY_SIZE] __aligned(16);
	u8 wrapping[KEYBAG_KEY_SIZE] __aligned(16);
	u8 class_key[KEYBAG_KEY_SIZE] __aligned(16);
	u8 encrypt[KEYBAG_KEY_SIZE] __aligned(16);
	u8 nonce[KEYBAG_KEY_SIZE] __aligned(16);
	u8 device_key[KEYBAG_DEVICE_KEY_SIZE] __aligned(16);
	struct keybag_device_subkeys subkeys;
	struct keybag_workbench bench;
	u8 data[KEYBAG_HEDGE_SIZE + KEYBAG_WORKSPACE_AAD + KEYBAG_BLOCK_SIZE - 1 +
		KEYBAG_WORKSPACE_CONTENT + KEYBAG_GCM_TAG] __aligned(16);
};

/* A workspace without the device key; no lock is taken. ERR_PTR(-ENOMEM) or ERR_PTR(-ENOPKG). */
struct keybag_workspace *keybag_workspace_new(void);
void keybag_workspace_free(struct keybag_workspace *workspace);

/* Panic: overwrites the secrets of all of them where they are; takes no lock. */
void keybag_workspace_overwrite_all(void);

/*
 * The same, with keybag_device_lock held for reading and the device key there, and allocation
 * without I/O until the end. ERR_PTR(-ENODEV) too. All copying from user memory comes before, all
 * copying to it after.
 */
struct keybag_workspace *keybag_workspace_begin(void);
void keybag_workspace_end(struct keybag_workspace *workspace);

#endif /* _KEYBAG_WORKSPACE_H */
