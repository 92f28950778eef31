/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of libcrypto out of the numbers that SSH writes them in. Only halves that belong together make one: signatures by
 * others would be wrong, and could tell the factors.
 */
#ifndef KEYCHAIN_SSH_KEY_H
#define KEYCHAIN_SSH_KEY_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/bn.h>
#include <openssl/evp.h>

#define SSH_ED25519_SIZE	32

/* All of them belong to a private key; a public one has n and e, the others NULL. */
struct ssh_rsa {
	const BIGNUM *n, *e, *d, *inverse, *p, *q;
};

/* NULL: they do not belong together, or there is no memory. Release with EVP_PKEY_free(). */
EVP_PKEY *ssh_key_rsa(const struct ssh_rsa *numbers);

/* @group: libcrypto's name of the curve. @point: uncompressed. @private NULL: a public key. */
EVP_PKEY *ssh_key_ecdsa(const char *group, const uint8_t *point, size_t length, const BIGNUM *private);

/* @private, the seed and behind it the public half once more: 2 * SSH_ED25519_SIZE bytes; NULL: a public key. */
EVP_PKEY *ssh_key_ed25519(const uint8_t public[SSH_ED25519_SIZE], const uint8_t *private);

#endif
