// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../../compat.h"
#include "../hmac.h"

struct keybag_hmac {
	struct hmac_sha256_key key;
};

int keybag_hmac_init(void)
{
	return 0;
}

void keybag_hmac_exit(void)
{
}

struct keybag_hmac *keybag_hmac_alloc(void)
{
	struct keybag_hmac *hmac = kzalloc(sizeof(*hmac), GFP_KERNEL_ACCOUNT);

	return hmac ?: ERR_PTR(-ENOMEM);
}

int keybag_hmac_set(struct keybag_hmac *hmac, const u8 *key, size_t length)
{
	hmac_sha256_preparekey(&hmac->key, key, length);
	return 0;
}

void keybag_hmac_free(struct keybag_hmac *hmac)
{
	kfree_sensitive(hmac);
}

void keybag_hmac_overwrite(struct keybag_hmac *hmac)
{
	if (hmac)
		memzero_explicit(hmac, sizeof(*hmac));
}

int keybag_hmac_parts(struct keybag_hmac *hmac, const struct keybag_part *parts,
		      unsigned int count, u8 *out)
{
	struct hmac_sha256_ctx context KEYBAG_UNINITIALIZED;
	unsigned int i;

	hmac_sha256_init(&context, &hmac->key);
	for (i = 0; i < count; i++)
		hmac_sha256_update(&context, parts[i].bytes, parts[i].length);
	/* Final wipes it. */
	hmac_sha256_final(&context, out);
	return 0;
}
