/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and certificates for tests. Whatever cannot be made ends the program.
 */
#ifndef TESTS_CERTIFICATE_MAKE_H
#define TESTS_CERTIFICATE_MAKE_H

#include <openssl/x509.h>

struct bytes {
	unsigned char *data;
	size_t length;
};

/* "RSA", "P-256", "P-384", "ED25519", "X25519" ... */
EVP_PKEY *make_key(const char *kind);

struct certificate_recipe {
	/* Attributes of names, "CN=text" or "CN:P=text" for PrintableString; terminated by NULL. */
	const char *subject[8], *issuer[8];
	EVP_PKEY *key, *issuer_key;
	/* In OpenSSL's words, NULL: without. */
	const char *alternative_names, *usages, *basic_constraints, *key_identifier;
	long from, until;	/* seconds from now */
	const char *serial;	/* hexadecimal */
	const char *digest;	/* of the signature; NULL: SHA-256 */
};

X509 *make_certificate(const struct certificate_recipe *recipe);

X509_NAME *make_name(const char *const *attributes);

/* DER. */
struct bytes certificate_der(X509 *certificate);
struct bytes name_der(X509_NAME *name);
struct bytes pkcs8_der(EVP_PKEY *key);
struct bytes traditional_der(EVP_PKEY *key);
struct bytes public_der(EVP_PKEY *key);

#endif
