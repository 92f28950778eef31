// SPDX-License-Identifier: GPL-2.0-or-later
#include "derive.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define DIGEST	32
#define INFO	64

/* HKDF-SHA-256 of one digest: extract from lp(key), expand once. @info is "keybag v1 " and a label. */
static bool derive(const uint8_t salt[DIGEST], const uint8_t key[TPM_EXCHANGE_KEY], const char *info, uint8_t ret_output[DIGEST])
{
	uint8_t input[4 + TPM_EXCHANGE_KEY] = { TPM_EXCHANGE_KEY }, pseudorandom[DIGEST], expand[INFO];
	size_t length = strlen(info);
	bool done;

	memcpy(input + 4, key, TPM_EXCHANGE_KEY);
	memcpy(expand, info, length);
	expand[length] = 1;
	done = HMAC(EVP_sha256(), salt, DIGEST, input, sizeof(input), pseudorandom, NULL) &&
	       HMAC(EVP_sha256(), pseudorandom, sizeof(pseudorandom), expand, length + 1, ret_output, NULL);
	OPENSSL_cleanse(input, sizeof(input));
	OPENSSL_cleanse(pseudorandom, sizeof(pseudorandom));
	return done;
}

bool derive_key_id(const uint8_t key[TPM_EXCHANGE_KEY], uint8_t ret_id[TPM_EXCHANGE_ID])
{
	static const uint8_t no_salt[DIGEST];
	uint8_t output[DIGEST];
	bool done = derive(no_salt, key, "keybag v1 device id", output);

	if (done)
		memcpy(ret_id, output, TPM_EXCHANGE_ID);
	OPENSSL_cleanse(output, sizeof(output));
	return done;
}

bool derive_authorisation(const uint8_t passcode_key[TPM_EXCHANGE_KEY], const uint8_t salt[TPM_EXCHANGE_SALT],
			  uint8_t ret_authorisation[TPM_EXCHANGE_KEY])
{
	bool done = derive(salt, passcode_key, "keybag v1 passcode tpm", ret_authorisation);

	ret_authorisation[TPM_EXCHANGE_KEY - 1] |= 1;
	return done;
}
