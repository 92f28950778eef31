// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../bag/registry.h"
#include "../bag/rollback.h"
#include "../form/protector.h"
#include "../form/sealed_record.h"
#include "recover.h"
#include "rekey.h"

/* All that a recovery works with. */
struct recovering {
	struct keybag_sealed_form old;
	struct keybag_sealed_form new;
	struct keybag_credential *authority;
	struct keybag_credential *secret;
	struct keybag_form_builder *builder;
	struct keybag_rekey rekey;
	struct keybag_sealed_record record;
	struct keybag_rollback *fresh;
	struct keybag_rollback *rollback;
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
	recovering->builder = keybag_form_builder_new();
	recovering->fresh = kzalloc(sizeof(*recovering->fresh), GFP_KERNEL);
	if (!recovering->builder || !recovering->fresh)
		return -ENOMEM;
	err = keybag_form_builder_copy_protector(recovering->builder, &args->protector,
						 args->secret.kind);
	if (!err)
		err = keybag_sealed_form_copy(&recovering->old, args->form, args->form_length);
	if (!err)
		err = keybag_sealed_form_parse(&recovering->old);
	if (err)
		return err;
	if (recovering->old.form->type == KB_FORM_BACKUP)
		return -EINVAL;
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
	recovering->rekey.authority_id = protector->id;
	err = keybag_protector_open(workspace, form->uuid, protector, recovering->authority,
				    &workspace->keys);
	if (!err)
		err = keybag_sealed_form_check_recovery(workspace, &recovering->old,
							workspace->keys.bag);
	return err;
}

/*
 * The floor of the bag, new where there is none: a generation is given once here as well. Not of
 * one that is loaded, for its floor is about to move on, and the result could not be loaded.
 */
static int find_rollback(struct recovering *recovering)
{
	const struct keybag_sealed_form *old = &recovering->old;
	struct keybag_rollback *rollback;
	int err = 0;

	mutex_lock(&keybag_registry_lock);
	rollback = keybag_rollback_find(old->form->uuid);
	if (keybag_registry_lists(old->form->uuid))
		err = -EEXIST;
	else if (!rollback)
		err = keybag_rollback_add(&recovering->fresh, old->form->uuid, &rollback);
	else if (!keybag_rollback_accepts(rollback, old))
		err = -ESTALE;
	if (!err)
		keybag_rollback_see(rollback, old);
	mutex_unlock(&keybag_registry_lock);
	recovering->rollback = rollback;
	return err;
}

/* The size of the new form is known from here on: where it does not fit, nothing was done. */
static int shape(struct keybag_workspace *workspace, struct recovering *recovering, u32 capacity)
{
	struct keybag_rekey *rekey = &recovering->rekey;
	size_t size;
	int err;

	rekey->builder = recovering->builder;
	rekey->authority = recovering->authority;
	rekey->fresh = recovering->secret;
	rekey->other_device = true;
	keybag_form_builder_begin(recovering->builder, recovering->old.form);
	recovering->builder->form.device_key_id = workspace->device->id;
	err = keybag_rekey_replace_main(rekey);
	if (err)
		return err;
	size = kb_form_size(&recovering->builder->form);
	return size && size <= capacity ? 0 : -EMSGSIZE;
}

static int recover_locked(struct keybag_workspace *workspace, struct recovering *recovering,
			  u32 capacity)
{
	static const struct kb_record nothing;
	int err;

	err = open_old(workspace, recovering);
	if (!err)
		err = shape(workspace, recovering, capacity);
	if (!err)
		err = find_rollback(recovering);
	if (!err)
		err = keybag_rollback_issue(recovering->rollback, recovering->old.form->generation,
					    &recovering->builder->form.generation);
	if (!err)
		err = keybag_rekey_fill(workspace, &recovering->rekey);
	if (!err)
		err = keybag_sealed_form_make(workspace, &recovering->new,
					      &recovering->builder->form,
					      workspace->new_keys.bag);
	if (!err)
		err = keybag_record_seal(workspace, recovering->new.form->uuid, 1, &nothing,
					 &recovering->record);
	return err;
}

static int recover(struct recovering *recovering, struct keybag_recover *args,
		   struct keybag_recovered *ret)
{
	struct keybag_workspace *workspace;
	int err;

	err = copy_in(recovering, args);
	if (err)
		return err;
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = recover_locked(workspace, recovering, args->new_form.capacity);
	keybag_workspace_end(workspace);
	if (err)
		return err;

	memcpy(args->uuid, recovering->new.form->uuid, sizeof(args->uuid));
	err = keybag_sealed_form_return(&recovering->new, &args->new_form);
	if (!err)
		err = keybag_record_return(&recovering->record, &args->new_record);
	ret->rollback = recovering->rollback;
	memcpy(ret->identity, recovering->new.identity, KEYBAG_FORM_IDENTITY);
	return err;
}

void keybag_recover_delivered(const struct keybag_recovered *recovered)
{
	keybag_rollback_wait(recovered->rollback, recovered->identity, true);
}

int keybag_recover(struct keybag_recover *args, struct keybag_recovered *ret)
{
	struct recovering *recovering;
	int err;

	recovering = kzalloc(sizeof(*recovering), GFP_KERNEL);
	if (!recovering)
		return -ENOMEM;
	err = recover(recovering, args, ret);
	keybag_sealed_form_free(&recovering->new);
	keybag_sealed_form_free(&recovering->old);
	kfree(recovering->fresh);
	kfree(recovering->builder);
	keybag_credential_free(recovering->secret);
	keybag_credential_free(recovering->authority);
	kfree(recovering);
	return err;
}
