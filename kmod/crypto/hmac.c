// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/sha2.h>
#include <linux/build_bug.h>
#include <linux/string.h>
#include "burn.h"
#include "hmac.h"

static_assert(KEYBAG_HASH_SIZE == SHA256_DIGEST_SIZE);
static_assert(KEYBAG_HMAC_SIZE == SHA256_DIGEST_SIZE);

int keybag_hmac(struct keybag_hmac *hmac, const u8 *key, const u8 *bytes, size_t length, u8 *out)
{
	const struct keybag_part part = { bytes, length };
	int err;

	err = keybag_hmac_set(hmac, key, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_hmac_parts(hmac, &part, 1, out);
	if (err)
		memset(out, 0, KEYBAG_HMAC_SIZE);
	keybag_burn_hash();
	return err;
}

void keybag_hash(const u8 *bytes, size_t length, u8 *out)
{
	sha256(bytes, length, out);
}
