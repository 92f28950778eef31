// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include "../keybag/bytes.h"
#include "burn.h"
#include "cipher.h"
#include "hkdf.h"

#define HKDF_PREFIX	"keybag v1 "

static const u8 empty_salt[KEYBAG_HMAC_SIZE];

static int hkdf_extract(struct crypto_shash *hmac, const u8 *salt, size_t salt_length,
			const struct keybag_part *parts, unsigned int count, u8 *prk)
{
	SHASH_DESC_ON_STACK(desc, hmac);
	u8 length[sizeof(u32)];
	unsigned int i;
	int err;

	if (salt_length)
		err = crypto_shash_setkey(hmac, salt, salt_length);
	else
		err = crypto_shash_setkey(hmac, empty_salt, sizeof(empty_salt));
	if (err)
		return err;

	desc->tfm = hmac;
	err = crypto_shash_init(desc);
	for (i = 0; i < count && !err; i++) {
		kb_put_le32(length, parts[i].length);
		err = crypto_shash_update(desc, length, sizeof(length));
		if (!err && parts[i].length)
			err = crypto_shash_update(desc, parts[i].bytes, parts[i].length);
	}
	if (!err)
		err = crypto_shash_final(desc, prk);
	shash_desc_zero(desc);
	return err;
}

static int hkdf_expand(struct crypto_shash *hmac, const u8 *prk, const char *label, u8 *okm)
{
	static const u8 first_block = 1;
	SHASH_DESC_ON_STACK(desc, hmac);
	int err;

	err = crypto_shash_setkey(hmac, prk, KEYBAG_HMAC_SIZE);
	if (err)
		return err;

	desc->tfm = hmac;
	err = crypto_shash_init(desc);
	if (!err)
		err = crypto_shash_update(desc, (const u8 *)HKDF_PREFIX, strlen(HKDF_PREFIX));
	if (!err)
		err = crypto_shash_update(desc, (const u8 *)label, strlen(label));
	if (!err)
		err = crypto_shash_update(desc, &first_block, sizeof(first_block));
	if (!err)
		err = crypto_shash_final(desc, okm);
	shash_desc_zero(desc);
	return err;
}

int keybag_hkdf(struct crypto_shash *hmac, const u8 *salt, size_t salt_length,
		const struct keybag_part *parts, unsigned int count, const char *label, u8 *out,
		size_t out_length)
{
	u8 prk[KEYBAG_HMAC_SIZE] __aligned(16);
	u8 okm[KEYBAG_HMAC_SIZE] __aligned(16);
	int err;

	if (WARN_ON_ONCE(out_length > sizeof(okm)))
		return -EINVAL;

	err = hkdf_extract(hmac, salt, salt_length, parts, count, prk);
	if (!err)
		err = hkdf_expand(hmac, prk, label, okm);
	if (err)
		memset(out, 0, out_length);
	else
		memcpy(out, okm, out_length);
	memzero_explicit(prk, sizeof(prk));
	memzero_explicit(okm, sizeof(okm));
	keybag_burn_hash();
	return err;
}

int keybag_hmac(struct crypto_shash *hmac, const u8 *key, const u8 *bytes, size_t length, u8 *out)
{
	int err;

	err = crypto_shash_setkey(hmac, key, KEYBAG_KEY_SIZE);
	if (!err)
		err = crypto_shash_tfm_digest(hmac, bytes, length, out);
	if (err)
		memset(out, 0, KEYBAG_HMAC_SIZE);
	keybag_burn_hash();
	return err;
}
