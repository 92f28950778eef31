// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/uuid.h>
#include "../bag/rollback.h"
#include "../form/sealed_form.h"
#include "../form/sealed_record.h"
#include "create.h"
#include "form_builder.h"

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
static int shape(struct keybag_form_builder *builder, const struct keybag_create *args,
		 const struct keybag_workspace *workspace,
		 const struct keybag_credential *credential, u32 *ret_id)
{
	builder->form.type = args->type;
	builder->form.owner = args->owner;
	builder->form.uuid = args->uuid;
	builder->form.device_key_id = workspace->device->id;
	builder->form.generation = 1;
	builder->form.hardware = keybag_credential_hardware(credential);
	return keybag_form_builder_add_protector(builder, ret_id);
}

static int fill(struct keybag_workspace *workspace, struct keybag_form_builder *builder, u32 id,
		const struct keybag_credential *credential)
{
	struct keybag_bag_keys *keys = &workspace->new_keys;
	int err;

	get_random_bytes(keys->bag, KEYBAG_KEY_SIZE);
	keys->has_akpu = credential->kind == KEYBAG_PROTECTOR_PASSCODE;
	if (keys->has_akpu)
		get_random_bytes(keys->akpu, KEYBAG_KEY_SIZE);

	err = keybag_form_builder_seal_protector(workspace, builder, id, credential, keys);
	if (!err)
		err = keybag_form_builder_make_class_keys(workspace, builder, keys);
	return err;
}

static int make(const struct keybag_create *args, struct keybag_form_builder *builder,
		const struct keybag_credential *credential, struct keybag_sealed_form *sealed,
		struct keybag_sealed_record *record)
{
	static const struct kb_record nothing;
	struct keybag_workspace *workspace = keybag_workspace_begin();
	u32 id;
	int err;

	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = shape(builder, args, workspace, credential, &id);
	if (!err)
		err = fill(workspace, builder, id, credential);
	if (!err)
		err = keybag_sealed_form_make(workspace, sealed, &builder->form,
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
	struct keybag_form_builder *builder;
	int err;

	err = check(args);
	if (!err)
		err = wait_for_random_bytes();
	if (err)
		return err;
	credential = keybag_credential_copy(&args->secret);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	builder = keybag_form_builder_new();
	err = builder ? keybag_form_builder_copy_protector(builder, &args->protector,
							   args->secret.kind) :
		      -ENOMEM;
	if (err)
		goto out_free;

	if (!memchr_inv(args->uuid, 0, KB_UUID_SIZE))
		generate_random_uuid(args->uuid);
	else if (keybag_rollback_seen(args->uuid))
		err = -EEXIST;
	if (!err)
		err = make(args, builder, credential, &sealed, &record);
	if (!err)
		err = keybag_sealed_form_return(&sealed, &args->form);
	if (!err)
		err = keybag_record_return(&record, &args->record);
	keybag_sealed_form_free(&sealed);
out_free:
	kfree(builder);
	keybag_credential_free(credential);
	return err;
}
