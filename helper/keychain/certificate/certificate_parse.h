/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificates as libcrypto has them, for the other parts of this folder.
 */
#ifndef KEYCHAIN_CERTIFICATE_PARSE_H
#define KEYCHAIN_CERTIFICATE_PARSE_H

#include <stddef.h>

#include <openssl/x509.h>

#include "helper/keychain/base/value.h"

#define CERTIFICATE_MAX_SIZE 131072

/*
 * NULL where the bytes are not exactly one certificate of version 1 to 3, within
 * CERTIFICATE_MAX_SIZE.
 */
X509 *certificate_parse(const void *der, size_t length);

/* The normal form (name.h) of a certificate's subject or issuer; NULL without memory. */
struct value *certificate_name(const X509_NAME *name);

#endif
