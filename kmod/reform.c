// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/string.h>
#include "reform.h"

const struct keybag_credential keybag_credential_none = { .kind = KEYBAG_PROTECTOR_NONE };

const struct kb_protector *keybag_reform_main(const struct kb_form *form)
{
	return kb_form_protector_of(form, KB_PROTECTOR_PASSCODE) ?:
	       kb_form_protector_of(form, KB_PROTECTOR_NONE);
}

static bool stays(const struct keybag_reform *reform, u32 id)
{
	return id == reform->main_id || id == reform->authority_id || id == reform->fresh_id;
}

void keybag_reform_renew_bag_key(struct keybag_reform *reform)
{
	struct kb_form *form = &reform->draft->form;
	u32 i = 0;

	reform->new_bag_key = true;
	while (i < form->protector_count) {
		if (stays(reform, form->protectors[i].id))
			i++;
		else
			keybag_draft_remove_protector(reform->draft, form->protectors[i].id);
	}
	/* What was confirmed was a code that is no good any more. */
	if (!keybag_draft_count_protectors(reform->draft, KB_PROTECTOR_RECOVERY) &&
	    form->recovery_choice == KB_RECOVERY_CONFIRMED)
		form->recovery_choice = KB_RECOVERY_OPEN;
}

/* K_akpu comes and goes with the passcode. */
static void shape_akpu(struct keybag_reform *reform)
{
	struct kb_form *form = &reform->draft->form;

	if (reform->fresh->kind == KEYBAG_PROTECTOR_PASSCODE) {
		reform->new_akpu = reform->authority->kind != KEYBAG_PROTECTOR_PASSCODE;
		if (reform->new_akpu)
			keybag_draft_class_key(reform->draft, KB_CLASS_AKPU)->copies = 1;
	} else if (kb_form_class_key(form, KB_CLASS_AKPU)) {
		keybag_draft_class_key(reform->draft, KB_CLASS_AKPU)->copies = 0;
	}
}

int keybag_reform_replace_main(struct keybag_reform *reform)
{
	const struct kb_protector *main = keybag_reform_main(&reform->draft->form);
	bool none = main->kind == KB_PROTECTOR_NONE;
	u32 id = main->id;
	int err;

	/* First out, so that eight are enough; the new id is still a higher one than all before. */
	err = keybag_draft_replace_protector(reform->draft, id, &reform->fresh_id);
	if (err)
		return err;
	if (reform->authority_id == id)
		reform->authority_id = 0;
	if (none)
		keybag_reform_renew_bag_key(reform);
	shape_akpu(reform);
	return 0;
}

static int make_akpu(struct keybag_workspace *workspace, struct keybag_reform *reform)
{
	int err;

	err = keybag_draft_make_class_key(workspace, reform->draft, KB_CLASS_AKPU,
					  &workspace->new_keys);
	if (!err && reform->akpu)
		err = keybag_class_key_init(reform->akpu, workspace->hmac, workspace->class_key);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}

static int renew_class_key(struct keybag_workspace *workspace, struct keybag_reform *reform,
			   const struct kb_class_info *info)
{
	bool reseal = false;
	bool make = false;

	switch (info->wrapping) {
	case KB_WRAP_BAG:
		reseal = reform->new_bag_key;
		break;
	case KB_WRAP_BAG_DEVICE:
		make = reform->other_device;
		reseal = reform->new_bag_key && !make;
		break;
	case KB_WRAP_DK_AND_BAG:
		reseal = reform->new_bag_key || reform->other_device;
		break;
	case KB_WRAP_DKU:
		make = reform->other_device;
		break;
	case KB_WRAP_AKPU_DEVICE:
		return reform->new_akpu ? make_akpu(workspace, reform) : 0;
	}

	if (reseal)
		return keybag_draft_reseal_class_key(workspace, reform->draft, info->class,
						     &workspace->keys, &workspace->new_keys);
	if (make)
		return keybag_draft_make_class_key(workspace, reform->draft, info->class,
						   &workspace->new_keys);
	return 0;
}

static int renew_class_keys(struct keybag_workspace *workspace, struct keybag_reform *reform)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < kb_class_count && !err; i++)
		err = renew_class_key(workspace, reform, &kb_classes[i]);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}

/* Those that are carried on, where K_bag is another one; and the fresh one. */
static int seal_protectors(struct keybag_workspace *workspace, struct keybag_reform *reform)
{
	const struct keybag_bag_keys *keys = &workspace->new_keys;
	struct keybag_draft *draft = reform->draft;
	int err = 0;

	if (reform->fresh_id)
		err = keybag_draft_seal_protector(workspace, draft, reform->fresh_id, reform->fresh,
						  keys);
	if (!reform->new_bag_key)
		return err;
	if (!err && reform->authority_id)
		err = keybag_draft_seal_protector(workspace, draft, reform->authority_id,
						  reform->authority, keys);
	if (!err && reform->main_id && reform->main_id != reform->authority_id)
		err = keybag_draft_seal_protector(workspace, draft, reform->main_id,
						  &keybag_credential_none, keys);
	return err;
}

int keybag_reform_fill(struct keybag_workspace *workspace, struct keybag_reform *reform)
{
	struct keybag_bag_keys *new_keys = &workspace->new_keys;
	int err;

	*new_keys = workspace->keys;
	if (reform->new_bag_key)
		get_random_bytes(new_keys->bag, KEYBAG_KEY_SIZE);
	if (reform->new_akpu) {
		get_random_bytes(new_keys->akpu, KEYBAG_KEY_SIZE);
		new_keys->has_akpu = true;
	}

	err = renew_class_keys(workspace, reform);
	if (!err)
		err = seal_protectors(workspace, reform);
	return err;
}
