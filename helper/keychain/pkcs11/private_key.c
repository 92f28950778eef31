// SPDX-License-Identifier: LGPL-2.1-or-later
#include "private_key.h"

#include <string.h>

#include <openssl/core_names.h>

#include "helper/common/secret.h"
#include "pss.h"

/*
 * Kinds of keys by the names of libcrypto's that no engine knows: where a program has made one the default for all keys, as
 * 'openssl -engine pkcs11' does, it would be asked by any other name.
 */
#define KIND_RSA	"1.2.840.113549.1.1.1"
#define KIND_RSA_PSS	"1.2.840.113549.1.1.10"
#define KIND_EC		"1.2.840.10045.2.1"

/* n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p. */
#define RSA_NUMBERS	8

static const char *const rsa_names[RSA_NUMBERS] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* Puts a number into @memory in the order of bytes that parameters of libcrypto have, the processor's. */
static OSSL_PARAM add_number(const char *name, struct der number, struct secret *memory)
{
	uint8_t *place = memory->data + memory->length;

	/* Byte by byte: memcpy() would leave it in vector registers. */
	for (size_t i = 0; i < number.left; i++)
		((volatile uint8_t *)place)[i] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? number.at[number.left - 1 - i] : number.at[i];
	memory->length += number.left;
	return OSSL_PARAM_construct_BN(name, place, number.left);
}

static CK_RV make(const char *kind, int selection, OSSL_PARAM *parameters, EVP_PKEY **ret_key)
{
	EVP_PKEY_CTX *context CLEANUP(free_pkey_context) = EVP_PKEY_CTX_new_from_name(crypto_context(), kind, NULL);

	*ret_key = NULL;
	if (!context)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_fromdata_init(context) <= 0 || EVP_PKEY_fromdata(context, ret_key, selection, parameters) <= 0)
		return CKR_KEY_TYPE_INCONSISTENT;
	return CKR_OK;
}

/* RSAPrivateKey behind its version. @pss: what the key is restricted to; NULL: nothing. */
static CK_RV load_rsa(struct der fields, const struct pss *pss, EVP_PKEY **ret_key)
{
	CLEANUP_SECRET struct secret memory = SECRET_NONE;
	OSSL_PARAM parameters[RSA_NUMBERS + PSS_PARAMETERS + 1];
	size_t count = RSA_NUMBERS;
	struct der number;

	if (secret_new(&memory, fields.left ? fields.left : 1) < 0)
		return CKR_HOST_MEMORY;
	for (size_t i = 0; i < RSA_NUMBERS; i++) {
		if (!der_unsigned(&fields, &number))
			return CKR_KEY_TYPE_INCONSISTENT;
		parameters[i] = add_number(rsa_names[i], number, &memory);
	}
	if (pss)
		count += pss_parameters(pss, parameters + count);
	parameters[count] = OSSL_PARAM_construct_end();
	return fields.left ? CKR_KEY_TYPE_INCONSISTENT : make(pss ? KIND_RSA_PSS : KIND_RSA, EVP_PKEY_KEYPAIR, parameters, ret_key);
}

/* The point that goes with a private number, which the form may leave out: its bytes, to be freed. */
static unsigned char *point_of(int curve, struct der private, size_t *ret_length)
{
	EC_GROUP *group CLEANUP(free_ec_group) = EC_GROUP_new_by_curve_name_ex(crypto_context(), NULL, curve);
	EC_POINT *point CLEANUP(free_ec_point) = group ? EC_POINT_new(group) : NULL;
	BIGNUM *number CLEANUP(free_number) = BN_bin2bn(private.at, (int)private.left, NULL);
	unsigned char *bytes = NULL;

	if (!point || !number)
		return NULL;
	BN_set_flags(number, BN_FLG_CONSTTIME);
	if (!EC_POINT_mul(group, point, number, NULL, NULL, NULL))
		return NULL;
	*ret_length = EC_POINT_point2buf(group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, NULL);
	return *ret_length ? bytes : NULL;
}

