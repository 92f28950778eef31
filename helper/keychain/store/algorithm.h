/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Algorithms of libcrypto, looked up once: asked for by name at each use, the search costs more than
 * what they do on a row.
 */
#ifndef KEYCHAIN_ALGORITHM_H
#define KEYCHAIN_ALGORITHM_H

#include <openssl/evp.h>

/* Valid until the process ends, for every thread. Never NULL. */
const EVP_CIPHER *algorithm_gcm(void);	/* AES-256-GCM */
const EVP_MD *algorithm_sha256(void);

#endif
