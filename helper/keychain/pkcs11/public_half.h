/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public half of a key pair, and where it stands in a certificate.
 */
#ifndef KEYCHAIN_PKCS11_PUBLIC_HALF_H
#define KEYCHAIN_PKCS11_PUBLIC_HALF_H

#include <p11-kit/pkcs11.h>

#include "helper/keychain/base/der.h"

/* Parts of the bytes that it was read from, and of no longer life. */
struct public_half {
	CK_KEY_TYPE type;	/* CKK_RSA, CKK_EC or CKK_EC_EDWARDS */
	struct der info;	/* SubjectPublicKeyInfo; none where only an RSAPublicKey was there */
	struct der modulus, exponent;	/* RSA */
	struct der curve;	/* its parameters: the OBJECT IDENTIFIER of the curve, whole */
	struct der point;	/* on a curve: the bytes of it */
};

/* A SubjectPublicKeyInfo, or an RSAPublicKey. False: none, or of a kind that is not offered here. */
bool public_half_read(struct der bytes, struct public_half *ret_half);

struct certificate_parts {
	struct der serial, issuer, subject, info;	/* whole elements */
};

/* False: bytes that do not begin as a certificate of X.509 does. */
bool certificate_parts_read(struct der bytes, struct certificate_parts *ret_parts);

/* Kinds of keys by the OBJECT IDENTIFIER of their algorithm; CK_UNAVAILABLE_INFORMATION for all others. */
CK_KEY_TYPE key_type_by_algorithm(struct der identifier);

/* Whether it is Ed25519 rather than Ed448, and RSA for PSS alone rather than for any scheme. */
bool algorithm_is_ed25519(struct der identifier);
bool algorithm_is_pss(struct der identifier);

#endif
