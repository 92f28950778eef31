/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uses that a certificate is good for.
 */
#ifndef KEYCHAIN_POLICY_H
#define KEYCHAIN_POLICY_H

#include <stdbool.h>

#include <openssl/x509.h>

/* Whether @policy is a name of match.h or an object identifier in dots. */
bool policy_known(const char *policy);

/* By the extensions of the certificate; one without extended key usages is good for any of them. */
bool policy_allows(X509 *certificate, const char *policy);

#endif
