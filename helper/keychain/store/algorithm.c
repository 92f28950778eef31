// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/algorithm.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const EVP_CIPHER *gcm;
static const EVP_MD *sha256;
static pthread_key_t contexts;	/* of SHA-256, one a thread */
static bool has_contexts;

static void free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

static void look_up(void)
{
	has_contexts = !pthread_key_create(&contexts, free_context);
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	/* Without memory now: those that look themselves up at each use. */
	if (!gcm)
		gcm = EVP_aes_256_gcm();
	if (!sha256)
		sha256 = EVP_sha256();
}

const EVP_CIPHER *algorithm_gcm(void)
{
	pthread_once(&once, look_up);
	return gcm;
}

static EVP_MD_CTX *digest_context(void)
{
	EVP_MD_CTX *context;

	pthread_once(&once, look_up);
	context = has_contexts ? pthread_getspecific(contexts) : NULL;
	if (context || !has_contexts)
		return context;
	context = EVP_MD_CTX_new();
	if (context && pthread_setspecific(contexts, context)) {
		EVP_MD_CTX_free(context);
		context = NULL;
	}
	return context;
}

bool algorithm_digest(const void *first, size_t first_length, const void *second, size_t second_length,
		      uint8_t ret_digest[ALGORITHM_DIGEST_SIZE])
{
	EVP_MD_CTX *context = digest_context();

	return context && EVP_DigestInit_ex(context, sha256, NULL) == 1 &&
	       EVP_DigestUpdate(context, first, first_length) == 1 &&
	       EVP_DigestUpdate(context, second, second_length) == 1 && EVP_DigestFinal_ex(context, ret_digest, NULL) == 1;
}
