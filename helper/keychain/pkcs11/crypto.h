/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcrypto, with a context of its own: no setting, provider or engine of the program that this module is loaded into takes
 * part, and none is changed.
 */
#ifndef KEYCHAIN_PKCS11_CRYPTO_H
#define KEYCHAIN_PKCS11_CRYPTO_H

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "der.h"
#include "helper/common/cleanup.h"

/* Made when it is needed first. NULL without memory. */
OSSL_LIB_CTX *crypto_context(void);

/* Releases it. */
void crypto_close(void);

/* Leaves it to nobody, as in a child of a process whose threads may have been using it. */
void crypto_abandon(void);

/* The name that libcrypto has for an OBJECT IDENTIFIER, the whole element, and its number; NULL: none. */
const char *crypto_object_name(struct der identifier, int *ret_number);

DEFINE_CLEANUP(BIGNUM, crypto_cleanup_number, BN_clear_free)
DEFINE_CLEANUP(EC_GROUP, crypto_cleanup_group, EC_GROUP_free)
DEFINE_CLEANUP(EC_POINT, crypto_cleanup_point, EC_POINT_free)
DEFINE_CLEANUP(ECDSA_SIG, crypto_cleanup_signature, ECDSA_SIG_free)
DEFINE_CLEANUP(EVP_MD, crypto_cleanup_digest, EVP_MD_free)
DEFINE_CLEANUP(EVP_MD_CTX, crypto_cleanup_digest_context, EVP_MD_CTX_free)
DEFINE_CLEANUP(EVP_PKEY, crypto_cleanup_key, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX, crypto_cleanup_key_context, EVP_PKEY_CTX_free)

/* Whatever libcrypto notes of errors in this scope, the program never sees: its own ones stay. */
static inline void crypto_errors_forget(const int *mark)
{
	(void)mark;
	ERR_pop_to_mark();
}

#define CRYPTO_ERRORS_FORGOTTEN __attribute__((unused)) CLEANUP(crypto_errors_forget) const int crypto_errors_mark = ERR_set_mark()

#endif
