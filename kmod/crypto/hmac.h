/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HMAC-SHA-256, and SHA-256.
 */
#ifndef _KEYBAG_HMAC_H
#define _KEYBAG_HMAC_H

#include <linux/types.h>
#include "sizes.h"

#define KEYBAG_HASH_SIZE	32

/* A piece of a message. */
struct keybag_part {
	const u8 *bytes;
	u32 length;
};

/* Holds a key, and computes under it. */
struct keybag_hmac;

int keybag_hmac_init(void);
void keybag_hmac_exit(void);

/* One without a key, or ERR_PTR(-ENOMEM), ERR_PTR(-ENOPKG). May sleep. */
struct keybag_hmac *keybag_hmac_alloc(void);

/* Sets the key, as often as wanted. Allocates nothing. Leaves traces on the stack: burn.h. */
int keybag_hmac_set(struct keybag_hmac *hmac, const u8 *key, size_t length);

/* Wipes it. NULL is allowed. */
void keybag_hmac_free(struct keybag_hmac *hmac);

/* For a panic: overwrites the key where it is. NULL is allowed. */
void keybag_hmac_overwrite(struct keybag_hmac *hmac);

/*
 * Writes the HMAC, KEYBAG_HMAC_SIZE bytes, of the parts one after the other to @out. Neither sleeps
 * nor allocates. Leaves traces on the stack: burn.h.
 */
int keybag_hmac_parts(struct keybag_hmac *hmac, const struct keybag_part *parts,
		      unsigned int count, u8 *out);

/*
 * The HMAC under @key of 32 bytes, which is left as the key of @hmac: set another or free it before
 * returning to user space. Burns the stack. On an error @out is zero.
 */
int keybag_hmac(struct keybag_hmac *hmac, const u8 *key, const u8 *bytes, size_t length, u8 *out);

/* SHA-256, KEYBAG_HASH_SIZE bytes, of what is no secret. */
void keybag_hash(const u8 *bytes, size_t length, u8 *out);

#endif /* _KEYBAG_HMAC_H */
