// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/string.h>
#include "rekey.h"

const struct kb_protector *keybag_rekey_main(const struct kb_form *form)
{
	return kb_form_protector_of(form, KB_PROTECTOR_PASSCODE) ?:
	       kb_form_protector_of(form, KB_PROTECTOR_NONE);
}

static bool stays(const struct keybag_rekey *rekey, u32 id)
{
	return id == rekey->main_id || id == rekey->authority_id || id == rekey->fresh_id;
}

void keybag_rekey_renew_bag_key(struct keybag_rekey *rekey)
{
	struct kb_form *form = &rekey->builder->form;
	u32 i = 0;

	rekey->new_bag_key = true;
	while (i < form->protector_count) {
		if (stays(rekey, form->protectors[i].id))
			i++;
		else
			keybag_form_builder_remove_protector(rekey->builder,
							     form->protectors[i].id);
	}
	/* The code that was confirmed is no good any more. */
	if (!keybag_form_builder_count_protectors(rekey->builder, KB_PROTECTOR_RECOVERY) &&
	    form->recovery_choice == KB_RECOVERY_CONFIRMED)
		form->recovery_choice = KB_RECOVERY_OPEN;
}

/* K_akpu comes and goes with the passcode. */
static void shape_akpu(struct keybag_rekey *rekey)
{
	struct kb_form *form = &rekey->builder->form;

	if (rekey->fresh->kind == KEYBAG_PROTECTOR_PASSCODE) {
		rekey->new_akpu = rekey->authority->kind != KEYBAG_PROTECTOR_PASSCODE;
		if (rekey->new_akpu)
			keybag_form_builder_class_key(rekey->builder, KB_CLASS_AKPU)->copies = 1;
	} else if (kb_form_class_key(form, KB_CLASS_AKPU)) {
		keybag_form_builder_class_key(rekey->builder, KB_CLASS_AKPU)->copies = 0;
	}
}

/*
 * Whoever knows the passcode of the account may change it, as with passwd(1). A recovery code is no
 * password of it.
 */
static void shape_login(struct keybag_rekey *rekey, bool verified)
{
	struct keybag_form_builder *builder = rekey->builder;

	if (verified && rekey->authority->kind == KEYBAG_PROTECTOR_PASSCODE &&
	    rekey->fresh->kind == KEYBAG_PROTECTOR_PASSCODE)
		builder->form.login_salt = builder->fresh_salt;
	else
		builder->form.login_salt = NULL;
}

int keybag_rekey_replace_main(struct keybag_rekey *rekey)
{
	bool verified = kb_form_login_verified(&rekey->builder->form);
	const struct kb_protector *main = keybag_rekey_main(&rekey->builder->form);
	bool none = main->kind == KB_PROTECTOR_NONE;
	u32 id = main->id;
	int err;

	/* First out, so that eight are enough; the new id is still a higher one than all before. */
	err = keybag_form_builder_replace_protector(rekey->builder, id, &rekey->fresh_id);
	if (err)
		return err;
	if (rekey->authority_id == id)
		rekey->authority_id = 0;
	if (none)
		keybag_rekey_renew_bag_key(rekey);
	shape_akpu(rekey);
	shape_login(rekey, verified);
	rekey->builder->form.hardware = keybag_credential_hardware(rekey->fresh);
	return 0;
}

static int make_akpu(struct keybag_workspace *workspace, struct keybag_rekey *rekey)
{
	int err;

	err = keybag_form_builder_make_class_key(workspace, rekey->builder, KB_CLASS_AKPU,
						 &workspace->new_keys);
	if (!err && rekey->akpu)
		err = keybag_class_key_init(rekey->akpu, &workspace->bench, workspace->hmac,
					    workspace->class_key);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}

static int renew_class_key(struct keybag_workspace *workspace, struct keybag_rekey *rekey,
			   const struct kb_class_info *info)
{
	bool reseal = false;
	bool make = false;

	switch (info->wrapping) {
	case KB_WRAP_BAG:
		reseal = rekey->new_bag_key;
		break;
	case KB_WRAP_BAG_DEVICE:
		make = rekey->other_device;
		reseal = rekey->new_bag_key && !make;
		break;
	case KB_WRAP_DK_AND_BAG:
		reseal = rekey->new_bag_key || rekey->other_device;
		break;
	case KB_WRAP_DKU:
		make = rekey->other_device;
		break;
	case KB_WRAP_AKPU_DEVICE:
		return rekey->new_akpu ? make_akpu(workspace, rekey) : 0;
	}

	if (reseal)
		return keybag_form_builder_reseal_class_key(workspace, rekey->builder, info->class,
							    &workspace->keys, &workspace->new_keys);
	if (make)
		return keybag_form_builder_make_class_key(workspace, rekey->builder, info->class,
							  &workspace->new_keys);
	return 0;
}

static int renew_class_keys(struct keybag_workspace *workspace, struct keybag_rekey *rekey)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < kb_class_count && !err; i++)
		err = renew_class_key(workspace, rekey, &kb_classes[i]);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}

/* Those that are carried on, where K_bag is another one; and the fresh one. */
static int seal_protectors(struct keybag_workspace *workspace, struct keybag_rekey *rekey)
{
	const struct keybag_bag_keys *keys = &workspace->new_keys;
	struct keybag_form_builder *builder = rekey->builder;
	int err = 0;

	if (rekey->fresh_id)
		err = keybag_form_builder_seal_protector(workspace, builder, rekey->fresh_id,
							 rekey->fresh,
							 keys);
	if (!rekey->new_bag_key)
		return err;
	if (!err && rekey->authority_id)
		err = keybag_form_builder_seal_protector(workspace, builder, rekey->authority_id,
							 rekey->authority, keys);
	if (!err && rekey->main_id && rekey->main_id != rekey->authority_id)
		err = keybag_form_builder_seal_protector(workspace, builder, rekey->main_id,
							 &keybag_credential_none, keys);
	return err;
}

int keybag_rekey_fill(struct keybag_workspace *workspace, struct keybag_rekey *rekey)
{
	struct keybag_bag_keys *new_keys = &workspace->new_keys;
	int err;

	*new_keys = workspace->keys;
	if (rekey->new_bag_key)
		get_random_bytes(new_keys->bag, KEYBAG_KEY_SIZE);
	if (rekey->new_akpu) {
		get_random_bytes(new_keys->akpu, KEYBAG_KEY_SIZE);
		new_keys->has_akpu = true;
	}

	err = renew_class_keys(workspace, rekey);
	if (!err)
		err = seal_protectors(workspace, rekey);
	return err;
}
