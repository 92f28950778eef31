/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Algorithms of libcrypto, looked up once: asked for by name at each use, the search costs more than
 * what they do on a row.
 */
#ifndef KEYCHAIN_ALGORITHM_H
#define KEYCHAIN_ALGORITHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

/* Valid until the process ends, for every thread. Never NULL. */
const EVP_CIPHER *algorithm_gcm(void);	/* AES-256-GCM */

/*
 * SHA-256 of @first and then @second, either of which may be empty; nothing secret. With a context that each thread
 * keeps. False without memory.
 */
#define ALGORITHM_DIGEST_SIZE	32
bool algorithm_digest(const void *first, size_t first_length, const void *second, size_t second_length,
		      uint8_t ret_digest[ALGORITHM_DIGEST_SIZE]);

#endif
