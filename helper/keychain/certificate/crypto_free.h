/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cleanup attributes for what libcrypto allocates, of certificates and containers besides.
 */
#ifndef KEYCHAIN_CRYPTO_FREE_H
#define KEYCHAIN_CRYPTO_FREE_H

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "helper/common/crypto_free.h"
#include "helper/keychain/base/value.h"

DEFINE_CLEANUP(ASN1_OCTET_STRING, free_octet_string, ASN1_OCTET_STRING_free)
DEFINE_CLEANUP(BIO, free_bio, BIO_free_all)
DEFINE_CLEANUP(GENERAL_NAMES, free_general_names, GENERAL_NAMES_free)
DEFINE_CLEANUP(PKCS12, free_pkcs12, PKCS12_free)
DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO, free_pkcs8, PKCS8_PRIV_KEY_INFO_free)
DEFINE_CLEANUP(X509, free_x509, X509_free)
DEFINE_CLEANUP(X509_NAME, free_name, X509_NAME_free)
DEFINE_CLEANUP(X509_PUBKEY, free_public_key, X509_PUBKEY_free)
DEFINE_CLEANUP(X509_SIG, free_sig, X509_SIG_free)
DEFINE_CLEANUP(X509_STORE, free_store, X509_STORE_free)
DEFINE_CLEANUP(X509_STORE_CTX, free_store_context, X509_STORE_CTX_free)

/* Values are freed here beside libcrypto's objects. */
static inline void free_value(struct value **value)
{
	value_free(*value);
}

#endif
