// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../compat.h"
#include "../crypto/hkdf.h"
#include "protector.h"
#include "seal.h"

const struct keybag_credential keybag_credential_none = { .kind = KEYBAG_PROTECTOR_NONE };

static bool lengths_valid(const struct keybag_secret *secret)
{
	switch (secret->kind) {
	case KEYBAG_PROTECTOR_PASSCODE:
		return secret->secret_length == KEYBAG_PASSCODE_KEY_SIZE &&
		       secret->hardware_length <= KEYBAG_MAX_HARDWARE_SECRET &&
		       !secret->hardware == !secret->hardware_length;
	case KEYBAG_PROTECTOR_RECOVERY:
	case KEYBAG_PROTECTOR_ESCROW:
		return secret->secret_length >= KEYBAG_MIN_SECRET &&
		       secret->secret_length <= KEYBAG_MAX_SECRET &&
		       !secret->hardware && !secret->hardware_length;
	case KEYBAG_PROTECTOR_NONE:
		return !secret->secret && !secret->secret_length && !secret->hardware &&
		       !secret->hardware_length;
	default:
		return false;
	}
}

struct keybag_credential *keybag_credential_copy(const struct keybag_secret *secret)
{
	struct keybag_credential *credential;

	if (!lengths_valid(secret))
		return ERR_PTR(-EINVAL);

	credential = kzalloc(sizeof(*credential), GFP_KERNEL);
	if (!credential)
		return ERR_PTR(-ENOMEM);
	credential->kind = secret->kind;
	credential->id = secret->id;
	credential->length = secret->secret_length;
	credential->hardware_length = secret->hardware_length;
	if (copy_from_user(credential->secret, u64_to_user_ptr(secret->secret),
			   secret->secret_length) ||
	    copy_from_user(credential->hardware, u64_to_user_ptr(secret->hardware),
			   secret->hardware_length)) {
		keybag_credential_free(credential);
		return ERR_PTR(-EFAULT);
	}
	return credential;
}

void keybag_credential_free(struct keybag_credential *credential)
{
	if (!IS_ERR_OR_NULL(credential))
		kfree_sensitive(credential);
}

/* By enum keybag_protector_kind. */
static const struct {
	const char *verifier;
	const char *kek;
} labels[] = {
	[KEYBAG_PROTECTOR_PASSCODE] = { "passcode verifier", "passcode kek" },
	[KEYBAG_PROTECTOR_RECOVERY] = { "recovery verifier", "recovery kek" },
	[KEYBAG_PROTECTOR_ESCROW] = { "escrow verifier", "escrow kek" },
	[KEYBAG_PROTECTOR_NONE] = { "none verifier", "none kek" },
};

const struct kb_protector *keybag_protector_find(const struct kb_form *form,
						 const struct keybag_credential *credential)
{
	const struct kb_protector *protector;

	if (!credential->id)
		return kb_form_protector_of(form, (enum kb_protector_kind)credential->kind);
	protector = kb_form_protector(form, credential->id);
	if (protector && protector->kind != (enum kb_protector_kind)credential->kind)
		return NULL;
	return protector;
}

enum kb_hardware keybag_credential_hardware(const struct keybag_credential *credential)
{
	return credential->hardware_length ? KB_HARDWARE_SECRET : KB_HARDWARE_NONE;
}

bool keybag_credential_suits(const struct kb_form *form,
			     const struct keybag_credential *credential)
{
	return credential->kind != KEYBAG_PROTECTOR_PASSCODE ||
	       form->hardware == KB_HARDWARE_NONE || credential->hardware_length;
}

