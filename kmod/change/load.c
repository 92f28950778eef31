// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../bag/event.h"
#include "../bag/pending.h"
#include "../bag/record.h"
#include "../bag/registry.h"
#include "../bag/rollback.h"
#include "../bag/unlock.h"
#include "../bag/visit.h"
#include "../form/protector.h"
#include "../form/sealed_record.h"
#include "load.h"

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
	struct keybag_rollback *rollback;
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
	err = keybag_sealed_form_parse(&loading->sealed);
	/* A backup keybag is opened with its password alone. */
	return !err && loading->sealed.form->type == KB_FORM_BACKUP ? -EINVAL : err;
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

/* Opens the form of a bag without passcode into @workspace->keys. */
static int open_form(struct keybag_workspace *workspace, const struct keybag_sealed_form *sealed,
		     const struct kb_protector *none)
{
	int err = keybag_protector_open(workspace, sealed->form->uuid, none,
					&keybag_credential_none, &workspace->keys);

	return err ?: keybag_sealed_form_check_recovery(workspace, sealed, workspace->keys.bag);
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
		err = open_form(workspace, &bag->sealed, none);
	else if (bag->type == KEYBAG_TYPE_SYSTEM)
		err = -EBADMSG;
	if (!err)
		err = keybag_prepare(workspace, NULL, form, state, none ? &workspace->keys : NULL);
	memzero_explicit(&workspace->keys, sizeof(workspace->keys));
	/* The form is authentic: whatever does not open in it is damage. */
	if (err)
		return err == -EKEYREJECTED ? -EBADMSG : err;

	/* A panic finds the ciphers in the workspace, and a bag not before it is listed. */
	keybag_event_begin(bag, state, KEYBAG_REASON_LOAD);
	return 0;
}

static int take_in(struct keybag_workspace *workspace, struct loading *loading)
{
	const struct newest *newest = &loading->newest;
	struct keybag_bag *bag = loading->bag;
	int err;

	err = keybag_registry_add(bag, workspace, &loading->rollback,
				  newest->found ? &newest->record : NULL, newest->sequence);
	if (err)
		return err;
	loading->taken_in = true;
	keybag_notify_later(bag);
	mutex_lock(&bag->control);
	err = keybag_bag_record_seal(workspace, bag, bag->rollback->throttle.failures,
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
	loading->rollback = kzalloc(sizeof(*loading->rollback), GFP_KERNEL);
	loading->bag = keybag_bag_new(&loading->sealed);
	if (!loading->rollback || !loading->bag)
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

void keybag_load_take_back(struct keybag_bag *bag)
{
	keybag_registry_remove(bag, KEYBAG_REASON_UNLOAD, NULL);
	keybag_bag_put(bag);
}

int keybag_load(struct keybag_load *args, struct keybag_bag **ret)
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
	if (!err)
		*ret = loading->bag;
	else if (loading->bag)
		keybag_bag_put(loading->bag);
	keybag_sealed_form_free(&loading->sealed);
	kfree(loading->rollback);
	kfree(loading);
	return err;
}

/* A copy of the form in effect, or of the one that waits; or -ESTALE. */
static int copy_form(const struct keybag_bag *bag, bool pending, struct keybag_sealed_form *copy,
		     u64 *ret_generation)
{
	const struct keybag_sealed_form *sealed = &bag->sealed;

	lockdep_assert_held(&bag->control);
	if (pending && !bag->pending)
		return -ESTALE;
	if (pending)
		sealed = &bag->pending->sealed;
	copy->bytes = kmemdup(sealed->bytes, sealed->length, GFP_NOIO);
	copy->length = sealed->length;
	*ret_generation = sealed->form->generation;
	return copy->bytes ? 0 : -ENOMEM;
}

int keybag_read_form(struct keybag_read *args, bool pending)
{
	struct keybag_sealed_form copy = {};
	struct keybag_bag *bag = keybag_visit_enter(args->uuid);
	int err = bag ? copy_form(bag, pending, &copy, &args->sequence) : -ENOENT;

	keybag_visit_leave(bag);
	if (!err)
		err = keybag_sealed_form_return(&copy, &args->buffer);
	keybag_sealed_form_free(&copy);
	return err;
}
