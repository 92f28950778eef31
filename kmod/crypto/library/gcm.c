// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/aes-gcm.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../gcm.h"

struct keybag_gcm_key {
	struct aes_gcm_key gcm;
};

int keybag_gcm_init(void)
{
	return 0;
}

void keybag_gcm_exit(void)
{
}

const char *keybag_gcm_driver(void)
{
	return "aes-gcm-lib";
}

bool keybag_gcm_setkey_allocates(void)
{
	return false;
}

struct keybag_gcm_key *keybag_gcm_key_alloc(void)
{
	struct keybag_gcm_key *key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);

	return key ?: ERR_PTR(-ENOMEM);
}

int keybag_gcm_key_set(struct keybag_gcm_key *key, const u8 *bytes)
{
	return aes_gcm_preparekey(&key->gcm, bytes, KEYBAG_KEY_SIZE, KEYBAG_GCM_TAG);
}

void keybag_gcm_key_free(struct keybag_gcm_key *key)
{
	kfree_sensitive(key);
}

void keybag_gcm_key_overwrite(struct keybag_gcm_key *key)
{
	if (key)
		memzero_explicit(key, sizeof(*key));
}

int keybag_gcm_encrypt(struct keybag_workbench *bench, const struct keybag_gcm_key *key,
		       u8 *message, u32 aad_length, u32 length, u8 *nonce)
{
	u8 *content = message + aad_length;

	aes_gcm_encrypt(content, content, length, content + length, message, aad_length, nonce,
			&key->gcm);
	return 0;
}

int keybag_gcm_decrypt(struct keybag_workbench *bench, const struct keybag_gcm_key *key,
		       u8 *message, u32 aad_length, u32 length, u8 *nonce)
{
	u8 *content = message + aad_length;

	return aes_gcm_decrypt(content, content, length, content + length, message, aad_length,
			       nonce, &key->gcm);
}