/* Fills in verifier and KEK. */
static int derive(struct keybag_workspace *workspace, const u8 *salt,
		  const struct keybag_credential *credential)
{
	const struct keybag_device_subkeys *device = workspace->device;
	const struct keybag_part secret = { credential->secret, credential->length };
	struct keybag_part parts[3];
	unsigned int count = 0;
	int err;

	switch (credential->kind) {
	case KEYBAG_PROTECTOR_PASSCODE:
		parts[count++] = secret;
		parts[count++] = (struct keybag_part){ device->kek, KEYBAG_KEY_SIZE };
		parts[count++] = (struct keybag_part){ credential->hardware,
						       credential->hardware_length };
		break;
	case KEYBAG_PROTECTOR_NONE:
		parts[count++] = (struct keybag_part){ device->kek, KEYBAG_KEY_SIZE };
		break;
	default:
		parts[count++] = secret;
		break;
	}

	err = keybag_hkdf(workspace->hmac, salt, KB_SALT_SIZE, parts, count,
			  labels[credential->kind].verifier, workspace->verifier, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_hkdf(workspace->hmac, salt, KB_SALT_SIZE, parts, count,
				  labels[credential->kind].kek, workspace->kek, KEYBAG_KEY_SIZE);
	return err;
}

static void forget(struct keybag_workspace *workspace)
{
	memzero_explicit(workspace->verifier, sizeof(workspace->verifier));
	memzero_explicit(workspace->kek, sizeof(workspace->kek));
}

static int open_keys(struct keybag_workspace *workspace, const u8 *uuid,
		     const struct kb_protector *protector, struct keybag_bag_keys *keys)
{
	int err;

	err = keybag_seal_key(workspace, uuid, workspace->kek);
	if (err)
		return err;

	keybag_seal_protector_aad(workspace, uuid, KB_PURPOSE_BAG, protector);
	err = keybag_open(workspace, protector->sealed_bag, KEYBAG_KEY_SIZE, keys->bag);
	if (err || protector->kind != KB_PROTECTOR_PASSCODE)
		return err;

	keybag_seal_protector_aad(workspace, uuid, KB_PURPOSE_AKPU, protector);
	err = keybag_open(workspace, protector->sealed_akpu, KEYBAG_KEY_SIZE, keys->akpu);
	keys->has_akpu = !err;
	return err;
}

int keybag_protector_open(struct keybag_workspace *workspace, const u8 *uuid,
			  const struct kb_protector *protector,
			  const struct keybag_credential *credential, struct keybag_bag_keys *keys)
{
	int err;

	memzero_explicit(keys, sizeof(*keys));
	err = derive(workspace, protector->salt, credential);
	if (!err && crypto_memneq(workspace->verifier, protector->verifier, KB_VERIFIER_SIZE))
		err = -EKEYREJECTED;
	if (!err)
		err = open_keys(workspace, uuid, protector, keys);
	forget(workspace);
	if (err)
		memzero_explicit(keys, sizeof(*keys));
	return err;
}

int keybag_protector_seal(struct keybag_workspace *workspace, const u8 *uuid,
			  struct kb_protector *protector,
			  const struct keybag_credential *credential,
			  const struct keybag_bag_keys *keys, u8 *verifier, u8 *sealed_bag,
			  u8 *sealed_akpu)
{
	int err;

	err = derive(workspace, protector->salt, credential);
	if (!err)
		err = keybag_seal_key(workspace, uuid, workspace->kek);
	if (err)
		goto out;

	/* The verifier is part of the associated data. */
	memcpy(verifier, workspace->verifier, KB_VERIFIER_SIZE);
	protector->verifier = verifier;
	keybag_seal_protector_aad(workspace, uuid, KB_PURPOSE_BAG, protector);
	err = keybag_seal(workspace, keys->bag, KEYBAG_KEY_SIZE, sealed_bag);
	protector->sealed_bag = sealed_bag;
	if (err || protector->kind != KB_PROTECTOR_PASSCODE)
		goto out;

	keybag_seal_protector_aad(workspace, uuid, KB_PURPOSE_AKPU, protector);
	err = keybag_seal(workspace, keys->akpu, KEYBAG_KEY_SIZE, sealed_akpu);
	protector->sealed_akpu = sealed_akpu;
out:
	forget(workspace);
	return err;
}
