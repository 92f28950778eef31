// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "burn.h"
#include "class_key.h"
#include "hkdf.h"

/* Keys to set, side by side, on the stack of no more than one call. */
struct derived {
	u8 first[KEYBAG_KEY_SIZE];
	u8 second[KEYBAG_KEY_SIZE];
	u8 third[KEYBAG_KEY_SIZE];
} __aligned(16);

static int derive(struct keybag_hmac *hmac, const u8 *bytes, const char *label, u8 *out)
{
	const struct keybag_part part = { bytes, KEYBAG_KEY_SIZE };

	return keybag_hkdf(hmac, NULL, 0, &part, 1, label, out, KEYBAG_KEY_SIZE);
}

static int alloc_gcm(struct keybag_gcm_key **ret)
{
	struct keybag_gcm_key *key = keybag_gcm_key_alloc();

	if (IS_ERR(key))
		return PTR_ERR(key);
	*ret = key;
	return 0;
}

static int alloc_cmac(struct keybag_cmac_key **ret)
{
	struct keybag_cmac_key *key = keybag_cmac_key_alloc();

	if (IS_ERR(key))
		return PTR_ERR(key);
	*ret = key;
	return 0;
}

static int alloc_hmac(struct keybag_hmac **ret)
{
	struct keybag_hmac *hmac = keybag_hmac_alloc();

	if (IS_ERR(hmac))
		return PTR_ERR(hmac);
	*ret = hmac;
	return 0;
}

static int class_key_alloc(struct keybag_class_key *key)
{
	int err;

	*key = (struct keybag_class_key){};
	err = alloc_gcm(&key->encrypt);
	if (!err)
		err = alloc_gcm(&key->child);
	if (!err)
		err = alloc_cmac(&key->nonce);
	if (err)
		keybag_class_key_wipe(key);
	return err;
}

int keybag_class_key_init(struct keybag_class_key *key, struct keybag_workbench *bench,
			  struct keybag_hmac *hmac, const u8 *bytes)
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
		err = keybag_gcm_key_set(key->encrypt, derived.first);
	if (!err)
		err = keybag_gcm_key_set(key->child, derived.second);
	if (!err)
		err = keybag_cmac_key_set(key->nonce, bench, derived.third);
	memzero_explicit(&derived, sizeof(derived));
	keybag_burn_cipher();
	if (err)
		keybag_class_key_wipe(key);
	return err;
}

int keybag_class_key_init_authentic(struct keybag_class_key *key, struct keybag_workbench *bench,
				    struct keybag_hmac *hmac, const u8 *bytes)
{
	int err = keybag_class_key_init(key, bench, hmac, bytes);

	if (err)
		return err;
	key->authentic = kzalloc(KEYBAG_KEY_SIZE, GFP_KERNEL);
	err = key->authentic ? derive(hmac, bytes, "unless open authentic", key->authentic) :
			       -ENOMEM;
	if (err)
		keybag_class_key_wipe(key);
	return err;
}

int keybag_class_key_init_pair(struct keybag_class_key *key, const u8 *private_half)
{
	*key = (struct keybag_class_key){
		.private_half = kmemdup(private_half, KEYBAG_KEY_SIZE, GFP_KERNEL),
	};
	return key->private_half ? 0 : -ENOMEM;
}

int keybag_child_key_alloc(struct keybag_class_key *key)
{
	int err;

	*key = (struct keybag_class_key){};
	err = alloc_gcm(&key->encrypt);
	if (!err)
		err = alloc_cmac(&key->nonce);
	if (!err)
		err = alloc_hmac(&key->mac);
	if (err)
		keybag_class_key_wipe(key);
	return err;
}

int keybag_child_key_set(struct keybag_class_key *key, struct keybag_workbench *bench,
			 const u8 *bytes)
{
	struct derived derived;
	int err;

	err = derive(key->mac, bytes, "child encrypt", derived.first);
	if (!err)
		err = derive(key->mac, bytes, "child nonce", derived.second);
	if (!err)
		err = derive(key->mac, bytes, "child mac", derived.third);
	if (!err)
		err = keybag_gcm_key_set(key->encrypt, derived.first);
	if (!err)
		err = keybag_cmac_key_set(key->nonce, bench, derived.second);
	if (!err)
		err = keybag_hmac_set(key->mac, derived.third, KEYBAG_KEY_SIZE);
	memzero_explicit(&derived, sizeof(derived));
	keybag_burn_hash();
	return err;
}

int keybag_agreed_key_set(struct keybag_class_key *key, struct keybag_workbench *bench,
			  const u8 *shared, const u8 *ephemeral, const u8 *public_half,
			  const u8 *authentic)
{
	const struct keybag_part parts[] = {
		{ shared, KEYBAG_KEY_SIZE },
		{ ephemeral, KEYBAG_KEY_SIZE },
		{ public_half, KEYBAG_KEY_SIZE },
		{ authentic, KEYBAG_KEY_SIZE },
	};
	struct derived derived;
	int err;

	err = keybag_hkdf(key->mac, NULL, 0, parts, ARRAY_SIZE(parts), "unless open encrypt",
			  derived.first, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_hkdf(key->mac, NULL, 0, parts, ARRAY_SIZE(parts), "unless open nonce",
				  derived.second, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_gcm_key_set(key->encrypt, derived.first);
	if (!err)
		err = keybag_cmac_key_set(key->nonce, bench, derived.second);
	memzero_explicit(&derived, sizeof(derived));
	keybag_burn_hash();
	return err;
}

void keybag_class_key_wipe(struct keybag_class_key *key)
{
	/* Each is taken out first: a panic that stops this here must not overwrite what is free. */
	keybag_gcm_key_free(xchg(&key->encrypt, NULL));
	keybag_gcm_key_free(xchg(&key->child, NULL));
	keybag_cmac_key_free(xchg(&key->nonce, NULL));
	keybag_hmac_free(xchg(&key->mac, NULL));
	kfree_sensitive(xchg(&key->private_half, NULL));
	kfree_sensitive(xchg(&key->authentic, NULL));
}

void keybag_class_key_overwrite(struct keybag_class_key *key)
{
	u8 *private_half = READ_ONCE(key->private_half);
	u8 *authentic = READ_ONCE(key->authentic);

	keybag_gcm_key_overwrite(READ_ONCE(key->encrypt));
	keybag_gcm_key_overwrite(READ_ONCE(key->child));
	keybag_cmac_key_overwrite(READ_ONCE(key->nonce));
	keybag_hmac_overwrite(READ_ONCE(key->mac));
	if (private_half)
		memzero_explicit(private_half, KEYBAG_KEY_SIZE);
	if (authentic)
		memzero_explicit(authentic, KEYBAG_KEY_SIZE);
}
