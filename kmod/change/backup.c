// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/uuid.h>
#include "../bag/event.h"
#include "../bag/registry.h"
#include "../form/class_seal.h"
#include "../form/protector.h"
#include "../form/sealed_form.h"
#include "backup.h"
#include "form_builder.h"

/* A backup keybag in the making, by either command. */
struct backup {
	u32 owner;
	struct keybag_sealed_form sealed;
	struct keybag_credential *credential;
	struct keybag_form_builder *builder;
	struct keybag_bag *bag;
	bool taken_in;
	u32 flags;		/* KEYBAG_BACKUP_* */
	u32 classes;		/* KEYBAG_CLASS_BIT() of those that are open */
};

static bool owner_valid(u32 owner)
{
	return uid_valid(make_kuid(&init_user_ns, owner));
}

static bool lifetime_valid(u64 lifetime_ns)
{
	return lifetime_ns && lifetime_ns <= KEYBAG_MAX_BACKUP_LIFETIME_NS;
}

static int copy_credential(struct backup *backup, const struct keybag_secret *secret)
{
	struct keybag_credential *credential;

	if (secret->kind != KEYBAG_PROTECTOR_BACKUP || secret->id)
		return -EINVAL;
	credential = keybag_credential_copy(secret);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	backup->credential = credential;
	return 0;
}

/* Prepares the ciphers of the classes in the form that @keys and this device open. */
static int prepare(struct keybag_workspace *workspace, struct backup *backup,
		   const struct keybag_bag_keys *keys)
{
	const struct kb_form *form = backup->sealed.form;
	u32 i;
	int err;

	for (i = 0; i < form->class_key_count; i++) {
		const struct kb_class_key *key = &form->class_keys[i];
		const struct kb_class_info *info = kb_class_find(key->class);

		if (backup->flags && kb_class_backup_wrapping(info) == KB_WRAP_BAG_DEVICE)
			continue;
		err = keybag_class_open(workspace, form->uuid, key, KEYBAG_COPY_FIRST, keys);
		if (!err)
			err = keybag_class_key_init(&workspace->prepared[key->class],
						    &workspace->bench, workspace->hmac,
						    workspace->class_key);
		memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
		if (err)
			return err;
		backup->classes |= KEYBAG_CLASS_BIT(key->class);
	}
	return 0;
}

/* The bag of @backup->sealed, under the owner who asked, with the ciphers that are prepared. */
static int take_in(struct keybag_workspace *workspace, struct backup *backup)
{
	struct keybag_bag *bag = keybag_bag_new(&backup->sealed);
	int err;

	if (!bag)
		return -ENOMEM;
	backup->bag = bag;
	bag->owner = make_kuid(&init_user_ns, backup->owner);
	bag->rollback = kzalloc(sizeof(*bag->rollback), GFP_KERNEL);
	if (!bag->rollback)
		return -ENOMEM;
	keybag_event_begin(bag, KB_STATE_UNLOCKED, KEYBAG_REASON_LOAD);
	err = keybag_registry_add_backup(bag, workspace);
	backup->taken_in = !err;
	return err;
}

/* Whatever was made before is ended: of one owner there is one at a time. */
static void finish(struct backup *backup, int err, struct keybag_bag **ret)
{
	if (!err) {
		keybag_registry_end_backups(backup->bag->owner, backup->bag);
		*ret = backup->bag;
	} else if (backup->taken_in) {
		keybag_backup_take_back(backup->bag);
	} else if (backup->bag) {
		keybag_bag_put(backup->bag);
	}
	keybag_sealed_form_free(&backup->sealed);
	keybag_credential_free(backup->credential);
	kfree(backup->builder);
}

void keybag_backup_take_back(struct keybag_bag *bag)
{
	keybag_registry_remove(bag, KEYBAG_REASON_UNLOAD, NULL);
	keybag_bag_put(bag);
}

/* -- to make one -- */

static int fill(struct keybag_workspace *workspace, struct backup *backup)
{
	struct keybag_bag_keys *keys = &workspace->new_keys;
	u32 id;
	int err;

	get_random_bytes(keys->bag, KEYBAG_KEY_SIZE);
	keys->backup = true;
	err = keybag_form_builder_add_protector(backup->builder, &id);
	if (!err)
		err = keybag_form_builder_seal_protector(workspace, backup->builder, id,
							 backup->credential, keys);
	if (!err)
		err = keybag_form_builder_make_class_keys(workspace, backup->builder, keys);
	return err;
}

