// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "crypto.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void require(int success)
{
	if (success <= 0) {
		fprintf(stderr, "# libcrypto failed\n");
		abort();
	}
}

static size_t put_prefixed(__u8 *out, const struct bytes *input)
{
	const uint32_t length = (uint32_t)input->length;
	const __u8 prefix[4] = { (__u8)length, (__u8)(length >> 8), (__u8)(length >> 16),
				 (__u8)(length >> 24) };

	memcpy(out, prefix, sizeof(prefix));
	if (length)
		memcpy(out + sizeof(prefix), input->at, length);
	return sizeof(prefix) + length;
}

void derive_parts(__u8 *out, size_t length, struct bytes salt, const char *label,
		  const struct bytes *parts, size_t count)
{
	__u8 input[512];
	char info[64], digest[] = "SHA256";
	size_t input_length = 0, i;
	OSSL_PARAM params[5], *param = params;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);

	for (i = 0; i < count; i++)
		input_length += put_prefixed(input + input_length, &parts[i]);
	snprintf(info, sizeof(info), "keybag v1 %s", label);

	*param++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	*param++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input, input_length);
	if (salt.length)
		*param++ = OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.at, salt.length);
	*param++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info));
	*param = OSSL_PARAM_construct_end();
	require(EVP_KDF_derive(context, out, length, params));
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

void derive(__u8 *out, size_t length, struct bytes salt, const char *label, struct bytes first,
	    const struct bytes *second, const struct bytes *third)
{
	struct bytes parts[3] = { first };
	size_t count = 1;

	if (second)
		parts[count++] = *second;
	if (third)
		parts[count++] = *third;
	derive_parts(out, length, salt, label, parts, count);
}

static void mac(__u8 *out, size_t length, const char *name, const char *parameter, char *algorithm,
		const __u8 *key, const struct bytes *parts, size_t count)
{
	EVP_MAC *method = EVP_MAC_fetch(NULL, name, NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(method);
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(parameter, algorithm, 0),
		OSSL_PARAM_construct_end(),
	};
	__u8 full[64];
	size_t full_length, i;

	require(EVP_MAC_init(context, key, KEY_SIZE, params));
	for (i = 0; i < count; i++)
		if (parts[i].length)
			require(EVP_MAC_update(context, parts[i].at, parts[i].length));
	require(EVP_MAC_final(context, full, &full_length, sizeof(full)));
	memcpy(out, full, length);
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(method);
}

void hmac_sha256(__u8 out[MAC_SIZE], const __u8 key[KEY_SIZE], struct bytes message)
{
	char digest[] = "SHA256";

	mac(out, MAC_SIZE, "HMAC", OSSL_MAC_PARAM_DIGEST, digest, key, &message, 1);
}

void hedged_nonce(__u8 out[NONCE_SIZE], const __u8 key[KEY_SIZE], struct bytes aad,
		  struct bytes plaintext)
{
	__u8 fresh[16];
	const struct bytes parts[] = { BYTES(fresh), aad, plaintext };
	char cipher[] = "AES-256-CBC";

	require(getrandom(fresh, sizeof(fresh), 0) == sizeof(fresh));
	mac(out, NONCE_SIZE, "CMAC", OSSL_MAC_PARAM_CIPHER, cipher, key, parts, 3);
}

void sha256(__u8 out[MAC_SIZE], struct bytes message)
{
	require(EVP_Digest(message.at, message.length, out, NULL, EVP_sha256(), NULL));
}

void gcm_seal(__u8 *out, const __u8 key[KEY_SIZE], const __u8 nonce[NONCE_SIZE], struct bytes aad,
	      struct bytes plaintext)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	const int length = (int)plaintext.length;
	int n;

	require(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce));
	if (aad.length)
		require(EVP_EncryptUpdate(context, NULL, &n, aad.at, (int)aad.length));
	require(EVP_EncryptUpdate(context, out, &n, plaintext.at, length));
	require(EVP_EncryptFinal_ex(context, out + length, &n));
	require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, out + length));
	EVP_CIPHER_CTX_free(context);
}

int gcm_open(void *out, const __u8 key[KEY_SIZE], const __u8 nonce[NONCE_SIZE], struct bytes aad,
	     struct bytes sealed)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	const int length = (int)(sealed.length - TAG_SIZE);
	__u8 tag[TAG_SIZE];
	int n, valid;

	memcpy(tag, (const __u8 *)sealed.at + length, TAG_SIZE);
	require(EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce));
	if (aad.length)
		require(EVP_DecryptUpdate(context, NULL, &n, aad.at, (int)aad.length));
	require(EVP_DecryptUpdate(context, out, &n, sealed.at, length));
	require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag));
	valid = EVP_DecryptFinal_ex(context, (__u8 *)out + length, &n) > 0;
	EVP_CIPHER_CTX_free(context);
	return valid ? length : -EBADMSG;
}

void x25519_public(__u8 out[KEY_SIZE], const __u8 private_half[KEY_SIZE])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_half, KEY_SIZE);
	size_t length = KEY_SIZE;

	require(key != NULL);
	require(EVP_PKEY_get_raw_public_key(key, out, &length));
	EVP_PKEY_free(key);
}

void x25519_agree(__u8 out[KEY_SIZE], const __u8 private_half[KEY_SIZE],
		  const __u8 public_half[KEY_SIZE])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_half, KEY_SIZE);
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_half, KEY_SIZE);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	size_t length = KEY_SIZE;

	require(context && peer && EVP_PKEY_derive_init(context) > 0);
	require(EVP_PKEY_derive_set_peer(context, peer) > 0);
	require(EVP_PKEY_derive(context, out, &length) > 0);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(key);
}
