// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "api.h"
#include "event.h"
#include "load.h"
#include "protector.h"
#include "reform.h"
#include "registry.h"
#include "sealed_record.h"
#include "unlock.h"

#define RECORD_SLOTS	2

/* The newest authentic record of those given. */
struct newest {
	struct kb_record record;
	u64 sequence;
	bool found;
	u32 flags;	/* KEYBAG_LOADED_* */
};

/* All that a load works with. */
struct loading {
	struct keybag_sealed_form sealed;
	u8 records[RECORD_SLOTS][KEYBAG_MAX_RECORD];
	struct newest newest;
	struct keybag_sealed_record new_record;
	struct keybag_floor *floor;
	struct keybag_bag *bag;
	bool taken_in;
};

static int copy_in(struct loading *loading, const struct keybag_load *args)
{
	unsigned int slot;
	int err;

	for (slot = 0; slot < RECORD_SLOTS; slot++) {
		if (args->record_length[slot] > KEYBAG_MAX_RECORD)
			return -EINVAL;
		if (copy_from_user(loading->records[slot], u64_to_user_ptr(args->record[slot]),
				   args->record_length[slot]))
			return -EFAULT;
	}
	err = keybag_sealed_form_copy(&loading->sealed, args->form, args->form_length);
	if (err)
		return err;
	return keybag_sealed_form_parse(&loading->sealed);
}

/* A record that cannot be opened for another reason than its own is not held against the user. */
static int find_newest(struct keybag_workspace *workspace, struct loading *loading,
		       const struct keybag_load *args)
{
	struct newest *newest = &loading->newest;
	struct kb_record record;
	bool given = false;
	unsigned int slot;
	u64 sequence;
	int err;

	for (slot = 0; slot < RECORD_SLOTS; slot++) {
		if (!args->record_length[slot])
			continue;
		given = true;
		err = keybag_record_open(workspace, loading->sealed.form->uuid,
					 loading->records[slot], args->record_length[slot], &record,
					 &sequence);
		if (err == -EBADMSG || err == -EPROTONOSUPPORT) {
			newest->flags |= KEYBAG_LOADED_RECORD_DAMAGED;
		} else if (err) {
			return err;
		} else if (!newest->found || sequence > newest->sequence) {
			newest->record = record;
			newest->sequence = sequence;
			newest->found = true;
		}
	}
	if (!given)
		newest->flags |= KEYBAG_LOADED_RECORD_MISSING;
	return 0;
}

/* Makes available what needs no secret: dk, dku, D; all without a passcode. */
static int prepare(struct keybag_workspace *workspace, struct loading *loading)
{
	struct keybag_bag *bag = loading->bag;
	const struct kb_form *form = bag->sealed.form;
	const struct kb_protector *none = kb_form_protector_of(form, KB_PROTECTOR_NONE);
	enum kb_state state = none ? KB_STATE_UNLOCKED : KB_STATE_BEFORE_FIRST_UNLOCK;
	int err = 0;

	if (none)
		err = keybag_protector_open(workspace, form->uuid, none, &keybag_credential_none,
					    &workspace->keys);
	else if (bag->type == KEYBAG_TYPE_SYSTEM)
		err = -EBADMSG;
	if (!err)
		err = keybag_prepare(workspace, NULL, form, state, none ? &workspace->keys : NULL);
	memzero_explicit(&workspace->keys, sizeof(workspace->keys));
	/* The form is authentic: whatever does not open in it is damage. */
	if (err)
		return err == -EKEYREJECTED ? -EBADMSG : err;

	down_write(&bag->rwsem);
	keybag_install(bag, workspace);
	up_write(&bag->rwsem);
	keybag_event_begin(bag, state, KEYBAG_REASON_LOAD);
	return 0;
}

static int take_in(struct keybag_workspace *workspace, struct loading *loading)
{
	const struct newest *newest = &loading->newest;
	struct keybag_bag *bag = loading->bag;
	int err;

	err = keybag_registry_add(bag, &loading->floor, newest->found ? &newest->record : NULL,
				  newest->sequence);
	if (err)
		return err;
	loading->taken_in = true;
	keybag_notify_later(bag);
	mutex_lock(&bag->control);
	err = keybag_bag_record_seal(workspace, bag, bag->floor->guess.failures,
				     &loading->new_record);
	mutex_unlock(&bag->control);
	return err;
}

static int load_locked(struct keybag_workspace *workspace, struct loading *loading,
		       const struct keybag_load *args)
{
	int err;

	err = keybag_sealed_form_check_device(workspace, &loading->sealed);
	if (!err)
		err = find_newest(workspace, loading, args);
	if (err)
		return err;
	loading->floor = kzalloc(sizeof(*loading->floor), GFP_KERNEL);
	loading->bag = keybag_bag_new(&loading->sealed);
	if (!loading->floor || !loading->bag)
		return -ENOMEM;
	err = prepare(workspace, loading);
	if (err)
		return err;
	return take_in(workspace, loading);
}

static int load(struct loading *loading, struct keybag_load *args)
{
	struct keybag_workspace *workspace;
	int err;

	err = copy_in(loading, args);
	if (err)
		return err;
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	err = load_locked(workspace, loading, args);
	keybag_workspace_end(workspace);
	keybag_notify();
	if (!err) {
		args->flags = loading->newest.flags;
		memcpy(args->uuid, loading->bag->uuid, sizeof(args->uuid));
		err = keybag_record_return(&loading->new_record, &args->new_record);
	}
	/* A load that says it failed has loaded nothing. */
	if (err && loading->taken_in)
		keybag_registry_remove(loading->bag, KEYBAG_REASON_UNLOAD, NULL);
	return err;
}

int keybag_load(struct keybag_load *args)
{
	struct loading *loading;
	int err;

	err = keybag_record_check(&args->new_record);
	if (err)
		return err;
	loading = kzalloc(sizeof(*loading), GFP_KERNEL);
	if (!loading)
		return -ENOMEM;
	err = load(loading, args);
	if (loading->bag)
		keybag_bag_put(loading->bag);
	keybag_sealed_form_free(&loading->sealed);
	kfree(loading->floor);
	kfree(loading);
	return err;
}

int keybag_read_form(struct keybag_read *args)
{
	struct keybag_sealed_form copy = {};
	struct keybag_bag *bag;
	int err = 0;

	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag)
		return -ENOENT;
	mutex_lock(&bag->control);
	copy.length = bag->sealed.length;
	copy.bytes = kmemdup(bag->sealed.bytes, bag->sealed.length, GFP_NOIO);
	args->sequence = bag->sealed.form->generation;
	if (!copy.bytes)
		err = -ENOMEM;
	mutex_unlock(&bag->control);
	if (!err)
		err = keybag_sealed_form_return(&copy, &args->buffer);
	keybag_sealed_form_free(&copy);
	keybag_bag_put(bag);
	return err;
}
