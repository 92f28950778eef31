// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "floor.h"
#include "protector.h"
#include "recover.h"
#include "reform.h"
#include "sealed_record.h"

/* All that a recovery works with. */
struct recovering {
	struct keybag_sealed_form old;
	struct keybag_sealed_form new;
	struct keybag_credential *authority;
	struct keybag_credential *secret;
	struct keybag_draft *draft;
	struct keybag_reform reform;
	struct keybag_sealed_record record;
};

static int copy_credentials(struct recovering *recovering, const struct keybag_recover *args)
{
	struct keybag_credential *credential;

	if (args->authority.kind != KEYBAG_PROTECTOR_RECOVERY &&
	    args->authority.kind != KEYBAG_PROTECTOR_ESCROW)
		return -EINVAL;
	if (args->secret.kind != KEYBAG_PROTECTOR_PASSCODE &&
	    args->secret.kind != KEYBAG_PROTECTOR_NONE)
		return -EINVAL;
	credential = keybag_credential_copy(&args->authority);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	recovering->authority = credential;
	credential = keybag_credential_copy(&args->secret);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	recovering->secret = credential;
	return 0;
}

static int copy_in(struct recovering *recovering, const struct keybag_recover *args)
{
	int err;

	if (args->reserved || args->secret.id)
		return -EINVAL;
	err = keybag_record_check(&args->new_record);
	if (!err)
		err = copy_credentials(recovering, args);
	if (err)
		return err;
	recovering->draft = keybag_draft_new();
	if (!recovering->draft)
		return -ENOMEM;
	err = keybag_draft_copy_protector(recovering->draft, &args->protector, args->secret.kind);
	if (!err)
		err = keybag_sealed_form_copy(&recovering->old, args->form, args->form_length);
	if (!err)
		err = keybag_sealed_form_parse(&recovering->old);
	if (err)
		return err;
	if (recovering->old.form->type == KB_FORM_SYSTEM &&
	    args->secret.kind != KEYBAG_PROTECTOR_NONE)
		return -EINVAL;
	return wait_for_random_bytes();
}

/* Opens the old form into @workspace->keys. */
static int open_old(struct keybag_workspace *workspace, struct recovering *recovering)
{
	const struct kb_form *form = recovering->old.form;
	const struct kb_protector *protector;
	int err;

	protector = keybag_protector_find(form, recovering->authority);
	if (!protector)
		return -ENOENT;
	recovering->reform.authority_id = protector->id;
	err = keybag_protector_open(workspace, form->uuid, protector, recovering->authority,
				    &workspace->keys);
	if (!err)
		err = keybag_sealed_form_check_recovery(workspace, &recovering->old,
							workspace->keys.bag);
	if (!err && form->generation < keybag_floor_generation(form->uuid))
		err = -ESTALE;
	return err;
}

static int shape(struct keybag_workspace *workspace, struct recovering *recovering)
{
	struct keybag_reform *reform = &recovering->reform;

	reform->draft = recovering->draft;
	reform->authority = recovering->authority;
	reform->fresh = recovering->secret;
	reform->other_device = true;
	keybag_draft_begin(recovering->draft, recovering->old.form);
	recovering->draft->form.device_key_id = workspace->device->id;
	return keybag_reform_replace_main(reform);
}

static int recover_locked(struct keybag_workspace *workspace, struct recovering *recovering)
{
	static const struct kb_record nothing;
	int err;

	err = open_old(workspace, recovering);
	if (!err)
		err = shape(workspace, recovering);
	if (!err)
		err = keybag_reform_fill(workspace, &recovering->reform);
	if (!err)
		err = keybag_sealed_form_make(workspace, &recovering->new, &recovering->draft->form,
					      workspace->new_keys.bag);
	if (!err)
		err = keybag_record_seal(workspace, recovering->new.form->uuid, 1, &nothing,
					 &recovering->record);
	return err;
}

static int recover(struct recovering *recovering, struct keybag_recover *args)
{
	struct keybag_workspace *workspace;
	int err;

	err = copy_in(recovering, args);
	if (err)
		return err;
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = recover_locked(workspace, recovering);
	keybag_workspace_end(workspace);
	if (err)
		return err;

	memcpy(args->uuid, recovering->new.form->uuid, sizeof(args->uuid));
	err = keybag_sealed_form_return(&recovering->new, &args->new_form);
	if (!err)
		err = keybag_record_return(&recovering->record, &args->new_record);
	return err;
}

int keybag_recover(struct keybag_recover *args)
{
	struct recovering *recovering;
	int err;

	recovering = kzalloc(sizeof(*recovering), GFP_KERNEL);
	if (!recovering)
		return -ENOMEM;
	err = recover(recovering, args);
	keybag_sealed_form_free(&recovering->new);
	keybag_sealed_form_free(&recovering->old);
	kfree(recovering->draft);
	keybag_credential_free(recovering->secret);
	keybag_credential_free(recovering->authority);
	kfree(recovering);
	return err;
}
