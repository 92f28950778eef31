/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificates above one, as far as the caller's keychain has them.
 */
#ifndef KEYCHAIN_CHAIN_H
#define KEYCHAIN_CHAIN_H

#include <openssl/x509.h>

#include "helper/keychain/certificate/match.h"

/* At most so many certificates are looked at. */
#define CHAIN_MAX 32

/*
 * Those whose subject is the issuer of @certificate, of one of those, and so on; by name, no
 * signature is checked. To be freed with sk_X509_pop_free(); NULL without memory.
 */
STACK_OF(X509) *chain_above(const struct match_context *context, X509 *certificate);

#endif
