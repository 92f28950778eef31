// SPDX-License-Identifier: GPL-2.0-or-later
#include "ios_crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "helper/common/cleanup.h"

#define NONCE_SIZE	12
#define WRAP_OVERHEAD	8

static void free_context(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

#define CLEANUP_CONTEXT CLEANUP(free_context)

int ios_crypto_begin(void)
{
	const EVP_CIPHER *ciphers[] = { EVP_aes_256_wrap(), EVP_aes_256_cbc(), EVP_aes_256_ctr(), EVP_aes_256_ecb(),
					EVP_aes_256_gcm() };
	const uint8_t key[IOS_KEY_SIZE] = { 0 };
	uint8_t derived[IOS_KEY_SIZE];

	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		CLEANUP_CONTEXT EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

		if (!context)
			return -ENOMEM;
		EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
		if (EVP_DecryptInit_ex(context, ciphers[i], NULL, key, NULL) != 1)
			return -ENOMEM;
	}
	return ios_pbkdf2(true, key, 1, key, 8, 1, derived) || ios_pbkdf2(false, key, 1, key, 8, 1, derived) ? -ENOMEM : 0;
}

int ios_pbkdf2(bool sha256, const uint8_t *password, size_t length, const uint8_t *salt, size_t salt_length,
	       uint32_t iterations, uint8_t ret_key[IOS_KEY_SIZE])
{
	if (length > INT_MAX || salt_length > INT_MAX || iterations > INT_MAX)
		return -ENOMEM;
	return PKCS5_PBKDF2_HMAC((const char *)password, (int)length, salt, (int)salt_length, (int)iterations,
				 sha256 ? EVP_sha256() : EVP_sha1(), IOS_KEY_SIZE, ret_key) == 1 ? 0 : -ENOMEM;
}

int ios_unwrap(const uint8_t key[IOS_KEY_SIZE], const uint8_t *wrapped, size_t length, uint8_t ret_key[IOS_KEY_SIZE])
{
	CLEANUP_CONTEXT EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int part = 0;

	if (length != IOS_KEY_SIZE + WRAP_OVERHEAD)
		return -EBADMSG;
	if (!context)
		return -ENOMEM;
	EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_DecryptInit_ex(context, EVP_aes_256_wrap(), NULL, key, NULL) != 1)
		return -ENOMEM;
	if (EVP_DecryptUpdate(context, ret_key, &part, wrapped, (int)length) == 1 && part == IOS_KEY_SIZE)
		return 0;
	OPENSSL_cleanse(ret_key, IOS_KEY_SIZE);
	return -EBADMSG;
}

/* A cipher without padding over any length, in place. */
static int run(EVP_CIPHER_CTX *context, uint8_t *bytes, size_t length)
{
	while (length) {
		int size = length < 1 << 20 ? (int)length : 1 << 20, part = 0;

		if (EVP_CipherUpdate(context, bytes, &part, bytes, size) != 1 || part != size)
			return -ENOMEM;
		bytes += size;
		length -= (size_t)size;
	}
	return 0;
}

static int begin(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *nonce, bool encrypt)
{
	if (!context || EVP_CipherInit_ex(context, cipher, NULL, key, nonce, encrypt) != 1)
		return -ENOMEM;
	return EVP_CIPHER_CTX_set_padding(context, 0) == 1 ? 0 : -ENOMEM;
}

int ios_cbc(const uint8_t key[IOS_KEY_SIZE], uint8_t *bytes, size_t length)
{
	static const uint8_t zeros[IOS_BLOCK_SIZE];
	CLEANUP_CONTEXT EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int result;

	if (length % IOS_BLOCK_SIZE)
		return -EBADMSG;
	result = begin(context, EVP_aes_256_cbc(), key, zeros, false);
	return result ? result : run(context, bytes, length);
}

int64_t ios_unpadded(const uint8_t *bytes, size_t length)
{
	size_t padding = length ? bytes[length - 1] : 0;

	if (!padding || padding > IOS_BLOCK_SIZE || padding > length)
		return -EBADMSG;
	for (size_t i = 1; i <= padding; i++)
		if (bytes[length - i] != padding)
			return -EBADMSG;
	return (int64_t)(length - padding);
}

