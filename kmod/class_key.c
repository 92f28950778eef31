// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>
#include "burn.h"
#include "cipher.h"
#include "class_key.h"
#include "hkdf.h"

/* Keys to set, side by side, on the stack of no more than one call. */
struct derived {
	u8 first[KEYBAG_KEY_SIZE];
	u8 second[KEYBAG_KEY_SIZE];
	u8 third[KEYBAG_KEY_SIZE];
} __aligned(16);

static int derive(struct crypto_shash *hmac, const u8 *bytes, const char *label, u8 *out)
{
	const struct keybag_part part = { bytes, KEYBAG_KEY_SIZE };

	return keybag_hkdf(hmac, NULL, 0, &part, 1, label, out, KEYBAG_KEY_SIZE);
}

static int alloc_aead(struct crypto_aead **ret)
{
	struct crypto_aead *aead = keybag_cipher_aead();

	if (IS_ERR(aead))
		return PTR_ERR(aead);
	*ret = aead;
	return 0;
}

static int alloc_nonce(struct keybag_nonce_key **ret)
{
	struct keybag_nonce_key *nonce = keybag_nonce_key_alloc();

	if (IS_ERR(nonce))
		return PTR_ERR(nonce);
	*ret = nonce;
	return 0;
}

static int alloc_shash(struct crypto_shash **ret, struct crypto_shash *shash)
{
	if (IS_ERR(shash))
		return PTR_ERR(shash);
	*ret = shash;
	return 0;
}

static int class_key_alloc(struct keybag_class_key *key)
{
	int err;

	*key = (struct keybag_class_key){};
	err = alloc_aead(&key->encrypt);
	if (!err)
		err = alloc_aead(&key->child);
	if (!err)
		err = alloc_nonce(&key->nonce);
	if (err)
		keybag_class_key_wipe(key);
	return err;
}

int keybag_class_key_init(struct keybag_class_key *key, struct crypto_shash *hmac,
			  const u8 *bytes)
{
	struct derived derived;
	int err;

	err = class_key_alloc(key);
	if (err)
		return err;

	err = derive(hmac, bytes, "class encrypt", derived.first);
	if (!err)
		err = derive(hmac, bytes, "class child", derived.second);
	if (!err)
		err = derive(hmac, bytes, "class nonce", derived.third);
	if (!err)
		err = crypto_aead_setkey(key->encrypt, derived.first, KEYBAG_KEY_SIZE);
	if (!err)
		err = crypto_aead_setkey(key->child, derived.second, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_nonce_key_set(key->nonce, derived.third);
	memzero_explicit(&derived, sizeof(derived));
	keybag_burn_cipher();
	if (err)
		keybag_class_key_wipe(key);
	return err;
}

int keybag_child_key_alloc(struct keybag_class_key *key)
{
	int err;

	*key = (struct keybag_class_key){};
	err = alloc_aead(&key->encrypt);
	if (!err)
		err = alloc_nonce(&key->nonce);
	if (!err)
		err = alloc_shash(&key->mac, keybag_cipher_hmac());
	if (err)
		keybag_class_key_wipe(key);
	return err;
}

int keybag_child_key_set(struct keybag_class_key *key, const u8 *bytes)
{
	struct derived derived;
	int err;

	err = derive(key->mac, bytes, "child encrypt", derived.first);
	if (!err)
		err = derive(key->mac, bytes, "child nonce", derived.second);
	if (!err)
		err = derive(key->mac, bytes, "child mac", derived.third);
	if (!err)
		err = crypto_aead_setkey(key->encrypt, derived.first, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_nonce_key_set(key->nonce, derived.second);
	if (!err)
		err = crypto_shash_setkey(key->mac, derived.third, KEYBAG_KEY_SIZE);
	memzero_explicit(&derived, sizeof(derived));
	keybag_burn_hash();
	return err;
}

void keybag_class_key_wipe(struct keybag_class_key *key)
{
	/*
	 * Freeing an AEAD or a hash wipes its context; NULL is no cipher to either. Each is taken
	 * out first: a panic that stops this here must not overwrite what is free.
	 */
	crypto_free_aead(xchg(&key->encrypt, NULL));
	crypto_free_aead(xchg(&key->child, NULL));
	keybag_nonce_key_free(xchg(&key->nonce, NULL));
	crypto_free_shash(xchg(&key->mac, NULL));
}

void keybag_class_key_overwrite(struct keybag_class_key *key)
{
	keybag_cipher_overwrite_aead(READ_ONCE(key->encrypt));
	keybag_cipher_overwrite_aead(READ_ONCE(key->child));
	keybag_nonce_key_overwrite(READ_ONCE(key->nonce));
	keybag_cipher_overwrite_shash(READ_ONCE(key->mac));
}
