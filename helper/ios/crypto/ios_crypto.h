/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cryptography of backups of iOS, over flat buffers. All of it comes from libcrypto, whose default provider is loaded by
 * ios_crypto_begin(): nothing reads a file after that.
 */
#ifndef IOS_CRYPTO_H
#define IOS_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IOS_KEY_SIZE	32
#define IOS_TAG_SIZE	16
#define IOS_BLOCK_SIZE	16

/* Returns 0, or -ENOMEM where libcrypto lacks something. */
int ios_crypto_begin(void);

/* PBKDF2 with HMAC-SHA-256 or HMAC-SHA-1. Returns 0 or -ENOMEM. */
int ios_pbkdf2(bool sha256, const uint8_t *password, size_t length, const uint8_t *salt, size_t salt_length,
	       uint32_t iterations, uint8_t ret_key[IOS_KEY_SIZE]);

/* RFC 3394, of a key of 32 bytes. Returns 0, -EBADMSG where the integrity check fails or the length is another, or -ENOMEM. */
int ios_unwrap(const uint8_t key[IOS_KEY_SIZE], const uint8_t *wrapped, size_t length, uint8_t ret_key[IOS_KEY_SIZE]);

/* AES-256-CBC with a nonce of zeros, in place; padding stays. @length: whole blocks. Returns 0, -EBADMSG or -ENOMEM. */
int ios_cbc(const uint8_t key[IOS_KEY_SIZE], uint8_t *bytes, size_t length);

/* The length without padding of PKCS#7, or -EBADMSG. */
int64_t ios_unpadded(const uint8_t *bytes, size_t length);

/*
 * AES-256-GCM, in place; the tag is behind @length bytes. @nonce: of 12 bytes, or NULL: the empty nonce of items, which
 * makes the first counter all zeros. Returns 0, -EBADMSG or -ENOMEM; then what is in @bytes means nothing.
 */
int ios_gcm_open(const uint8_t key[IOS_KEY_SIZE], const uint8_t *nonce, const uint8_t *aad, size_t aad_length,
		 uint8_t *bytes, size_t length);

#endif
