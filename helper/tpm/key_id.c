// SPDX-License-Identifier: GPL-2.0-or-later
#include "key_id.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define INFO	"keybag v1 device id"
#define DIGEST	32

bool key_id(const uint8_t key[TPM_EXCHANGE_KEY], uint8_t ret_id[TPM_EXCHANGE_ID])
{
	static const uint8_t no_salt[DIGEST];
	/* HKDF-SHA-256 of less than one digest: extract from lp(D), expand once. */
	uint8_t input[4 + TPM_EXCHANGE_KEY] = { TPM_EXCHANGE_KEY }, pseudorandom[DIGEST], output[DIGEST];
	uint8_t expand[sizeof(INFO)] = INFO;
	bool done;

	memcpy(input + 4, key, TPM_EXCHANGE_KEY);
	/* In the place of the text's end. */
	expand[sizeof(INFO) - 1] = 1;
	done = HMAC(EVP_sha256(), no_salt, sizeof(no_salt), input, sizeof(input), pseudorandom, NULL) &&
	       HMAC(EVP_sha256(), pseudorandom, sizeof(pseudorandom), expand, sizeof(expand), output, NULL);
	if (done)
		memcpy(ret_id, output, TPM_EXCHANGE_ID);
	OPENSSL_cleanse(input, sizeof(input));
	OPENSSL_cleanse(pseudorandom, sizeof(pseudorandom));
	OPENSSL_cleanse(output, sizeof(output));
	return done;
}
