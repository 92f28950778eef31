// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "credential.h"

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
