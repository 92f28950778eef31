/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items put together to files of certificates and keys, as container.h takes them apart.
 *
 * The cipher is AES-256 under a key that PBKDF2 with SHA-256 and CONTAINER_ITERATIONS derives (PBES2), in
 * OpenSSH's form AES-256 under one that CONTAINER_ROUNDS of bcrypt derive. Each key of a file, and in PKCS#12 its
 * certificates and its MAC, has a salt, and costs a derivation, of its own.
 */
#ifndef KEYCHAIN_CONTAINER_WRITE_H
#define KEYCHAIN_CONTAINER_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/keychain/base/value.h"
#include "helper/keychain/certificate/container/container_writing.h"

/* Whether the value of an item is a public key of a known kind. */
bool container_is_public(const struct value *item);

/*
 * Sets *ret_file to the bytes of a file. @items are what a copy returned, with class, v_Data, and of an identity certdata;
 * labl is the label, of an identity's key key_labl, where it has that. What is in more than one of them is written once.
 *
 * *ret_message is set to a sentence that says what is wrong, to be freed. Nothing secret is in it. Returns
 * errSecSuccess; errSecParam (this form cannot hold that, or not so many); errSecDecode (a key or a certificate of no
 * known kind); errSecInternal (libcrypto failed); errSecAllocate.
 */
int container_write(const struct value *items, const struct container_writing *how, struct value **ret_file,
		    char **ret_message);

#endif
