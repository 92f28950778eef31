// SPDX-License-Identifier: GPL-2.0-or-later
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "helper/keychain/certificate/container/container_work.h"
#include "helper/keychain/certificate/crypto_free.h"

/* N, r and p of scrypt multiply to its work; so much takes about as long as the iterations. */
#define MAX_SCRYPT_WORK (1 << 24)

DEFINE_CLEANUP(PBEPARAM, free_pbe, PBEPARAM_free)
DEFINE_CLEANUP(PBE2PARAM, free_pbe2, PBE2PARAM_free)
DEFINE_CLEANUP(PBKDF2PARAM, free_pbkdf2, PBKDF2PARAM_free)
DEFINE_CLEANUP(SCRYPT_PARAMS, free_scrypt, SCRYPT_PARAMS_free)

/* The algorithm's parameters as a structure of this kind; NULL where they are none. */
static void *parameters(const X509_ALGOR *algorithm, const ASN1_ITEM *kind)
{
	const ASN1_TYPE *value = algorithm->parameter;

	return value ? ASN1_TYPE_unpack_sequence(kind, value) : NULL;
}

/* Within 1 to @most; @product, at least 1, is multiplied by it and must stay within as well. */
static bool within(const ASN1_INTEGER *integer, uint64_t most, uint64_t *product)
{
	uint64_t number;

	if (!ASN1_INTEGER_get_uint64(&number, integer) || !number || number > most)
		return false;
	*product *= number;
	return *product <= most;
}

static bool pbkdf2_bounded(const X509_ALGOR *algorithm)
{
	PBKDF2PARAM *found CLEANUP(free_pbkdf2) =
		parameters(algorithm, ASN1_ITEM_rptr(PBKDF2PARAM));
	uint64_t work = 1;

	return !found || within(found->iter, CONTAINER_MAX_ITERATIONS, &work);
}

static bool scrypt_bounded(const X509_ALGOR *algorithm)
{
	SCRYPT_PARAMS *found CLEANUP(free_scrypt) =
		parameters(algorithm, ASN1_ITEM_rptr(SCRYPT_PARAMS));
	uint64_t work = 1;

	return !found || (within(found->costParameter, MAX_SCRYPT_WORK, &work) &&
			  within(found->blockSize, MAX_SCRYPT_WORK, &work) &&
			  within(found->parallelizationParameter, MAX_SCRYPT_WORK, &work));
}

/* PBES2 names the function that derives; PBES1 and those of PKCS#12 only have iterations. */
static bool pbes2_bounded(const X509_ALGOR *algorithm)
{
	PBE2PARAM *found CLEANUP(free_pbe2) = parameters(algorithm, ASN1_ITEM_rptr(PBE2PARAM));

	switch (found ? OBJ_obj2nid(found->keyfunc->algorithm) : NID_undef) {
	case NID_id_pbkdf2:
		return pbkdf2_bounded(found->keyfunc);
	case NID_id_scrypt:
		return scrypt_bounded(found->keyfunc);
	default:
		return true;
	}
}

bool container_bounded_work(const X509_ALGOR *algorithm)
{
	PBEPARAM *found CLEANUP(free_pbe) = NULL;
	uint64_t work = 1;

	if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2)
		return pbes2_bounded(algorithm);
	found = parameters(algorithm, ASN1_ITEM_rptr(PBEPARAM));
	return !found || within(found->iter, CONTAINER_MAX_ITERATIONS, &work);
}

bool container_has_named_cipher(const char *name)
{
	EVP_CIPHER *cipher = name ? EVP_CIPHER_fetch(NULL, name, NULL) : NULL;
	bool found = cipher;

	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return found;
}

static bool has_named_digest(const char *name)
{
	EVP_MD *digest = EVP_MD_fetch(NULL, name, NULL);
	bool found = digest;

	EVP_MD_free(digest);
	ERR_clear_error();
	return found;
}

/* The older kinds are one of a cipher with a digest each. */
static bool has_older(const X509_ALGOR *algorithm)
{
	int cipher, digest;

	if (!EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(algorithm->algorithm), &cipher, &digest, NULL) || cipher < 0)
		return false;
	return container_has_named_cipher(OBJ_nid2sn(cipher)) && (digest < 0 || has_named_digest(OBJ_nid2sn(digest)));
}

bool container_has_cipher(const X509_ALGOR *algorithm, char name[CONTAINER_NAME_SIZE])
{
	PBE2PARAM *found CLEANUP(free_pbe2) = NULL;

	OBJ_obj2txt(name, CONTAINER_NAME_SIZE, algorithm->algorithm, 0);
	if (OBJ_obj2nid(algorithm->algorithm) != NID_pbes2)
		return has_older(algorithm);
	found = parameters(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
	/* Decrypting tells of parameters that are damaged. */
	if (!found)
		return true;
	OBJ_obj2txt(name, CONTAINER_NAME_SIZE, found->encryption->algorithm, 0);
	return container_has_named_cipher(name);
}
