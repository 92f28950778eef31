// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/aes-cbc-macs.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../cmac.h"

struct keybag_cmac_key {
	struct aes_cmac_key cmac;
};

int keybag_cmac_init(void)
{
	return 0;
}

void keybag_cmac_exit(void)
{
}

const char *keybag_cmac_driver(void)
{
	return "aes-cmac-lib";
}

struct keybag_cmac_key *keybag_cmac_key_alloc(void)
{
	struct keybag_cmac_key *key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);

	return key ?: ERR_PTR(-ENOMEM);
}

int keybag_cmac_key_set(struct keybag_cmac_key *key, struct keybag_workbench *bench,
			const u8 *bytes)
{
	return aes_cmac_preparekey(&key->cmac, bytes, KEYBAG_KEY_SIZE);
}

void keybag_cmac_key_free(struct keybag_cmac_key *key)
{
	kfree_sensitive(key);
}

void keybag_cmac_key_overwrite(struct keybag_cmac_key *key)
{
	if (key)
		memzero_explicit(key, sizeof(*key));
}

int keybag_cmac(struct keybag_workbench *bench, const struct keybag_cmac_key *key,
		const u8 *message, u32 length, u8 *mac)
{
	aes_cmac(&key->cmac, message, length, mac);
	return 0;
}
