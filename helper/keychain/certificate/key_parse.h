/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys as libcrypto has them, for the other parts of this folder.
 */
#ifndef KEYCHAIN_KEY_PARSE_H
#define KEYCHAIN_KEY_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

/*
 * A private key in one of the forms of key.h, wrapped as PKCS#8, version 1; NULL where it is none.
 * Attributes beside the key stay, its public half, which version 2 may have, does not; one that is
 * another key's makes it none.
 */
PKCS8_PRIV_KEY_INFO *key_parse_private(const void *der, size_t length);

/*
 * Whether bytes begin and end as a key does, of a kind that is known or not: a version before the
 * rest of a private one, an algorithm before the bits of a public one.
 */
bool key_resembles(const void *der, size_t length);

/*
 * Why bytes that were to be a private or a public key are none of a known kind: a sentence, without
 * anything secret.
 */
#define KEY_PROBLEM_SIZE 480
void key_problem(const void *der, size_t length, char text[KEY_PROBLEM_SIZE]);

/* A public key in one of the forms of key.h; NULL where it is none. */
X509_PUBKEY *key_parse_public(const void *der, size_t length);

/* enum key_type of an algorithm, 0 for one that is not known. */
int key_type_of(const X509_ALGOR *algorithm);

#endif
