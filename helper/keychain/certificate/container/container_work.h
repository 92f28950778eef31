/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_WORK_H
#define KEYCHAIN_CONTAINER_WORK_H

#include <stdbool.h>

#include <openssl/x509.h>

#define CONTAINER_MAX_ITERATIONS	10000000

/*
 * Whether decrypting by this algorithm is a matter of seconds: files say themselves how often a key
 * is derived. True for algorithms that derive none, or are not known.
 */
bool container_bounded_work(const X509_ALGOR *algorithm);

#define CONTAINER_NAME_SIZE	80

/*
 * Whether libcrypto has the cipher of this algorithm, and the digest where a passphrase needs one. @name gets what the algorithm is
 * called, or its number.
 */
bool container_has_cipher(const X509_ALGOR *algorithm, char name[CONTAINER_NAME_SIZE]);

/* The same of a cipher by its name. */
bool container_has_named_cipher(const char *name);

#endif
