// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tests/certificate/make.h"

static void *must(void *made)
{
	if (!made) {
		ERR_print_errors_fp(stdout);
		printf("Bail out! libcrypto cannot make what the test needs\n");
		exit(1);
	}
	return made;
}

static void must_succeed(int result)
{
	must(result > 0 ? "" : NULL);
}

EVP_PKEY *make_key(const char *kind)
{
	if (!strcmp(kind, "RSA"))
		return must(EVP_RSA_gen(2048));
	if (kind[0] == 'P' || !strncmp(kind, "secp", 4))
		return must(EVP_EC_gen(kind));
	return must(EVP_PKEY_Q_keygen(NULL, NULL, kind));
}

X509_NAME *make_name(const char *const *attributes)
{
	X509_NAME *name = must(X509_NAME_new());

	for (; *attributes; attributes++) {
		const char *text = strchr(*attributes, '=') + 1;
		size_t length = strcspn(*attributes, ":=");
		char *kind = must(strndup(*attributes, length));

		must_succeed(X509_NAME_add_entry_by_txt(name, kind, (*attributes)[length] == ':' ?
							V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING,
							(const unsigned char *)text, -1, -1, 0));
		free(kind);
	}
	return name;
}

static void add_extension(X509 *certificate, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	if (!value)
		return;
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = must(X509V3_EXT_conf_nid(NULL, &context, kind, value));
	must_succeed(X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

X509 *make_certificate(const struct certificate_recipe *recipe)
{
	EVP_PKEY *signer = recipe->issuer_key ? recipe->issuer_key : recipe->key;
	X509_NAME *subject = make_name(recipe->subject);
	X509_NAME *issuer = make_name(recipe->issuer_key ? recipe->issuer : recipe->subject);
	X509 *certificate = must(X509_new());
	BIGNUM *serial = NULL;

	must_succeed(BN_hex2bn(&serial, recipe->serial ? recipe->serial : "01"));
	must_succeed(X509_set_version(certificate, 2));
	must(BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)));
	must_succeed(X509_set_subject_name(certificate, subject));
	must_succeed(X509_set_issuer_name(certificate, issuer));
	must_succeed(X509_set_pubkey(certificate, recipe->key));
	must(X509_gmtime_adj(X509_getm_notBefore(certificate), recipe->from));
	must(X509_gmtime_adj(X509_getm_notAfter(certificate),
			     recipe->until ? recipe->until : 86400));
	add_extension(certificate, NID_subject_alt_name, recipe->alternative_names);
	add_extension(certificate, NID_ext_key_usage, recipe->usages);
	add_extension(certificate, NID_basic_constraints, recipe->basic_constraints);
	add_extension(certificate, NID_subject_key_identifier, recipe->key_identifier);
	must_succeed(X509_sign(certificate, signer,
			       EVP_PKEY_is_a(signer, "ED25519") ? NULL :
			       recipe->digest ? EVP_get_digestbyname(recipe->digest) : EVP_sha256()));
	BN_free(serial);
	X509_NAME_free(subject);
	X509_NAME_free(issuer);
	return certificate;
}

static struct bytes bytes_of(unsigned char *data, int length)
{
	must_succeed(length);
	return (struct bytes){ data, (size_t)length };
}

struct bytes certificate_der(X509 *certificate)
{
	unsigned char *data = NULL;
	int length = i2d_X509(certificate, &data);

	return bytes_of(data, length);
}

struct bytes name_der(X509_NAME *name)
{
	unsigned char *data = NULL;
	int length = i2d_X509_NAME(name, &data);

	return bytes_of(data, length);
}

struct bytes pkcs8_der(EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *wrapped = must(EVP_PKEY2PKCS8(key));
	unsigned char *data = NULL;
	int length = i2d_PKCS8_PRIV_KEY_INFO(wrapped, &data);

	PKCS8_PRIV_KEY_INFO_free(wrapped);
	return bytes_of(data, length);
}

struct bytes traditional_der(EVP_PKEY *key)
{
	unsigned char *data = NULL;
	int length = i2d_PrivateKey(key, &data);

	return bytes_of(data, length);
}

struct bytes public_der(EVP_PKEY *key)
{
	unsigned char *data = NULL;
	int length = i2d_PUBKEY(key, &data);

	return bytes_of(data, length);
}
