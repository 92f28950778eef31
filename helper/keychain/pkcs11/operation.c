// SPDX-License-Identifier: LGPL-2.1-or-later
#include "operation.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "fetch.h"
#include "helper/common/registers.h"
#include "helper/common/secret.h"
#include "private_key.h"

static void forget_data(struct operation *operation)
{
	if (operation->data)
		explicit_bzero(operation->data, operation->length);
	free(operation->data);
	operation->data = NULL;
	operation->length = 0;
}

void operation_end(struct operation *operation)
{
	EVP_MD_CTX_free(operation->digest);
	EVP_PKEY_free(operation->public);
	forget_data(operation);
	*operation = (struct operation){ 0 };
}

static CK_RV end_with(struct operation *operation, CK_RV rv)
{
	if (rv != CKR_OK)
		operation_end(operation);
	return rv;
}

/* A handle that was one of a key when the operation began. */
static CK_RV key_result(CK_RV rv)
{
	return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
}

/* The public key to verify with. */
static CK_RV load_public(struct operation *operation, struct facts *facts)
{
	CRYPTO_ERRORS_FORGOTTEN;
	struct public_half half;
	CK_RV rv = facts_find_half(facts);
	const unsigned char *at;

	if (rv != CKR_OK)
		return rv;
	if (!public_half_read(facts->half, &half))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (half.info.left) {
		at = half.info.at;
		operation->public = d2i_PUBKEY_ex(NULL, &at, (long)half.info.left, crypto_context(), NULL);
		rv = operation->public ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
	} else {
		rv = private_key_public(half, &operation->public);
	}
	return rv == CKR_OK ? mechanism_check_key(operation->use.mechanism, operation->public) : rv;
}

static CK_RV check_key(struct operation *operation, struct facts *facts, CK_FLAGS flag)
{
	/* The public half is there also while the private one is locked. */
	if (facts->locked && flag != CKF_VERIFY)
		return CKR_USER_NOT_LOGGED_IN;
	if (facts->type != operation->use.mechanism->key)
		return CKR_KEY_TYPE_INCONSISTENT;
	if ((flag == CKF_SIGN && !facts->signs) || (flag == CKF_DECRYPT && !facts->decrypts))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	if (flag == CKF_VERIFY)
		return load_public(operation, facts);
	operation->size = mechanism_output_size(operation->use.mechanism, facts->bits);
	return mechanism_check_size(operation->use.mechanism, facts->bits);
}

static CK_RV begin_digest(struct operation *operation)
{
	CRYPTO_ERRORS_FORGOTTEN;
	EVP_MD *digest CLEANUP(free_digest) = NULL;

	if (!operation->use.mechanism->digest)
		return CKR_OK;
	digest = EVP_MD_fetch(crypto_context(), operation->use.mechanism->digest, NULL);
	operation->digest = digest ? EVP_MD_CTX_new() : NULL;
	return operation->digest && EVP_DigestInit_ex2(operation->digest, digest, NULL) ? CKR_OK : CKR_HOST_MEMORY;
}

/* Checks that need no keychain. */
static CK_RV check_handle(const struct object *object, CK_FLAGS flag)
{
	if (!object || object->class == CKO_CERTIFICATE)
		return CKR_KEY_HANDLE_INVALID;
	return object->class == (flag == CKF_VERIFY ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY) ? CKR_OK : CKR_KEY_FUNCTION_NOT_PERMITTED;
}

CK_RV operation_begin(struct operation *operation, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_FLAGS flag)
{
	const struct object *object = object_by_handle(key);
	struct facts facts = FACTS_NONE;
	CK_RV rv;

	if (operation->active)
		return CKR_OPERATION_ACTIVE;
	rv = mechanism_use_read(mechanism, flag, &operation->use);
	if (rv == CKR_OK)
		rv = check_handle(object, flag);
	if (rv == CKR_OK && !crypto_context())
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK) {
		operation->object = *object;
		operation->flag = flag;
		rv = key_result(facts_read(&operation->object, &facts));
		if (rv == CKR_OK)
			rv = key_result(check_key(operation, &facts, flag));
		facts_release(&facts);
	}
	if (rv == CKR_OK)
		rv = begin_digest(operation);
	operation->active = rv == CKR_OK;
	return end_with(operation, rv);
}

static CK_RV gather(struct operation *operation, const void *data, size_t length)
{
	unsigned char *more;

	if (!length)
		return CKR_OK;
	/* Not realloc(3), which may leave a copy behind. */
	more = malloc(operation->length + length);
	if (!more)
		return CKR_HOST_MEMORY;
	if (operation->length)
		memcpy(more, operation->data, operation->length);
	memcpy(more + operation->length, data, length);
	length += operation->length;
	forget_data(operation);
	operation->data = more;
	operation->length = length;
	return CKR_OK;
}

