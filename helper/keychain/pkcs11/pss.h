/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RSA keys for PSS alone, which may be restricted further: RSASSA-PSS-params (RFC 4055).
 */
#ifndef KEYCHAIN_PKCS11_PSS_H
#define KEYCHAIN_PKCS11_PSS_H

#include "crypto.h"
#include "helper/keychain/base/der.h"

struct pss {
	bool restricted;	/* the rest says something */
	const char *digest, *mask_digest;	/* names of libcrypto's */
	int least_salt;
};

/* @parameters: what follows the identifier of the algorithm; nothing: not restricted. False: others than libcrypto knows. */
bool pss_read(struct der parameters, struct pss *ret_pss);

#define PSS_PARAMETERS	4

/* Puts what libcrypto is to be told of @pss, which must outlive them, into the first of PSS_PARAMETERS places; returns how many. */
size_t pss_parameters(const struct pss *pss, OSSL_PARAM *parameters);

#endif
