// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Only what is known by its identifier is handed to libcrypto: deriving the public half of a DSA or
 * DH key, or of one on a curve that the client describes, would take as long as the client likes.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>

#include "helper/common/translate.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/certificate/key_type.h"
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

/* The same of an element that may be missing. Then *ret_end is *at. */
static bool enter_optional(const unsigned char **at, const unsigned char *end, int tag,
			   const unsigned char **ret_end)
{
	const unsigned char *start = *at;

	*ret_end = start;
	if (start == end || enter(at, end, tag, V_ASN1_CONTEXT_SPECIFIC, ret_end))
		return true;
	*at = start;
	*ret_end = start;
	return false;
}

/* OneAsymmetricKey of RFC 5958: PKCS#8 of version 2. */
struct version_2 {
	const unsigned char *key, *key_end;	/* from the algorithm to the end of the attributes */
	const unsigned char *public, *public_end;	/* bits, if it has them */
};

/*
 * [1], a BIT STRING: its content as the RFC has it, or, from older releases of ring, all of it. The
 * bits are whole bytes.
 */
static bool enter_public(struct version_2 *parts, const unsigned char *at, const unsigned char *end)
{
	const unsigned char *bits_end = end;

	if (at < end && *at == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED | 1)) {
		if (!enter(&at, end, 1, V_ASN1_CONTEXT_SPECIFIC, &bits_end) || bits_end != end ||
		    !enter(&at, end, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL, &bits_end))
			return false;
	} else if (!enter_optional(&at, end, 1, &bits_end)) {
		return false;
	}
	if (bits_end != end || (at < end && *at++))
		return false;
	parts->public = at;
	parts->public_end = end;
	return true;
}

static bool enter_version_2(const unsigned char *der, size_t length, struct version_2 *parts)
{
	const unsigned char *at = der, *end, *field_end;

	if (!enter(&at, der + length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &end) ||
	    end != der + length ||
	    !enter(&at, end, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, &field_end) ||
	    field_end - at != 1 || *at != 1)
		return false;
	at = field_end;
	parts->key = at;
	if (!enter(&at, end, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &field_end))
		return false;
	at = field_end;
	if (!enter(&at, end, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL, &field_end))
		return false;
	at = field_end;
	if (enter_optional(&at, end, 0, &field_end))
		at = field_end;
	parts->key_end = at;
	return enter_public(parts, at, end);
}

/* As version 1, which is what libcrypto reads. */
static PKCS8_PRIV_KEY_INFO *rewrite_version_2(const struct version_2 *parts)
{
	static const unsigned char version[] = { V_ASN1_INTEGER, 1, 0 };
	int content = (int)(parts->key_end - parts->key) + (int)sizeof(version);
	int length = ASN1_object_size(1, content, V_ASN1_SEQUENCE);
	unsigned char *der CLEANUP(free_bytes) = OPENSSL_malloc((size_t)length), *to = der;
	const unsigned char *at = der;

	if (!der)
		return NULL;
	ASN1_put_object(&to, 1, content, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	memcpy(to, version, sizeof(version));
	memcpy(to + sizeof(version), parts->key, (size_t)(parts->key_end - parts->key));
	return d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, length);
}

/* Whether these are the bits of the public half of @key. */
static bool public_agrees(const PKCS8_PRIV_KEY_INFO *key, const unsigned char *bits,
			  const unsigned char *end)
{
	unsigned char derived[PUBLIC_KEY_HASH_SIZE], given[PUBLIC_KEY_HASH_SIZE];
	EVP_PKEY *whole CLEANUP(free_pkey) = EVP_PKCS82PKEY(key);
	X509_PUBKEY *public CLEANUP(free_public_key) = NULL;
	X509_ALGOR *algorithm;

	return whole && X509_PUBKEY_set(&public, whole) &&
	       X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, public) &&
	       public_key_hash(public, derived) &&
	       public_key_bits_hash(algorithm, bits, (int)(end - bits), given) &&
	       !memcmp(derived, given, sizeof(given));
}

/* Frees @key where it is of no known kind. */
static PKCS8_PRIV_KEY_INFO *if_known(PKCS8_PRIV_KEY_INFO *key)
{
	const X509_ALGOR *algorithm;

	if (key && PKCS8_pkey_get0(NULL, NULL, NULL, &algorithm, key) && key_type_of(algorithm))
		return key;
	PKCS8_PRIV_KEY_INFO_free(key);
	return NULL;
}

