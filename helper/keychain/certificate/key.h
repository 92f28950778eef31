/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys: the attributes of an item of class keys that follow from its data.
 *
 * Known are RSA, elliptic curves (named ones), Ed25519, Ed448, X25519, X448, as PKCS#8, as the
 * traditional RSAPrivateKey and ECPrivateKey, and public ones as SubjectPublicKeyInfo or
 * RSAPublicKey; all DER, unencrypted, without trailing bytes. Intermediate copies of a private key
 * are wiped when libcrypto frees them if crypto_memory_wipe() was called first in the program.
 */
#ifndef KEYCHAIN_KEY_H
#define KEYCHAIN_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/keychain/base/value.h"
#include "helper/keychain/certificate/key_type.h"

/*
 * Sets in @attributes, a dictionary, what a key's data implies: kcls type bsiz esiz (integers,
 * bits), klbl (data, SHA-1 of the public key's bits, 20 bytes), and the booleans priv, encr decr
 * drve sign vrfy wrap unwp. Keys that @attributes already has are overwritten.
 *
 * Returns errSecSuccess, errSecDecode (not a key of a known kind, which is no error of an add: an
 * item may hold any bytes, a symmetric key for one; @attributes unchanged), errSecAllocate.
 */
int key_attributes(const void *der, size_t length, struct value *attributes);

#endif
