// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mechanism.h"

#include <stdbool.h>
#include <string.h>

/* Bits. */
#define RSA_LEAST	512
#define RSA_MOST	16384

#define SIGNS		(CKF_SIGN | CKF_VERIFY)

static const struct mechanism mechanisms[] = {
	{ CKM_RSA_PKCS, SCHEME_PKCS1, NULL, CKK_RSA, SIGNS | CKF_DECRYPT },
	{ CKM_RSA_PKCS_OAEP, SCHEME_OAEP, NULL, CKK_RSA, CKF_DECRYPT },
	{ CKM_SHA1_RSA_PKCS, SCHEME_PKCS1, "SHA1", CKK_RSA, SIGNS },
	{ CKM_SHA224_RSA_PKCS, SCHEME_PKCS1, "SHA2-224", CKK_RSA, SIGNS },
	{ CKM_SHA256_RSA_PKCS, SCHEME_PKCS1, "SHA2-256", CKK_RSA, SIGNS },
	{ CKM_SHA384_RSA_PKCS, SCHEME_PKCS1, "SHA2-384", CKK_RSA, SIGNS },
	{ CKM_SHA512_RSA_PKCS, SCHEME_PKCS1, "SHA2-512", CKK_RSA, SIGNS },
	{ CKM_RSA_PKCS_PSS, SCHEME_PSS, NULL, CKK_RSA, SIGNS },
	{ CKM_SHA1_RSA_PKCS_PSS, SCHEME_PSS, "SHA1", CKK_RSA, SIGNS },
	{ CKM_SHA224_RSA_PKCS_PSS, SCHEME_PSS, "SHA2-224", CKK_RSA, SIGNS },
	{ CKM_SHA256_RSA_PKCS_PSS, SCHEME_PSS, "SHA2-256", CKK_RSA, SIGNS },
	{ CKM_SHA384_RSA_PKCS_PSS, SCHEME_PSS, "SHA2-384", CKK_RSA, SIGNS },
	{ CKM_SHA512_RSA_PKCS_PSS, SCHEME_PSS, "SHA2-512", CKK_RSA, SIGNS },
	{ CKM_ECDSA, SCHEME_ECDSA, NULL, CKK_EC, SIGNS },
	{ CKM_ECDSA_SHA1, SCHEME_ECDSA, "SHA1", CKK_EC, SIGNS },
	{ CKM_ECDSA_SHA224, SCHEME_ECDSA, "SHA2-224", CKK_EC, SIGNS },
	{ CKM_ECDSA_SHA256, SCHEME_ECDSA, "SHA2-256", CKK_EC, SIGNS },
	{ CKM_ECDSA_SHA384, SCHEME_ECDSA, "SHA2-384", CKK_EC, SIGNS },
	{ CKM_ECDSA_SHA512, SCHEME_ECDSA, "SHA2-512", CKK_EC, SIGNS },
	{ CKM_EDDSA, SCHEME_EDDSA, NULL, CKK_EC_EDWARDS, SIGNS },
};

static const struct {
	CK_MECHANISM_TYPE type;
	CK_RSA_PKCS_MGF_TYPE mask;
	const char *name;
} known_digests[] = {
	{ CKM_SHA_1, CKG_MGF1_SHA1, "SHA1" },
	{ CKM_SHA224, CKG_MGF1_SHA224, "SHA2-224" },
	{ CKM_SHA256, CKG_MGF1_SHA256, "SHA2-256" },
	{ CKM_SHA384, CKG_MGF1_SHA384, "SHA2-384" },
	{ CKM_SHA512, CKG_MGF1_SHA512, "SHA2-512" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const struct mechanism *mechanism_at(size_t number)
{
	return number < COUNT(mechanisms) ? &mechanisms[number] : NULL;
}

const struct mechanism *mechanism_by_type(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(mechanisms); i++)
		if (mechanisms[i].type == type)
			return &mechanisms[i];
	return NULL;
}

void mechanism_key_sizes(const struct mechanism *mechanism, CK_ULONG *ret_least, CK_ULONG *ret_most)
{
	*ret_least = mechanism->key == CKK_RSA ? RSA_LEAST : mechanism->key == CKK_EC ? 112 : 255;
	*ret_most = mechanism->key == CKK_RSA ? RSA_MOST : mechanism->key == CKK_EC ? 571 : 448;
}

CK_RV mechanism_check_size(const struct mechanism *mechanism, CK_ULONG bits)
{
	CK_ULONG least, most;

	mechanism_key_sizes(mechanism, &least, &most);
	/* There are two of these, which libcrypto has sizes of its own for. */
	if (mechanism->key == CKK_EC_EDWARDS)
		return CKR_OK;
	return bits >= least && bits <= most ? CKR_OK : CKR_KEY_SIZE_RANGE;
}

CK_RV mechanism_check_key(const struct mechanism *mechanism, EVP_PKEY *key)
{
	if (mechanism->scheme != SCHEME_PSS && EVP_PKEY_is_a(key, "RSA-PSS"))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return mechanism_check_size(mechanism, (CK_ULONG)EVP_PKEY_get_bits(key));
}

static const char *digest_name(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT(known_digests); i++)
		if (known_digests[i].type == type)
			return known_digests[i].name;
	return NULL;
}

