/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcrypto, with a context of its own: no setting, provider or engine of the program that this module is loaded into takes
 * part, and none is changed.
 */
#ifndef KEYCHAIN_PKCS11_CRYPTO_H
#define KEYCHAIN_PKCS11_CRYPTO_H

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "helper/keychain/base/der.h"
#include "helper/common/crypto_free.h"

/* Made when it is needed first. NULL without memory. */
OSSL_LIB_CTX *crypto_context(void);

/* Releases it. */
void crypto_close(void);

/* Leaves it to nobody, as in a child of a process whose threads may have been using it. */
void crypto_abandon(void);

/* The name that libcrypto has for an OBJECT IDENTIFIER, the whole element, and its number; NULL: none. */
const char *crypto_object_name(struct der identifier, int *ret_number);

/* Whatever libcrypto notes of errors in this scope, the program never sees: its own ones stay. */
static inline void crypto_errors_forget(const int *mark)
{
	(void)mark;
	ERR_pop_to_mark();
}

#define CRYPTO_ERRORS_FORGOTTEN __attribute__((unused)) CLEANUP(crypto_errors_forget) const int crypto_errors_mark = ERR_set_mark()

#endif
