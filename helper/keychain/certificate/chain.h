/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificates above one, as far as the caller's keychain has them.
 */
#ifndef KEYCHAIN_CHAIN_H
#define KEYCHAIN_CHAIN_H

#include <openssl/x509.h>

#include "helper/keychain/base/value.h"

/*
 * Certificates of the caller with this subject (normal form): an array of data, or NULL. They are what
 * a chain is continued with.
 */
typedef struct value *(*chain_find)(void *context, const struct value *subject);

/* At most so many certificates are looked at. */
#define CHAIN_MAX 32

/*
 * Those whose subject is the issuer of @certificate, of one of those, and so on; by name, no
 * signature is checked. @find may be NULL: then there are none. To be freed with sk_X509_pop_free();
 * NULL without memory.
 */
STACK_OF(X509) *chain_above(chain_find find, void *context, X509 *certificate);

#endif
