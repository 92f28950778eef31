/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HKDF-SHA-256 (RFC 5869) and HMAC-SHA-256 as docs/format.md uses them.
 */
#ifndef _KEYBAG_HKDF_H
#define _KEYBAG_HKDF_H

#include <crypto/hash.h>
#include <linux/types.h>

/* One input, taken with its length in front of it. */
struct keybag_part {
	const u8 *bytes;
	u32 length;
};

/*
 * HKDF(salt, lp(parts[0]) | lp(parts[1]) .., "keybag v1 " | @label), at most 32 bytes. An empty
 * salt is @salt_length 0. @hmac is hmac(sha256) and is left with a key derived from the input: set
 * another or free it before returning to user space. Allocates nothing; burns the stack. On an
 * error @out is zero.
 */
int keybag_hkdf(struct crypto_shash *hmac, const u8 *salt, size_t salt_length,
		const struct keybag_part *parts, unsigned int count, const char *label, u8 *out,
		size_t out_length);

/* HMAC-SHA-256 under @key of 32 bytes; the rest as above. */
int keybag_hmac(struct crypto_shash *hmac, const u8 *key, const u8 *bytes, size_t length, u8 *out);

#endif /* _KEYBAG_HKDF_H */
