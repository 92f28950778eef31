// SPDX-License-Identifier: GPL-2.0-or-later
#include "nv_writer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "common/crypto_free.h"

#define COORDINATE	32
#define POINT		(1 + 2 * COORDINATE)
#define SIGNATURE	80

bool nv_writer_make(uint8_t ret_key[TPM_EXCHANGE_WRITER], uint32_t *ret_length)
{
	CLEANUP(free_pkey) EVP_PKEY *key = EVP_EC_gen("P-256");
	int length = key ? i2d_PrivateKey(key, NULL) : 0;
	unsigned char *at = ret_key;

	if (length <= 0 || length > TPM_EXCHANGE_WRITER || i2d_PrivateKey(key, &at) != length)
		return false;
	*ret_length = (uint32_t)length;
	return true;
}

static EVP_PKEY *nv_writer_read(const uint8_t *key, uint32_t length)
{
	const unsigned char *at = key;

	return d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)length);
}

bool nv_writer_public(const uint8_t *key, uint32_t length, TPM2B_PUBLIC *ret_public)
{
	CLEANUP(free_pkey) EVP_PKEY *pair = nv_writer_read(key, length);
	uint8_t point[POINT];
	size_t size = 0;

	if (!pair || !EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &size) || size != POINT)
		return false;
	*ret_public = (TPM2B_PUBLIC){
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_USERWITHAUTH,
			.parameters.eccDetail = {
				.symmetric.algorithm = TPM2_ALG_NULL,
				.scheme = { .scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
				.curveID = TPM2_ECC_NIST_P256,
				.kdf.scheme = TPM2_ALG_NULL,
			},
			.unique.ecc = { .x.size = COORDINATE, .y.size = COORDINATE },
		},
	};
	memcpy(ret_public->publicArea.unique.ecc.x.buffer, point + 1, COORDINATE);
	memcpy(ret_public->publicArea.unique.ecc.y.buffer, point + 1 + COORDINATE, COORDINATE);
	return true;
}

bool nv_writer_sign(const uint8_t *key, uint32_t length, const TPM2B_NONCE *nonce, TPMT_SIGNATURE *ret_signature)
{
	static const uint8_t no_expiry[4];
	CLEANUP(free_pkey) EVP_PKEY *pair = nv_writer_read(key, length);
	CLEANUP(free_digest_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
	CLEANUP(free_ecdsa) ECDSA_SIG *signature = NULL;
	uint8_t bytes[SIGNATURE];
	const unsigned char *at = bytes;
	size_t size = sizeof(bytes);
	TPMS_SIGNATURE_ECC *both = &ret_signature->signature.ecdsa;

	if (!pair || !context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair) <= 0 ||
	    EVP_DigestSignUpdate(context, nonce->buffer, nonce->size) <= 0 ||
	    EVP_DigestSignUpdate(context, no_expiry, sizeof(no_expiry)) <= 0 || EVP_DigestSignFinal(context, bytes, &size) <= 0)
		return false;
	signature = d2i_ECDSA_SIG(NULL, &at, (long)size);
	if (!signature)
		return false;
	*ret_signature = (TPMT_SIGNATURE){ .sigAlg = TPM2_ALG_ECDSA };
	both->hash = TPM2_ALG_SHA256;
	both->signatureR.size = COORDINATE;
	both->signatureS.size = COORDINATE;
	return BN_bn2binpad(ECDSA_SIG_get0_r(signature), both->signatureR.buffer, COORDINATE) == COORDINATE &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(signature), both->signatureS.buffer, COORDINATE) == COORDINATE;
}
