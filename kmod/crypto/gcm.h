/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-256-GCM in place, over one flat buffer: associated data, content and tag in a row.
 */
#ifndef _KEYBAG_GCM_H
#define _KEYBAG_GCM_H

#include <linux/types.h>
#include "sizes.h"

struct keybag_gcm_key;
struct keybag_workbench;

int keybag_gcm_init(void);
void keybag_gcm_exit(void);

/* The name of the driver that computes it. */
const char *keybag_gcm_driver(void);

/*
 * Whether to set a key allocates, and so may sleep. The generic GCM does, which is what there is
 * without instructions of the processor.
 */
bool keybag_gcm_setkey_allocates(void);

/* An empty key, or ERR_PTR(-ENOMEM), ERR_PTR(-ENOPKG). May sleep. */
struct keybag_gcm_key *keybag_gcm_key_alloc(void);

/* Sets the key of 32 bytes, as often as wanted. Leaves traces on the stack: burn.h. */
int keybag_gcm_key_set(struct keybag_gcm_key *key, const u8 *bytes);

/* Wipes it. NULL is allowed. */
void keybag_gcm_key_free(struct keybag_gcm_key *key);

/*
 * For a panic: overwrites the key where it is. NULL is allowed. Best effort where
 * keybag_gcm_setkey_allocates().
 */
void keybag_gcm_key_overwrite(struct keybag_gcm_key *key);

/*
 * @message: @aad_length bytes of associated data, @length bytes of content, room for the tag;
 * physically contiguous. Where the content is aligned to KEYBAG_BLOCK_SIZE nobody copies it.
 * @nonce: KEYBAG_GCM_NONCE bytes, aligned to KEYBAG_BLOCK_SIZE; stays as it is. Made by a task,
 * neither sleeps, nor allocates. Decrypt returns -EBADMSG, and then the content is to be wiped.
 * Both leave traces on the stack: burn.h.
 */
int keybag_gcm_encrypt(struct keybag_workbench *bench, const struct keybag_gcm_key *key,
		       u8 *message, u32 aad_length, u32 length, u8 *nonce);
int keybag_gcm_decrypt(struct keybag_workbench *bench, const struct keybag_gcm_key *key,
		       u8 *message, u32 aad_length, u32 length, u8 *nonce);

#endif /* _KEYBAG_GCM_H */