static const char *mask_name(CK_RSA_PKCS_MGF_TYPE mask)
{
	for (size_t i = 0; i < COUNT(known_digests); i++)
		if (known_digests[i].mask == mask)
			return known_digests[i].name;
	return NULL;
}

static bool read_pss(const CK_MECHANISM *asked, struct mechanism_use *use)
{
	const CK_RSA_PKCS_PSS_PARAMS *parameters = asked->pParameter;

	if (!parameters || asked->ulParameterLen != sizeof(*parameters) || parameters->sLen > RSA_MOST / 8)
		return false;
	use->digest = digest_name(parameters->hashAlg);
	use->mask_digest = mask_name(parameters->mgf);
	use->salt_length = (int)parameters->sLen;
	return use->digest && use->mask_digest && (!use->mechanism->digest || !strcmp(use->digest, use->mechanism->digest));
}

static bool read_oaep(const CK_MECHANISM *asked, struct mechanism_use *use)
{
	const CK_RSA_PKCS_OAEP_PARAMS *parameters = asked->pParameter;

	if (!parameters || asked->ulParameterLen != sizeof(*parameters) || parameters->ulSourceDataLen > MECHANISM_LABEL_SIZE ||
	    (parameters->ulSourceDataLen && (parameters->source != CKZ_DATA_SPECIFIED || !parameters->pSourceData)))
		return false;
	use->digest = digest_name(parameters->hashAlg);
	use->mask_digest = mask_name(parameters->mgf);
	use->label_length = parameters->ulSourceDataLen;
	if (use->label_length)
		memcpy(use->label, parameters->pSourceData, use->label_length);
	return use->digest && use->mask_digest;
}

/* EdDSA takes none, or those of version 3.0 of the standard that say nothing: neither a context nor a digest in front. */
static bool read_eddsa(const CK_MECHANISM *asked)
{
	struct {
		CK_BBOOL digested;
		CK_ULONG length;
		const CK_BYTE *context;
	} parameters;

	if (!asked->ulParameterLen)
		return true;
	if (!asked->pParameter || asked->ulParameterLen != sizeof(parameters))
		return false;
	memcpy(&parameters, asked->pParameter, sizeof(parameters));
	return !parameters.digested && !parameters.length;
}

CK_RV mechanism_use_read(const CK_MECHANISM *asked, CK_FLAGS flag, struct mechanism_use *ret_use)
{
	bool valid;

	*ret_use = (struct mechanism_use){ .mechanism = mechanism_by_type(asked->mechanism) };
	if (!ret_use->mechanism || !(ret_use->mechanism->flags & flag))
		return CKR_MECHANISM_INVALID;
	ret_use->digest = ret_use->mechanism->digest;
	switch (ret_use->mechanism->scheme) {
	case SCHEME_PSS:
		valid = read_pss(asked, ret_use);
		break;
	case SCHEME_OAEP:
		valid = read_oaep(asked, ret_use);
		break;
	case SCHEME_EDDSA:
		valid = read_eddsa(asked);
		break;
	default:
		valid = !asked->ulParameterLen;
	}
	return valid ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

size_t mechanism_output_size(const struct mechanism *mechanism, CK_ULONG bits)
{
	switch (mechanism->scheme) {
	case SCHEME_ECDSA:
		return (bits + 7) / 8 * 2;
	case SCHEME_EDDSA:
		return bits > 256 ? 114 : 64;
	default:
		return (bits + 7) / 8;
	}
}

/* Digests of an operation, which has to end before they are freed: an engine that is asked all the same keeps no hold of them. */
struct digests {
	EVP_MD *digest, *mask;
};

static void cleanup_digests(struct digests *digests)
{
	EVP_MD_free(digests->digest);
	EVP_MD_free(digests->mask);
}

/* Out of the context here. */
static bool fetch(const struct mechanism_use *use, struct digests *digests)
{
	*digests = (struct digests){
		.digest = use->digest ? EVP_MD_fetch(crypto_context(), use->digest, NULL) : NULL,
		.mask = use->mask_digest ? EVP_MD_fetch(crypto_context(), use->mask_digest, NULL) : NULL,
	};
	return !use->digest == !digests->digest && !use->mask_digest == !digests->mask;
}

static bool set_oaep(const struct mechanism_use *use, const struct digests *digests, EVP_PKEY_CTX *context)
{
	unsigned char *label = use->label_length ? OPENSSL_memdup(use->label, use->label_length) : NULL;

	if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md(context, digests->digest) > 0 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, digests->mask) > 0 &&
	    (!use->label_length || (label && EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)use->label_length) > 0)))
		return true;
	OPENSSL_free(label);
	return false;
}

