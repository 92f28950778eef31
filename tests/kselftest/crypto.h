/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The primitives of docs/format.md by libcrypto, so that the module's are checked by another
 * implementation. Functions without a result abort() where libcrypto fails.
 */
#ifndef KEYBAG_SELFTEST_CRYPTO_H
#define KEYBAG_SELFTEST_CRYPTO_H

#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#define KEY_SIZE	32
#define NONCE_SIZE	12
#define TAG_SIZE	16
#define MAC_SIZE	32

struct bytes {
	const void *at;
	size_t length;
};

#define BYTES(array)	((struct bytes){ (array), sizeof(array) })
#define NO_BYTES	((struct bytes){})

/* HKDF(salt, lp(parts[0]) || lp(parts[1]) .., label) of docs/format.md. */
void derive_parts(__u8 *out, size_t length, struct bytes salt, const char *label,
		  const struct bytes *parts, size_t count);

/* The same of one to three parts; NULL: left out. */
void derive(__u8 *out, size_t length, struct bytes salt, const char *label, struct bytes first,
	    const struct bytes *second, const struct bytes *third);

void hmac_sha256(__u8 out[MAC_SIZE], const __u8 key[KEY_SIZE], struct bytes message);
void sha256(__u8 out[MAC_SIZE], struct bytes message);
/* The nonce rule: AES-256-CMAC of 16 fresh random bytes, @aad and @plaintext, cut short. */
void hedged_nonce(__u8 out[NONCE_SIZE], const __u8 key[KEY_SIZE], struct bytes aad,
		  struct bytes plaintext);

/* Writes ciphertext and tag. */
void gcm_seal(__u8 *out, const __u8 key[KEY_SIZE], const __u8 nonce[NONCE_SIZE], struct bytes aad,
	      struct bytes plaintext);
/* @sealed is ciphertext and tag. Returns the length of the plaintext or -EBADMSG. */
int gcm_open(void *out, const __u8 key[KEY_SIZE], const __u8 nonce[NONCE_SIZE], struct bytes aad,
	     struct bytes sealed);

/* The secret of both pairs. */
void x25519_agree(__u8 out[KEY_SIZE], const __u8 private_half[KEY_SIZE],
		  const __u8 public_half[KEY_SIZE]);
void x25519_public(__u8 out[KEY_SIZE], const __u8 private_half[KEY_SIZE]);

#endif /* KEYBAG_SELFTEST_CRYPTO_H */