static PKCS8_PRIV_KEY_INFO *parse_pkcs8(const unsigned char *der, size_t length)
{
	const unsigned char *at = der;
	struct version_2 parts;
	PKCS8_PRIV_KEY_INFO *key;

	if (!enter_version_2(der, length, &parts)) {
		key = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)length);
		if (at == der + length)
			return if_known(key);
		PKCS8_PRIV_KEY_INFO_free(key);
		return NULL;
	}
	key = if_known(rewrite_version_2(&parts));
	if (key && parts.public < parts.public_end &&
	    !public_agrees(key, parts.public, parts.public_end)) {
		PKCS8_PRIV_KEY_INFO_free(key);
		return NULL;
	}
	return key;
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

/* Whether there is a version, *at is behind it then; that of a private key, 0 or 1. */
static bool enter_version(const unsigned char **at, const unsigned char *end)
{
	const unsigned char *start = *at, *field_end;

	if (enter(at, end, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, &field_end) && field_end - *at == 1 && **at <= 1) {
		*at = field_end;
		return true;
	}
	*at = start;
	return false;
}

/* Returns the algorithm that PKCS#8 or a SubjectPublicKeyInfo names; NULL where there is none. */
static X509_ALGOR *algorithm_of(const unsigned char *der, size_t length)
{
	const unsigned char *at = der, *end;

	if (!enter(&at, der + length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &end) || end != der + length)
		return NULL;
	enter_version(&at, end);
	return d2i_X509_ALGOR(NULL, &at, end - at);
}

bool key_resembles(const void *der, size_t length)
{
	const unsigned char *at = der, *end, *field_end;
	X509_ALGOR *algorithm;

	if (!enter(&at, at + length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &end) ||
	    end != (const unsigned char *)der + length)
		return false;
	if (enter_version(&at, end) || rsa_public(der, length))
		return true;
	algorithm = d2i_X509_ALGOR(NULL, &at, end - at);
	X509_ALGOR_free(algorithm);
	ERR_clear_error();
	return algorithm && enter(&at, end, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL, &field_end) && field_end == end;
}

/* Whether [0] of an ECPrivateKey is there and no name. */
static bool traditional_explicit(const unsigned char *der, size_t length)
{
	const unsigned char *at, *end, *field_end;

	if (!enter_traditional(der, length, &at, &end) ||
	    !enter(&at, end, V_ASN1_OCTET_STRING, V_ASN1_UNIVERSAL, &field_end))
		return false;
	at = field_end;
	return enter(&at, end, 0, V_ASN1_CONTEXT_SPECIFIC, &field_end) && at < field_end &&
	       *at == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED);
}

static void algorithm_problem(const X509_ALGOR *algorithm, char text[KEY_PROBLEM_SIZE])
{
	const ASN1_OBJECT *object, *curve;
	char name[80] = "?";
	const void *parameter;
	int kind;

	X509_ALGOR_get0(&object, &kind, &parameter, algorithm);
	if (OBJ_obj2nid(object) == NID_X9_62_id_ecPublicKey && kind == V_ASN1_OBJECT) {
		curve = parameter;
		OBJ_obj2txt(name, sizeof(name), curve, 0);
		snprintf(text, KEY_PROBLEM_SIZE, _("it is on the elliptic curve %s, which libcrypto does not know"),
			 name);
		return;
	}
	OBJ_obj2txt(name, sizeof(name), object, 0);
	snprintf(text, KEY_PROBLEM_SIZE, _("its algorithm is %s; RSA, elliptic curves with a name, Ed25519, Ed448, "
		 "X25519 and X448 are known"), name);
}

void key_problem(const void *der, size_t length, char text[KEY_PROBLEM_SIZE])
{
	X509_ALGOR *algorithm = length <= KEY_MAX_SIZE ? algorithm_of(der, length) : NULL;
	const ASN1_OBJECT *object = NULL;
	int kind = V_ASN1_UNDEF;

	if (algorithm)
		X509_ALGOR_get0(&object, &kind, NULL, algorithm);
	if (length > KEY_MAX_SIZE)
		snprintf(text, KEY_PROBLEM_SIZE, _("it is longer than %d bytes"), KEY_MAX_SIZE);
	else if ((algorithm && OBJ_obj2nid(object) == NID_X9_62_id_ecPublicKey && kind == V_ASN1_SEQUENCE) ||
		 traditional_explicit(der, length))
		snprintf(text, KEY_PROBLEM_SIZE, _("its elliptic curve is written out as parameters, which may be any; "
			 "'openssl pkey -in FILE -ec_param_enc named_curve' writes its name instead, if it has one"));
	else if (algorithm && !key_type_of(algorithm))
		algorithm_problem(algorithm, text);
	else
		snprintf(text, KEY_PROBLEM_SIZE, _("it is damaged, or its public and private halves do not match"));
	X509_ALGOR_free(algorithm);
	ERR_clear_error();
}
