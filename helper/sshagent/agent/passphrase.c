// SPDX-License-Identifier: GPL-2.0-or-later
#include "passphrase.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

/* Some 20 ms or more a guess, in which nobody else is served. */
#define ROUNDS	50000

static bool set;
static uint8_t salt[16], derived[32];

static bool derive(struct bytes passphrase, uint8_t ret_derived[sizeof(derived)])
{
	return PKCS5_PBKDF2_HMAC((const char *)passphrase.data, (int)passphrase.length, salt, sizeof(salt), ROUNDS, EVP_sha256(),
				 sizeof(derived), ret_derived) > 0;
}

bool passphrase_is_set(void)
{
	return set;
}

bool passphrase_set(struct bytes passphrase)
{
	if (set)
		return false;
	set = RAND_bytes(salt, sizeof(salt)) > 0 && derive(passphrase, derived);
	if (!set)
		OPENSSL_cleanse(derived, sizeof(derived));
	return set;
}

bool passphrase_unset(struct bytes passphrase)
{
	uint8_t other[sizeof(derived)];
	bool same = set && derive(passphrase, other) && !CRYPTO_memcmp(derived, other, sizeof(derived));

	OPENSSL_cleanse(other, sizeof(other));
	if (same) {
		OPENSSL_cleanse(derived, sizeof(derived));
		set = false;
	}
	return same;
}