/* ---- GCM ----------------------------------------------------------------------------------------- */

static int gcm_pass(const uint8_t *key, const uint8_t *nonce, uint8_t *bytes, size_t length, uint8_t tag[IOS_TAG_SIZE])
{
	CLEANUP_CONTEXT EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t none[IOS_BLOCK_SIZE];
	int part, result = begin(context, EVP_aes_256_gcm(), key, nonce, true);

	if (!result)
		result = run(context, bytes, length);
	if (result || EVP_EncryptFinal_ex(context, none, &part) != 1)
		return -ENOMEM;
	return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, IOS_TAG_SIZE, tag) == 1 ? 0 : -ENOMEM;
}

/* The encrypted first counter covers the tag. */
static int encrypt_block(const uint8_t *key, uint8_t block[IOS_BLOCK_SIZE])
{
	CLEANUP_CONTEXT EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int result = begin(context, EVP_aes_256_ecb(), key, NULL, true);

	return result ? result : run(context, block, IOS_BLOCK_SIZE);
}

/*
 * The tag under the empty nonce. libcrypto takes none, but the hash in a tag does not depend on the nonce: the tag under
 * another one has it, once the block that covers it there is taken off. Two passes with the same nonce are needed, as only
 * encryption tells a tag: the first makes what the second encrypts to @bytes again.
 */
static int tag_of_empty_nonce(const uint8_t *key, uint8_t *bytes, size_t length, uint8_t tag[IOS_TAG_SIZE])
{
	static const uint8_t zeros[NONCE_SIZE];
	uint8_t there[IOS_BLOCK_SIZE] = { [IOS_BLOCK_SIZE - 1] = 1 }, here[IOS_BLOCK_SIZE] = { 0 };
	int result = gcm_pass(key, zeros, bytes, length, tag);

	if (!result)
		result = gcm_pass(key, zeros, bytes, length, tag);
	if (!result)
		result = encrypt_block(key, there);
	if (!result)
		result = encrypt_block(key, here);
	for (size_t i = 0; i < IOS_TAG_SIZE; i++)
		tag[i] ^= there[i] ^ here[i];
	OPENSSL_cleanse(there, sizeof(there));
	OPENSSL_cleanse(here, sizeof(here));
	return result;
}

static int open_empty_nonce(const uint8_t *key, uint8_t *bytes, size_t length)
{
	static const uint8_t first[IOS_BLOCK_SIZE] = { [IOS_BLOCK_SIZE - 1] = 1 };
	CLEANUP_CONTEXT EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t tag[IOS_TAG_SIZE];
	int result = tag_of_empty_nonce(key, bytes, length, tag);

	if (!result && CRYPTO_memcmp(tag, bytes + length, sizeof(tag)))
		result = -EBADMSG;
	if (!result)
		result = begin(context, EVP_aes_256_ctr(), key, first, false);
	return result ? result : run(context, bytes, length);
}

int ios_gcm_open(const uint8_t key[IOS_KEY_SIZE], const uint8_t *nonce, const uint8_t *aad, size_t aad_length,
		 uint8_t *bytes, size_t length)
{
	CLEANUP_CONTEXT EVP_CIPHER_CTX *context = NULL;
	uint8_t none[IOS_BLOCK_SIZE];
	int part, result;

	if (!nonce)
		return aad_length ? -EBADMSG : open_empty_nonce(key, bytes, length);
	context = EVP_CIPHER_CTX_new();
	result = begin(context, EVP_aes_256_gcm(), key, nonce, false);
	if (result || aad_length > INT_MAX)
		return -ENOMEM;
	if (aad_length && EVP_DecryptUpdate(context, NULL, &part, aad, (int)aad_length) != 1)
		return -ENOMEM;
	result = run(context, bytes, length);
	if (result || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, IOS_TAG_SIZE, bytes + length) != 1)
		return -ENOMEM;
	return EVP_DecryptFinal_ex(context, none, &part) == 1 ? 0 : -EBADMSG;
}
