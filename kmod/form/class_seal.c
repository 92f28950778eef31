// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include "../crypto/hkdf.h"
#include "class_seal.h"
#include "seal.h"

/* Wrapping key of a class that does not leave this device. */
static int choose_this_device(struct keybag_workspace *workspace, const u8 *uuid, const u8 *key)
{
	const struct keybag_part parts[] = {
		{ key, KEYBAG_KEY_SIZE },
		{ workspace->device->this_device, KEYBAG_KEY_SIZE },
	};
	int err;

	err = keybag_hkdf(workspace->hmac, uuid, KB_UUID_SIZE, parts, ARRAY_SIZE(parts),
			  "this device only", workspace->wrapping, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_seal_key(workspace, uuid, workspace->wrapping);
	memzero_explicit(workspace->wrapping, sizeof(workspace->wrapping));
	return err;
}

/* Sets up the sealing key of the copy with that index. */
static int choose_key(struct keybag_workspace *workspace, const u8 *uuid,
		      const struct kb_class_info *info, unsigned int copy,
		      const struct keybag_bag_keys *keys)
{
	bool backup = keys && keys->backup;

	switch (backup ? kb_class_backup_wrapping(info) : info->wrapping) {
	case KB_WRAP_BAG:
		return keybag_seal_key(workspace, uuid, keys->bag);
	case KB_WRAP_BAG_DEVICE:
		return choose_this_device(workspace, uuid, keys->bag);
	case KB_WRAP_AKPU_DEVICE:
		return choose_this_device(workspace, uuid, keys->akpu);
	case KB_WRAP_DKU:
		return keybag_seal_key(workspace, uuid, workspace->device->dku);
	case KB_WRAP_DK_AND_BAG:
		return keybag_seal_key(workspace, uuid, copy ? keys->bag : workspace->device->dk);
	}
	return -EINVAL;
}

int keybag_class_open(struct keybag_workspace *workspace, const u8 *uuid,
		      const struct kb_class_key *key, enum keybag_copy copy,
		      const struct keybag_bag_keys *keys)
{
	unsigned int index = copy == KEYBAG_COPY_LAST ? key->copies - 1 : 0;
	int err;

	if (!key->copies)
		return -EBADMSG;
	err = choose_key(workspace, uuid, kb_class_find(key->class), index, keys);
	if (err)
		return err;
	keybag_seal_class_aad(workspace, uuid, key);
	return keybag_open(workspace, key->sealed[index], KEYBAG_KEY_SIZE, workspace->class_key);
}

int keybag_class_seal(struct keybag_workspace *workspace, const u8 *uuid, struct kb_class_key *key,
		      const struct keybag_bag_keys *keys, u8 sealed[][KB_SEALED_KEY_SIZE])
{
	unsigned int index;
	int err;

	for (index = 0; index < key->copies; index++) {
		err = choose_key(workspace, uuid, kb_class_find(key->class), index, keys);
		if (err)
			return err;
		keybag_seal_class_aad(workspace, uuid, key);
		err = keybag_seal(workspace, workspace->class_key, KEYBAG_KEY_SIZE, sealed[index]);
		if (err)
			return err;
		key->sealed[index] = sealed[index];
	}
	return 0;
}
