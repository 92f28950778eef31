/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HKDF-SHA-256 (RFC 5869) as docs/format.md uses it.
 */
#ifndef _KEYBAG_HKDF_H
#define _KEYBAG_HKDF_H

#include "hmac.h"

/* Inputs of one derivation, at most. */
#define KEYBAG_HKDF_PARTS	5

/*
 * HKDF(salt, lp(parts[0]) | lp(parts[1]) .., "keybag v1 " | @label), at most 32 bytes; lp puts the
 * length in front. An empty salt is @salt_length 0. @hmac is left with a key derived from the
 * input: set another or free it before returning to user space. Allocates nothing; burns the stack.
 * On an error @out is zero.
 */
int keybag_hkdf(struct keybag_hmac *hmac, const u8 *salt, size_t salt_length,
		const struct keybag_part *parts, unsigned int count, const char *label, u8 *out,
		size_t out_length);

#endif /* _KEYBAG_HKDF_H */
