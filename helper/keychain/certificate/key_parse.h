/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys as libcrypto has them, for the other parts of this folder.
 */
#ifndef KEYCHAIN_KEY_PARSE_H
#define KEYCHAIN_KEY_PARSE_H

#include <stddef.h>

#include <openssl/x509.h>

/* A private key in one of the forms of key.h, wrapped as PKCS#8; NULL where it is none. */
PKCS8_PRIV_KEY_INFO *key_parse_private(const void *der, size_t length);

/* A public key in one of the forms of key.h; NULL where it is none. */
X509_PUBKEY *key_parse_public(const void *der, size_t length);

/* enum key_type of an algorithm, 0 for one that is not known. */
int key_type_of(const X509_ALGOR *algorithm);

#endif