static bool set_pss(const struct mechanism_use *use, const struct digests *digests, EVP_PKEY_CTX *context)
{
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, digests->mask) > 0 && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, use->salt_length) > 0;
}

/* The digest and the padding of a signature. */
static bool set_signature(const struct mechanism_use *use, const struct digests *digests, EVP_PKEY_CTX *context)
{
	if (use->mechanism->scheme == SCHEME_ECDSA)
		return true;
	if (digests->digest && EVP_PKEY_CTX_set_signature_md(context, digests->digest) <= 0)
		return false;
	return use->mechanism->scheme == SCHEME_PSS ? set_pss(use, digests, context) :
	       EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
}

/* Data that no key of this size can sign. */
static bool too_long(const struct mechanism_use *use, const struct digests *digests, EVP_PKEY *key, size_t length)
{
	if (use->mechanism->scheme == SCHEME_PKCS1 && !use->mechanism->digest)
		return length + RSA_PKCS1_PADDING_SIZE > (size_t)EVP_PKEY_get_size(key);
	return use->mechanism->scheme == SCHEME_PSS && length != (size_t)EVP_MD_get_size(digests->digest);
}

/* r and s as PKCS#11 has them, of half of @size each. */
static CK_RV put_numbers(const unsigned char *der, size_t length, unsigned char *signature, size_t size)
{
	const unsigned char *at = der;
	ECDSA_SIG *numbers CLEANUP(free_ecdsa) = d2i_ECDSA_SIG(NULL, &at, (long)length);

	if (!numbers)
		return CKR_HOST_MEMORY;
	if (BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, (int)size / 2) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + size / 2, (int)size / 2) < 0)
		return CKR_KEY_SIZE_RANGE;
	return CKR_OK;
}

static CK_RV sign_message(EVP_PKEY *key, const void *data, size_t length, unsigned char *signature, size_t size)
{
	EVP_MD_CTX *context CLEANUP(free_digest_context) = EVP_MD_CTX_new();
	size_t made = size;

	if (!context)
		return CKR_HOST_MEMORY;
	if (EVP_DigestSignInit_ex(context, NULL, NULL, crypto_context(), NULL, key, NULL) <= 0 ||
	    EVP_DigestSign(context, signature, &made, data, length) <= 0)
		return CKR_FUNCTION_FAILED;
	return made == size ? CKR_OK : CKR_KEY_SIZE_RANGE;
}

CK_RV mechanism_sign(const struct mechanism_use *use, EVP_PKEY *key, const void *data, size_t length, unsigned char *signature, size_t size)
{
	CLEANUP(cleanup_digests) struct digests digests = { 0 };
	EVP_PKEY_CTX *context CLEANUP(free_pkey_context) = NULL;
	bool ecdsa = use->mechanism->scheme == SCHEME_ECDSA;
	unsigned char der[256];
	size_t made = ecdsa ? sizeof(der) : size;
	CK_RV rv = mechanism_check_key(use->mechanism, key);

	if (rv != CKR_OK)
		return rv;
	if (mechanism_output_size(use->mechanism, (CK_ULONG)EVP_PKEY_get_bits(key)) != size)
		return CKR_KEY_SIZE_RANGE;
	if (use->mechanism->scheme == SCHEME_EDDSA)
		return sign_message(key, data, length, signature, size);
	if (!fetch(use, &digests))
		return CKR_HOST_MEMORY;
	if (too_long(use, &digests, key, length))
		return CKR_DATA_LEN_RANGE;
	context = EVP_PKEY_CTX_new_from_pkey(crypto_context(), key, NULL);
	if (!context)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_sign_init(context) <= 0 || !set_signature(use, &digests, context) ||
	    EVP_PKEY_sign(context, ecdsa ? der : signature, &made, data, length) <= 0)
		return CKR_FUNCTION_FAILED;
	if (ecdsa)
		return put_numbers(der, made, signature, size);
	return made == size ? CKR_OK : CKR_KEY_SIZE_RANGE;
}

