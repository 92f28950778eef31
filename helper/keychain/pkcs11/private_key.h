/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Private keys, for one operation each.
 *
 * libcrypto's own decoders leave copies of what they read on the heap, unwiped; the wiping allocator that programs of this
 * project use is not a module's to install. So the parts of a key are found in place, and handed over as numbers in locked
 * memory; what libcrypto makes of them it wipes when the key is freed.
 */
#ifndef KEYCHAIN_PKCS11_PRIVATE_KEY_H
#define KEYCHAIN_PKCS11_PRIVATE_KEY_H

#include <p11-kit/pkcs11.h>

#include "crypto.h"
#include "public_half.h"

/*
 * PKCS#8, RSAPrivateKey or ECPrivateKey, of RSA, RSA for PSS alone, a named curve, Ed25519 or Ed448. *@ret_type is CKK_RSA, CKK_EC or CKK_EC_EDWARDS.
 * Returns CKR_OK, CKR_KEY_TYPE_INCONSISTENT (any other bytes), CKR_HOST_MEMORY. Release with EVP_PKEY_free(), which wipes.
 */
CK_RV private_key_load(struct der bytes, EVP_PKEY **ret_key, CK_KEY_TYPE *ret_type);

/* The public key of an RSA key, by its numbers. CKR_OK, CKR_KEY_TYPE_INCONSISTENT, CKR_HOST_MEMORY. */
CK_RV private_key_public(struct public_half half, EVP_PKEY **ret_key);

#endif
