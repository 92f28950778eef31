// SPDX-License-Identifier: GPL-2.0-or-later
#include "cipher.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "agreement.h"

static void free_context(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

int cipher_encrypt(const struct secret *key, const void *secret, size_t length,
		   uint8_t ret_iv[CIPHER_BLOCK_SIZE], uint8_t *ret_data)
{
	CLEANUP(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int first = 0, last = 0;

	if (!context || key->length != SESSION_KEY_SIZE || length > INT_MAX / 2 || RAND_bytes(ret_iv, CIPHER_BLOCK_SIZE) <= 0 ||
	    !EVP_EncryptInit_ex2(context, EVP_aes_128_cbc(), key->data, ret_iv, NULL) ||
	    !EVP_EncryptUpdate(context, ret_data, &first, secret, (int)length) ||
	    !EVP_EncryptFinal_ex(context, ret_data + first, &last))
		return -EIO;
	return (size_t)first + (size_t)last == CIPHER_SIZE(length) ? 0 : -EIO;
}

int cipher_decrypt(const struct secret *key, const void *iv, size_t iv_length, const void *data,
		   size_t length, struct secret *ret_secret)
{
	CLEANUP(free_context) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int first = 0, last = 0;

	if (iv_length != CIPHER_BLOCK_SIZE || !length || length % CIPHER_BLOCK_SIZE || length > INT_MAX / 2)
		return -EINVAL;
	if (secret_new(&secret, length) < 0)
		return -ENOMEM;
	if (!context || key->length != SESSION_KEY_SIZE ||
	    !EVP_DecryptInit_ex2(context, EVP_aes_128_cbc(), key->data, iv, NULL) ||
	    !EVP_DecryptUpdate(context, secret.data, &first, data, (int)length))
		return -EIO;
	if (!EVP_DecryptFinal_ex(context, secret.data + first, &last))
		return -EINVAL;
	secret.length = (size_t)first + (size_t)last;
	*ret_secret = secret_take(&secret);
	return 0;
}