static CK_RV add(struct operation *operation, const void *data, size_t length)
{
	CRYPTO_ERRORS_FORGOTTEN;

	if (!operation->digest)
		return gather(operation, data, length);
	return !length || EVP_DigestUpdate(operation->digest, data, length) ? CKR_OK : CKR_HOST_MEMORY;
}

/* Data that no mechanism takes is not copied first: EdDSA alone takes a message of any length that it does not digest in parts. */
static bool too_long(const struct operation *operation, size_t length)
{
	return !operation->digest && operation->use.mechanism->scheme != SCHEME_EDDSA && length > OPERATION_GATHERS;
}

CK_RV operation_update(struct operation *operation, const void *data, size_t length)
{
	operation->in_parts = true;
	if (!operation->digest && length > OPERATION_GATHERS - operation->length)
		return end_with(operation, CKR_DATA_LEN_RANGE);
	return end_with(operation, add(operation, data, length));
}

CK_RV operation_whole(struct operation *operation, const void *data, size_t length)
{
	forget_data(operation);
	if (too_long(operation, length))
		return end_with(operation, operation->flag == CKF_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_DATA_LEN_RANGE);
	return end_with(operation, add(operation, data, length));
}

/* The digest takes the place of the data. */
static CK_RV finish_digest(struct operation *operation)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length;

	if (!operation->digest)
		return CKR_OK;
	if (!EVP_DigestFinal_ex(operation->digest, digest, &length))
		return CKR_HOST_MEMORY;
	EVP_MD_CTX_free(operation->digest);
	operation->digest = NULL;
	return gather(operation, digest, length);
}

/* Whether the caller asks for a size, or has too little room: *@ret_rv is what to answer then. */
static bool asks_size(const unsigned char *output, CK_ULONG *length, size_t size, CK_RV *ret_rv)
{
	bool enough = output && *length >= size;

	*ret_rv = output ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	if (!enough)
		*length = size;
	return !enough;
}

static CK_RV sign(struct operation *operation, unsigned char *output)
{
	CRYPTO_ERRORS_FORGOTTEN;
	EVP_PKEY *key CLEANUP(free_pkey) = NULL;
	CK_KEY_TYPE type;
	CK_RV rv = finish_digest(operation);

	if (rv == CKR_OK)
		rv = key_result(fetch_key(&operation->object, &key, &type));
	if (rv == CKR_OK && type != operation->use.mechanism->key)
		rv = CKR_KEY_TYPE_INCONSISTENT;
	return rv == CKR_OK ? mechanism_sign(&operation->use, key, operation->data, operation->length, output, operation->size) : rv;
}

CK_RV operation_sign(struct operation *operation, unsigned char *output, CK_ULONG *length)
{
	CK_RV rv;

	if (asks_size(output, length, operation->size, &rv))
		return rv;
	*length = operation->size;
	rv = sign(operation, output);
	clear_vector_registers();
	operation_end(operation);
	return rv;
}

static CK_RV decrypt(struct operation *operation, struct secret *plain)
{
	CRYPTO_ERRORS_FORGOTTEN;
	EVP_PKEY *key CLEANUP(free_pkey) = NULL;
	CK_KEY_TYPE type;
	CK_RV rv = key_result(fetch_key(&operation->object, &key, &type));

	if (rv == CKR_OK && type != operation->use.mechanism->key)
		rv = CKR_KEY_TYPE_INCONSISTENT;
	if (rv == CKR_OK && secret_new(plain, (size_t)EVP_PKEY_get_size(key)) < 0)
		rv = CKR_HOST_MEMORY;
	plain->length = plain->capacity;
	return rv == CKR_OK ? mechanism_decrypt(&operation->use, key, operation->data, operation->length, plain->data, &plain->length) : rv;
}

CK_RV operation_decrypt(struct operation *operation, unsigned char *output, CK_ULONG *length)
{
	CLEANUP_SECRET struct secret plain = SECRET_NONE;
	CK_RV rv;

	/* Its length shows only when it is decrypted, for which the key is fetched: it is at most the key's. */
	if (!output) {
		*length = operation->size;
		return CKR_OK;
	}
	rv = decrypt(operation, &plain);
	if (rv == CKR_OK && *length < plain.length)
		rv = CKR_BUFFER_TOO_SMALL;
	if (rv == CKR_OK)
		memcpy(output, plain.data, plain.length);
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		*length = plain.length;
	/* They have had the key and what was decrypted. */
	clear_vector_registers();
	if (rv != CKR_BUFFER_TOO_SMALL)
		operation_end(operation);
	return rv;
}

CK_RV operation_verify(struct operation *operation, const unsigned char *signature, size_t length)
{
	CRYPTO_ERRORS_FORGOTTEN;
	CK_RV rv = finish_digest(operation);

	if (rv == CKR_OK)
		rv = mechanism_verify(&operation->use, operation->public, operation->data, operation->length, signature, length);
	operation_end(operation);
	return rv;
}
