// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/algorithm.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const EVP_CIPHER *gcm;
static const EVP_MD *sha256;

static void look_up(void)
{
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

const EVP_MD *algorithm_sha256(void)
{
	pthread_once(&once, look_up);
	return sha256;
}
