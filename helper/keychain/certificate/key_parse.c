// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Only what is known by its identifier is handed to libcrypto: deriving the public half of a DSA or
 * DH key, or of one on a curve that the client describes, would take as long as the client likes.
 */
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>

#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/certificate/public_key.h"

int key_type_of(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	switch (OBJ_obj2nid(object)) {
	case NID_rsaEncryption:
	case NID_rsassaPss:
		return KEY_TYPE_RSA;
	case NID_X9_62_id_ecPublicKey:
		return public_key_curve(algorithm) != NID_undef ? KEY_TYPE_EC : 0;
	case NID_ED25519:
		return KEY_TYPE_ED25519;
	case NID_X25519:
		return KEY_TYPE_X25519;
	case NID_ED448:
		return KEY_TYPE_ED448;
	case NID_X448:
		return KEY_TYPE_X448;
	default:
		return 0;
	}
}

static PKCS8_PRIV_KEY_INFO *parse_pkcs8(const unsigned char *der, size_t length)
{
	const unsigned char *at = der;
	PKCS8_PRIV_KEY_INFO *key = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)length);
	const X509_ALGOR *algorithm;

	if (key && at == der + length && PKCS8_pkey_get0(NULL, NULL, NULL, &algorithm, key) &&
	    key_type_of(algorithm))
		return key;
	PKCS8_PRIV_KEY_INFO_free(key);
	return NULL;
}

/*
 * One element of DER: its content, with *at moved behind it. False unless it has this tag and ends
 * before @end.
 */
static bool enter(const unsigned char **at, const unsigned char *end, int tag, int class,
		  const unsigned char **ret_end)
{
	int found_tag, found_class, how;
	long length;

	if (*at >= end)
		return false;
	how = ASN1_get_object(at, &length, &found_tag, &found_class, end - *at);
	if (how & 0x80 || how & 1 || found_tag != tag || found_class != class)
		return false;
	*ret_end = *at + length;
	return true;
}

/*
 * The first fields of ECPrivateKey and RSAPrivateKey: SEQUENCE { INTEGER version, ... }. @ret_at is
 * behind the version, @ret_end at the end of the sequence, which is that of the bytes too.
 */
static bool enter_traditional(const unsigned char *der, size_t length, const unsigned char **ret_at,
			      const unsigned char **ret_end)
{
	const unsigned char *field_end;

	*ret_at = der;
	if (!enter(ret_at, der + length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, ret_end) ||
	    *ret_end != der + length ||
	    !enter(ret_at, *ret_end, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, &field_end))
		return false;
	*ret_at = field_end;
	return true;
}

/* The name of the curve in [0] of an ECPrivateKey. */
static ASN1_OBJECT *traditional_curve(const unsigned char *der, size_t length)
{
	const unsigned char *at, *end, *field_end;

	if (!enter_traditional(der, length, &at, &end) ||
	    !enter(&at, end, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL, &field_end))
		return NULL;
	at = field_end;
	if (!enter(&at, end, 0, V_ASN1_CONTEXT_SPECIFIC, &field_end))
		return NULL;
	return d2i_ASN1_OBJECT(NULL, &at, field_end - at);
}

static bool looks_like_rsa(const unsigned char *der, size_t length)
{
	const unsigned char *at, *end, *field_end;

	return enter_traditional(der, length, &at, &end) &&
	       enter(&at, end, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, &field_end);
}

/*
 * The key as libcrypto writes it: what stands beside it in the traditional form is not repeated
 * within.
 */
static PKCS8_PRIV_KEY_INFO *rewrite(const PKCS8_PRIV_KEY_INFO *wrapped)
{
	EVP_PKEY *key CLEANUP(free_pkey) = EVP_PKCS82PKEY(wrapped);

	return key ? EVP_PKEY2PKCS8(key) : NULL;
}

/* Takes @parameter. */
static PKCS8_PRIV_KEY_INFO *wrap(int algorithm, int kind, void *parameter, const unsigned char *der,
				 size_t length)
{
	PKCS8_PRIV_KEY_INFO *key CLEANUP(free_pkcs8) = PKCS8_PRIV_KEY_INFO_new();
	unsigned char *copy = OPENSSL_memdup(der, length);

	if (key && copy &&
	    PKCS8_pkey_set0(key, OBJ_nid2obj(algorithm), 0, kind, parameter, copy, (int)length))
		return rewrite(key);
	if (kind == V_ASN1_OBJECT)
		ASN1_OBJECT_free(parameter);
	OPENSSL_free(copy);
	return NULL;
}

PKCS8_PRIV_KEY_INFO *key_parse_private(const void *der, size_t length)
{
	PKCS8_PRIV_KEY_INFO *key;
	ASN1_OBJECT *curve;

	if (!length || length > KEY_MAX_SIZE)
		return NULL;
	key = parse_pkcs8(der, length);
	if (key)
		return key;
	curve = traditional_curve(der, length);
	if (curve)
		return wrap(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, curve, der, length);
	if (looks_like_rsa(der, length))
		return wrap(NID_rsaEncryption, V_ASN1_NULL, NULL, der, length);
	return NULL;
}

/* SubjectPublicKeyInfo of an algorithm that is known: asked before the key in it is decoded. */
static bool public_known(const unsigned char *der, size_t length)
{
	const unsigned char *at = der, *end;
	X509_ALGOR *algorithm;
	bool known;

	if (!enter(&at, der + length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &end) ||
	    end != der + length)
		return false;
	algorithm = d2i_X509_ALGOR(NULL, &at, end - at);
	known = algorithm && key_type_of(algorithm);
	X509_ALGOR_free(algorithm);
	return known;
}

/* RSAPublicKey: SEQUENCE { INTEGER, INTEGER }. */
static bool rsa_public(const unsigned char *der, size_t length)
{
	const unsigned char *at, *end, *field_end;

	return enter_traditional(der, length, &at, &end) &&
	       enter(&at, end, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, &field_end) && field_end == end;
}

X509_PUBKEY *key_parse_public(const void *der, size_t length)
{
	const unsigned char *at = der;
	unsigned char *copy;
	X509_PUBKEY *key;

	if (!length || length > KEY_MAX_SIZE)
		return NULL;
	if (public_known(der, length))
		return d2i_X509_PUBKEY(NULL, &at, (long)length);
	if (!rsa_public(der, length))
		return NULL;
	key = X509_PUBKEY_new();
	copy = OPENSSL_memdup(der, length);
	if (key && copy &&
	    X509_PUBKEY_set0_param(key, OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL, NULL, copy,
				   (int)length))
		return key;
	OPENSSL_free(copy);
	X509_PUBKEY_free(key);
	return NULL;
}