static int make_locked(struct keybag_workspace *workspace, struct backup *backup,
		       const struct keybag_backup_create *args)
{
	struct kb_form *form = &backup->builder->form;
	int err;

	form->type = KB_FORM_BACKUP;
	form->owner = args->owner;
	form->uuid = args->uuid;
	form->device_key_id = workspace->device->id;
	form->generation = 1;
	err = fill(workspace, backup);
	if (!err)
		err = keybag_sealed_form_make(workspace, &backup->sealed, form,
					      workspace->new_keys.bag);
	if (!err && args->form.capacity < backup->sealed.length)
		err = -EMSGSIZE;
	if (!err)
		err = prepare(workspace, backup, &workspace->new_keys);
	return err ?: take_in(workspace, backup);
}

static int make(struct backup *backup, struct keybag_backup_create *args)
{
	struct keybag_workspace *workspace;
	int err;

	if (!owner_valid(args->owner) || args->reserved || !lifetime_valid(args->lifetime_ns) ||
	    memchr_inv(args->uuid, 0, sizeof(args->uuid)))
		return -EINVAL;
	err = copy_credential(backup, &args->secret);
	if (!err)
		err = wait_for_random_bytes();
	if (err)
		return err;
	backup->builder = keybag_form_builder_new();
	err = backup->builder ? keybag_form_builder_copy_protector(backup->builder,
								   &args->protector,
								   args->secret.kind) :
				-ENOMEM;
	if (err)
		return err;
	generate_random_uuid(args->uuid);
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = make_locked(workspace, backup, args);
	keybag_workspace_end(workspace);
	return err ?: keybag_sealed_form_return(&backup->bag->sealed, &args->form);
}

int keybag_backup_create(struct keybag_backup_create *args, struct keybag_bag **ret)
{
	struct backup backup = { .owner = args->owner };
	int err = make(&backup, args);

	finish(&backup, err, ret);
	return err;
}

/* -- to open one -- */

/* Opens K_bag of the form into @workspace->keys; says what binds it to another device or owner. */
static int unseal(struct keybag_workspace *workspace, struct backup *backup)
{
	struct keybag_sealed_form *sealed = &backup->sealed;
	const struct kb_protector *protector;
	int err;

	protector = keybag_protector_find(sealed->form, backup->credential);
	if (!protector)
		return -EBADMSG;
	err = keybag_protector_open(workspace, sealed->form->uuid, protector, backup->credential,
				    &workspace->keys);
	if (!err)
		err = keybag_sealed_form_check_recovery(workspace, sealed, workspace->keys.bag);
	if (err)
		return err;
	workspace->keys.backup = true;
	err = keybag_sealed_form_check_device(workspace, sealed);
	if (err == -EXDEV) {
		backup->flags |= KEYBAG_BACKUP_OTHER_DEVICE;
		err = 0;
	}
	if (sealed->form->owner != backup->owner)
		backup->flags |= KEYBAG_BACKUP_OTHER_OWNER;
	return err;
}

static int open_locked(struct keybag_workspace *workspace, struct backup *backup)
{
	int err = unseal(workspace, backup);

	if (!err)
		err = prepare(workspace, backup, &workspace->keys);
	return err ?: take_in(workspace, backup);
}

static int open(struct backup *backup, struct keybag_backup_open *args)
{
	struct keybag_workspace *workspace;
	int err;

	if (!owner_valid(args->owner) || args->flags || args->classes ||
	    !lifetime_valid(args->lifetime_ns))
		return -EINVAL;
	err = copy_credential(backup, &args->secret);
	if (!err)
		err = keybag_sealed_form_copy(&backup->sealed, args->form, args->form_length);
	if (!err)
		err = keybag_sealed_form_parse(&backup->sealed);
	if (!err && backup->sealed.form->type != KB_FORM_BACKUP)
		err = -EINVAL;
	if (err)
		return err;
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = open_locked(workspace, backup);
	keybag_workspace_end(workspace);
	return err;
}

int keybag_backup_open(struct keybag_backup_open *args, struct keybag_bag **ret)
{
	struct backup backup = { .owner = args->owner };
	int err = open(&backup, args);

	if (!err) {
		memcpy(args->uuid, backup.bag->uuid, sizeof(args->uuid));
		args->flags = backup.flags;
		args->classes = backup.classes;
	}
	finish(&backup, err, ret);
	return err;
}
