/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets on their way: AES-128-CBC with PKCS#7, a fresh IV each.
 */
#ifndef SECRETSERVICE_CIPHER_H
#define SECRETSERVICE_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#include "helper/common/secret.h"

#define CIPHER_BLOCK_SIZE	16

/* Room that @length bytes take when they are encrypted. */
#define CIPHER_SIZE(length)	(((length) / CIPHER_BLOCK_SIZE + 1) * CIPHER_BLOCK_SIZE)

/* Writes CIPHER_SIZE(@length) bytes to @ret_data. Returns 0 or -EIO (libcrypto). @key: of SESSION_KEY_SIZE bytes. */
int cipher_encrypt(const struct secret *key, const void *secret, size_t length,
		   uint8_t ret_iv[CIPHER_BLOCK_SIZE], uint8_t *ret_data);

/*
 * Decrypts into @ret_secret. Returns 0, -EINVAL (no IV, no whole blocks, or a padding that is none: another key, too),
 * -ENOMEM or -EIO.
 */
int cipher_decrypt(const struct secret *key, const void *iv, size_t iv_length, const void *data,
		   size_t length, struct secret *ret_secret);

#endif /* SECRETSERVICE_CIPHER_H */