/* ECPrivateKey behind its version; @curve: the whole identifier where PKCS#8 has told it. */
static CK_RV load_ec(struct der fields, struct der curve, EVP_PKEY **ret_key)
{
	CLEANUP_SECRET struct secret memory = SECRET_NONE;
	struct der private, named, identifier = curve;
	OSSL_PARAM parameters[4];
	unsigned char *point CLEANUP(free_bytes) = NULL;
	const char *name;
	size_t length = 0;
	int number;

	if (!der_enter(&fields, DER_OCTET_STRING, &private) || !private.left)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (der_enter(&fields, DER_CONTEXT_0, &named) && !curve.left)
		identifier = named;
	name = crypto_object_name(identifier, &number);
	point = name ? point_of(number, private, &length) : NULL;
	if (!point)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (secret_new(&memory, private.left) < 0)
		return CKR_HOST_MEMORY;
	parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)name, 0);
	parameters[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, length);
	parameters[2] = add_number(OSSL_PKEY_PARAM_PRIV_KEY, private, &memory);
	parameters[3] = OSSL_PARAM_construct_end();
	return make(KIND_EC, EVP_PKEY_KEYPAIR, parameters, ret_key);
}

static CK_RV load_edwards(struct der fields, bool ed25519, EVP_PKEY **ret_key)
{
	struct der private;

	if (!der_enter(&fields, DER_OCTET_STRING, &private) || fields.left)
		return CKR_KEY_TYPE_INCONSISTENT;
	*ret_key = EVP_PKEY_new_raw_private_key_ex(crypto_context(), ed25519 ? "ED25519" : "ED448", NULL, private.at, private.left);
	return *ret_key ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
}

/* The wrapping of a private key in PKCS#8, behind its version. */
static CK_RV load_wrapped(struct der fields, EVP_PKEY **ret_key, CK_KEY_TYPE *ret_type)
{
	struct der algorithm, identifier, content, inner, version;
	struct pss pss;

	if (!der_enter(&fields, DER_SEQUENCE, &algorithm) || !der_enter(&algorithm, DER_OID, &identifier) ||
	    !der_enter(&fields, DER_OCTET_STRING, &content))
		return CKR_KEY_TYPE_INCONSISTENT;
	*ret_type = key_type_by_algorithm(identifier);
	if (*ret_type == CKK_EC_EDWARDS)
		return load_edwards(content, algorithm_is_ed25519(identifier), ret_key);
	if ((*ret_type != CKK_RSA && *ret_type != CKK_EC) || !der_enter(&content, DER_SEQUENCE, &inner) ||
	    !der_unsigned(&inner, &version))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (*ret_type == CKK_EC)
		return load_ec(inner, algorithm, ret_key);
	if (!algorithm_is_pss(identifier))
		return load_rsa(inner, NULL, ret_key);
	return pss_read(algorithm, &pss) ? load_rsa(inner, &pss, ret_key) : CKR_KEY_TYPE_INCONSISTENT;
}

CK_RV private_key_load(struct der bytes, EVP_PKEY **ret_key, CK_KEY_TYPE *ret_type)
{
	struct der fields, version, behind, any;
	uint8_t tag;

	if (!crypto_context())
		return CKR_HOST_MEMORY;
	if (!der_enter(&bytes, DER_SEQUENCE, &fields) || bytes.left || !der_unsigned(&fields, &version))
		return CKR_KEY_TYPE_INCONSISTENT;
	behind = fields;
	if (!der_next(&behind, &tag, &any, NULL))
		return CKR_KEY_TYPE_INCONSISTENT;
	switch (tag) {
	case DER_SEQUENCE:
		return load_wrapped(fields, ret_key, ret_type);
	case DER_INTEGER:
		*ret_type = CKK_RSA;
		return load_rsa(fields, NULL, ret_key);
	case DER_OCTET_STRING:
		*ret_type = CKK_EC;
		return load_ec(fields, DER_NONE, ret_key);
	default:
		return CKR_KEY_TYPE_INCONSISTENT;
	}
}

CK_RV private_key_public(struct public_half half, EVP_PKEY **ret_key)
{
	CLEANUP_SECRET struct secret memory = SECRET_NONE;
	OSSL_PARAM parameters[3];

	if (!crypto_context() || secret_new(&memory, half.modulus.left + half.exponent.left) < 0)
		return CKR_HOST_MEMORY;
	parameters[0] = add_number(OSSL_PKEY_PARAM_RSA_N, half.modulus, &memory);
	parameters[1] = add_number(OSSL_PKEY_PARAM_RSA_E, half.exponent, &memory);
	parameters[2] = OSSL_PARAM_construct_end();
	return make(KIND_RSA, EVP_PKEY_PUBLIC_KEY, parameters, ret_key);
}
