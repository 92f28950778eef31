// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bug.h>
#include <linux/string.h>
#include "../../keybag/bytes.h"
#include "burn.h"
#include "hkdf.h"

#define HKDF_PREFIX	"keybag v1 "

static const u8 empty_salt[KEYBAG_HMAC_SIZE];

static int hkdf_extract(struct keybag_hmac *hmac, const u8 *salt, size_t salt_length,
			const struct keybag_part *parts, unsigned int count, u8 *prk)
{
	struct keybag_part pieces[2 * KEYBAG_HKDF_PARTS];
	u8 lengths[KEYBAG_HKDF_PARTS][sizeof(u32)];
	unsigned int i;
	int err;

	for (i = 0; i < count; i++) {
		kb_put_le32(lengths[i], parts[i].length);
		pieces[2 * i] = (struct keybag_part){ lengths[i], sizeof(lengths[i]) };
		pieces[2 * i + 1] = parts[i];
	}
	if (salt_length)
		err = keybag_hmac_set(hmac, salt, salt_length);
	else
		err = keybag_hmac_set(hmac, empty_salt, sizeof(empty_salt));
	return err ?: keybag_hmac_parts(hmac, pieces, 2 * count, prk);
}

static int hkdf_expand(struct keybag_hmac *hmac, const u8 *prk, const char *label, u8 *okm)
{
	static const u8 first_block = 1;
	const struct keybag_part pieces[] = {
		{ (const u8 *)HKDF_PREFIX, strlen(HKDF_PREFIX) },
		{ (const u8 *)label, strlen(label) },
		{ &first_block, sizeof(first_block) },
	};
	int err = keybag_hmac_set(hmac, prk, KEYBAG_HMAC_SIZE);

	return err ?: keybag_hmac_parts(hmac, pieces, ARRAY_SIZE(pieces), okm);
}

int keybag_hkdf(struct keybag_hmac *hmac, const u8 *salt, size_t salt_length,
		const struct keybag_part *parts, unsigned int count, const char *label, u8 *out,
		size_t out_length)
{
	u8 prk[KEYBAG_HMAC_SIZE] __aligned(16);
	u8 okm[KEYBAG_HMAC_SIZE] __aligned(16);
	int err;

	if (WARN_ON_ONCE(out_length > sizeof(okm) || count > KEYBAG_HKDF_PARTS))
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
