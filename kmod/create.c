// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/uuid.h>
#include "create.h"
#include "draft.h"
#include "floor.h"
#include "sealed_form.h"
#include "sealed_record.h"

static int check(const struct keybag_create *args)
{
	bool passcode = args->secret.kind == KEYBAG_PROTECTOR_PASSCODE;

	if (args->secret.id || (!passcode && args->secret.kind != KEYBAG_PROTECTOR_NONE))
		return -EINVAL;
	switch (args->type) {
	case KEYBAG_TYPE_USER:
		if (!uid_valid(make_kuid(&init_user_ns, args->owner)))
			return -EINVAL;
		break;
	case KEYBAG_TYPE_SYSTEM:
		if (args->owner != KEYBAG_UID_NONE || passcode)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	return keybag_record_check(&args->record);
}

/* The size the form will have: known before anything is made. */
static int shape(struct keybag_draft *draft, const struct keybag_create *args,
		 const struct keybag_workspace *workspace, u32 *ret_id)
{
	draft->form.type = args->type;
	draft->form.owner = args->owner;
	draft->form.uuid = args->uuid;
	draft->form.device_key_id = workspace->device->id;
	draft->form.generation = 1;
	return keybag_draft_add_protector(draft, ret_id);
}

static int fill(struct keybag_workspace *workspace, struct keybag_draft *draft, u32 id,
		const struct keybag_credential *credential)
{
	struct keybag_bag_keys *keys = &workspace->new_keys;
	int err;

	get_random_bytes(keys->bag, KEYBAG_KEY_SIZE);
	keys->has_akpu = credential->kind == KEYBAG_PROTECTOR_PASSCODE;
	if (keys->has_akpu)
		get_random_bytes(keys->akpu, KEYBAG_KEY_SIZE);

	err = keybag_draft_seal_protector(workspace, draft, id, credential, keys);
	if (!err)
		err = keybag_draft_make_class_keys(workspace, draft, keys);
	return err;
}

static int make(const struct keybag_create *args, struct keybag_draft *draft,
		const struct keybag_credential *credential, struct keybag_sealed_form *sealed,
		struct keybag_sealed_record *record)
{
	static const struct kb_record nothing;
	struct keybag_workspace *workspace = keybag_workspace_begin();
	u32 id;
	int err;

	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = shape(draft, args, workspace, &id);
	if (!err)
		err = fill(workspace, draft, id, credential);
	if (!err)
		err = keybag_sealed_form_make(workspace, sealed, &draft->form,
					      workspace->new_keys.bag);
	if (!err)
		err = keybag_record_seal(workspace, args->uuid, 1, &nothing, record);
	keybag_workspace_end(workspace);
	return err;
}

int keybag_create(struct keybag_create *args)
{
	struct keybag_sealed_record record = {};
	struct keybag_sealed_form sealed = {};
	struct keybag_credential *credential;
	struct keybag_draft *draft;
	int err;

	err = check(args);
	if (!err)
		err = wait_for_random_bytes();
	if (err)
		return err;
	credential = keybag_credential_copy(&args->secret);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	draft = keybag_draft_new();
	err = draft ? keybag_draft_copy_protector(draft, &args->protector, args->secret.kind) :
		      -ENOMEM;
	if (err)
		goto out_free;

	if (!memchr_inv(args->uuid, 0, KB_UUID_SIZE))
		generate_random_uuid(args->uuid);
	else if (keybag_floor_generation(args->uuid))
		err = -EEXIST;
	if (!err)
		err = make(args, draft, credential, &sealed, &record);
	if (!err)
		err = keybag_sealed_form_return(&sealed, &args->form);
	if (!err)
		err = keybag_record_return(&record, &args->record);
	keybag_sealed_form_free(&sealed);
out_free:
	kfree(draft);
	keybag_credential_free(credential);
	return err;
}
