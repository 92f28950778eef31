/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hashes and curves by which public keys are known.
 */
#ifndef KEYCHAIN_PUBLIC_KEY_H
#define KEYCHAIN_PUBLIC_KEY_H

#include <stdbool.h>

#include <openssl/x509.h>

#define PUBLIC_KEY_HASH_SIZE 20

/*
 * SHA-1 of the @length @bits of a public key of this algorithm; of a point on a named curve in its
 * uncompressed form, whatever form it has here. False without memory.
 */
bool public_key_bits_hash(const X509_ALGOR *algorithm, const unsigned char *bits, int length,
			  unsigned char hash[PUBLIC_KEY_HASH_SIZE]);

/* The same of the bits in @key. */
bool public_key_hash(const X509_PUBKEY *key, unsigned char hash[PUBLIC_KEY_HASH_SIZE]);

/* NID of the curve's name; NID_undef for other keys, and for curves without a name. */
int public_key_curve(const X509_ALGOR *algorithm);

#endif