static CK_RV verify_message(EVP_PKEY *key, const void *data, size_t length, const unsigned char *signature, size_t size)
{
	EVP_MD_CTX *context CLEANUP(free_digest_context) = EVP_MD_CTX_new();

	if (!context)
		return CKR_HOST_MEMORY;
	if (EVP_DigestVerifyInit_ex(context, NULL, NULL, crypto_context(), NULL, key, NULL) <= 0)
		return CKR_FUNCTION_FAILED;
	return EVP_DigestVerify(context, signature, size, data, length) == 1 ? CKR_OK : CKR_SIGNATURE_INVALID;
}

/* The DER form of two numbers, to be freed. */
static unsigned char *join_numbers(const unsigned char *signature, size_t size, size_t *ret_length)
{
	ECDSA_SIG *numbers CLEANUP(free_ecdsa) = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature, (int)size / 2, NULL), *s = BN_bin2bn(signature + size / 2, (int)size / 2, NULL);
	unsigned char *der = NULL;
	int length;

	if (!numbers || !r || !s || !ECDSA_SIG_set0(numbers, r, s)) {
		BN_free(r);
		BN_free(s);
		return NULL;
	}
	length = i2d_ECDSA_SIG(numbers, &der);
	*ret_length = length > 0 ? (size_t)length : 0;
	return length > 0 ? der : NULL;
}

CK_RV mechanism_verify(const struct mechanism_use *use, EVP_PKEY *key, const void *data, size_t length, const unsigned char *signature,
		       size_t size)
{
	CLEANUP(cleanup_digests) struct digests digests = { 0 };
	EVP_PKEY_CTX *context CLEANUP(free_pkey_context) = NULL;
	unsigned char *der CLEANUP(free_bytes) = NULL;
	const unsigned char *given = signature;
	size_t given_length = size;

	if (size != mechanism_output_size(use->mechanism, (CK_ULONG)EVP_PKEY_get_bits(key)))
		return CKR_SIGNATURE_LEN_RANGE;
	if (use->mechanism->scheme == SCHEME_EDDSA)
		return verify_message(key, data, length, signature, size);
	if (!fetch(use, &digests))
		return CKR_HOST_MEMORY;
	if (too_long(use, &digests, key, length))
		return CKR_DATA_LEN_RANGE;
	context = EVP_PKEY_CTX_new_from_pkey(crypto_context(), key, NULL);
	if (use->mechanism->scheme == SCHEME_ECDSA)
		given = der = join_numbers(signature, size, &given_length);
	if (!context || !given)
		return CKR_HOST_MEMORY;
	if (EVP_PKEY_verify_init(context) <= 0 || !set_signature(use, &digests, context))
		return CKR_FUNCTION_FAILED;
	return EVP_PKEY_verify(context, given, given_length, data, length) == 1 ? CKR_OK : CKR_SIGNATURE_INVALID;
}

static bool set_encryption(const struct mechanism_use *use, const struct digests *digests, EVP_PKEY_CTX *context)
{
	return use->mechanism->scheme == SCHEME_OAEP ? set_oaep(use, digests, context) : EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
}

CK_RV mechanism_decrypt(const struct mechanism_use *use, EVP_PKEY *key, const void *data, size_t data_length, unsigned char *plain, size_t *length)
{
	CLEANUP(cleanup_digests) struct digests digests = { 0 };
	EVP_PKEY_CTX *context CLEANUP(free_pkey_context) = EVP_PKEY_CTX_new_from_pkey(crypto_context(), key, NULL);
	CK_RV rv = mechanism_check_key(use->mechanism, key);

	if (rv != CKR_OK)
		return rv;
	if (!context || !fetch(use, &digests))
		return CKR_HOST_MEMORY;
	if (data_length != (size_t)EVP_PKEY_get_size(key))
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	if (EVP_PKEY_decrypt_init(context) <= 0 || !set_encryption(use, &digests, context))
		return CKR_FUNCTION_FAILED;
	return EVP_PKEY_decrypt(context, plain, length, data, data_length) > 0 ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID;
}
