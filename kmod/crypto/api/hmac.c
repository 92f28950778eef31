// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/string.h>
#include "../hmac.h"
#include "driver.h"

/* Held from init to exit: pins the driver. */
static struct keybag_hmac *held;

/* As for GCM, gcm.c. */
static struct crypto_shash *shash_of(struct keybag_hmac *hmac)
{
	return (struct crypto_shash *)hmac;
}

int keybag_hmac_init(void)
{
	held = keybag_hmac_alloc();
	return PTR_ERR_OR_ZERO(held);
}

void keybag_hmac_exit(void)
{
	keybag_hmac_free(held);
}

struct keybag_hmac *keybag_hmac_alloc(void)
{
	struct crypto_shash *shash = crypto_alloc_shash("hmac(sha256)", 0, KEYBAG_DRIVER_MASK);

	if (IS_ERR(shash))
		return ERR_PTR(keybag_driver_error(PTR_ERR(shash)));
	return (struct keybag_hmac *)shash;
}

int keybag_hmac_set(struct keybag_hmac *hmac, const u8 *key, size_t length)
{
	return crypto_shash_setkey(shash_of(hmac), key, length);
}

void keybag_hmac_free(struct keybag_hmac *hmac)
{
	/* Freeing a hash wipes its context; NULL is none to it. */
	crypto_free_shash(shash_of(hmac));
}

void keybag_hmac_overwrite(struct keybag_hmac *hmac)
{
	static const u8 zeros[KEYBAG_KEY_SIZE] __aligned(KEYBAG_BLOCK_SIZE);

	if (hmac)
		crypto_shash_setkey(shash_of(hmac), zeros, sizeof(zeros));
}

int keybag_hmac_parts(struct keybag_hmac *hmac, const struct keybag_part *parts,
		      unsigned int count, u8 *out)
{
	SHASH_DESC_ON_STACK(desc, shash_of(hmac));
	unsigned int i;
	int err;

	desc->tfm = shash_of(hmac);
	err = crypto_shash_init(desc);
	for (i = 0; i < count && !err; i++)
		if (parts[i].length)
			err = crypto_shash_update(desc, parts[i].bytes, parts[i].length);
	if (!err)
		err = crypto_shash_final(desc, out);
	shash_desc_zero(desc);
	return err;
}
