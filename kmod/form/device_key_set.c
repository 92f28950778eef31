// SPDX-License-Identifier: GPL-2.0-only
#include <keys/trusted-type.h>
#include <linux/err.h>
#include <linux/key-type.h>
#include <linux/key.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../crypto/hkdf.h"
#include "device_key.h"
#include "device_key_set.h"
#include "workspace.h"

/* The payload of a key of type "trusted", by serial only: a name could be anybody's. */
static int copy_trusted_key(s32 serial, u8 *key)
{
	const struct trusted_key_payload *payload;
	struct key *trusted;
	key_ref_t ref;
	int err;

	ref = lookup_user_key(serial, 0, KEY_NEED_SEARCH);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	trusted = key_ref_to_ptr(ref);

	/*
	 * The type's own symbol would tie this module to trusted.ko, which most machines do
	 * without.
	 */
	if (strcmp(trusted->type->name, "trusted")) {
		err = -EINVAL;
		goto out_put;
	}
	down_read(&trusted->sem);
	err = key_validate(trusted);
	if (err)
		goto out_unlock;
	payload = dereference_key_locked(trusted);
	if (!payload) {
		err = -EKEYREVOKED;
	} else if (payload->key_len != KEYBAG_DEVICE_KEY_SIZE) {
		err = -EINVAL;
	} else {
		memcpy(key, payload->key, KEYBAG_DEVICE_KEY_SIZE);
		err = 0;
	}
out_unlock:
	up_read(&trusted->sem);
out_put:
	key_ref_put(ref);
	return err;
}

static int copy_key(const struct keybag_device_key *args, u8 *key)
{
	if (args->serial)
		return copy_trusted_key(args->serial, key);
	if (copy_from_user(key, u64_to_user_ptr(args->key), KEYBAG_DEVICE_KEY_SIZE))
		return -EFAULT;
	return 0;
}

static int derive_subkeys(struct keybag_hmac *hmac, const u8 *key,
			  struct keybag_device_subkeys *out)
{
	const struct {
		const char *label;
		u8 *out;
		size_t length;
	} wanted[] = {
		{ "device mac", out->mac, sizeof(out->mac) },
		{ "device counter", out->counter, sizeof(out->counter) },
		{ "device dk", out->dk, sizeof(out->dk) },
		{ "device dku", out->dku, sizeof(out->dku) },
		{ "device tdo", out->this_device, sizeof(out->this_device) },
		{ "device kek", out->kek, sizeof(out->kek) },
		{ "device id", out->id, sizeof(out->id) },
	};
	const struct keybag_part part = { key, KEYBAG_DEVICE_KEY_SIZE };
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(wanted) && !err; i++)
		err = keybag_hkdf(hmac, NULL, 0, &part, 1, wanted[i].label, wanted[i].out,
				  wanted[i].length);
	return err;
}

int keybag_set_device_key(struct keybag_device_key *args)
{
	struct keybag_workspace *workspace;
	int err;

	if (args->reserved || args->serial < 0 || !args->key == !args->serial)
		return -EINVAL;

	workspace = keybag_workspace_new();
	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = copy_key(args, workspace->device_key);
	if (!err)
		err = derive_subkeys(workspace->hmac, workspace->device_key, &workspace->subkeys);
	if (!err)
		err = keybag_device_key_install(&workspace->subkeys);
	if (!err)
		memcpy(args->device_key_id, workspace->subkeys.id, sizeof(args->device_key_id));
	keybag_workspace_free(workspace);
	return err;
}
