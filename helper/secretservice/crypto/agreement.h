/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key of a session by the algorithm dh-ietf1024-sha256-aes128-cbc-pkcs7: Diffie-Hellman in the 1024 bit MODP group
 * (RFC 2409, second Oakley group), HKDF-SHA-256 of the shared secret without salt and info.
 */
#ifndef SECRETSERVICE_AGREEMENT_H
#define SECRETSERVICE_AGREEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "helper/common/secret.h"

#define AGREEMENT_SIZE		128	/* bytes of a public key */
#define SESSION_KEY_SIZE	16

/*
 * Makes a key pair and derives the key that is shared with the peer of @peer_public, big-endian, of any length: zeros may be
 * missing or too many in front. Our public key has all AGREEMENT_SIZE bytes. The private one is gone on return.
 * Returns 0, -EINVAL (@peer_public is no element of the group, or one that tells the shared secret: 0, 1, p - 1), -ENOMEM or
 * -EIO (libcrypto).
 */
int agreement_answer(const void *peer_public, size_t length, uint8_t ret_public[AGREEMENT_SIZE],
		     struct secret *ret_key);

/*
 * The side that begins: makes a key pair. With the private key, agreement_with() derives what is shared when the peer has answered.
 * Returns 0, -ENOMEM or -EIO.
 */
int agreement_offer(struct secret *ret_private, uint8_t ret_public[AGREEMENT_SIZE]);

/* As agreement_answer(), with a private key that is given, big-endian. */
int agreement_with(const uint8_t *private_key, size_t private_length, const void *peer_public, size_t length,
		   uint8_t ret_public[AGREEMENT_SIZE], struct secret *ret_key);

#endif /* SECRETSERVICE_AGREEMENT_H */
