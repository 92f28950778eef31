// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>
#include "api.h"
#include "bag.h"
#include "commit.h"
#include "event.h"
#include "floor.h"
#include "pending.h"
#include "protector.h"
#include "reform.h"
#include "unlock.h"

/* -ENOENT, or -ESTALE where no change of that generation waits. Call with bag->control held. */
static int check_pending(const struct keybag_bag *bag, const struct keybag_commit *args)
{
	if (bag->gone)
		return -ENOENT;
	if (!bag->pending || bag->pending->sealed.form->generation != args->generation)
		return -ESTALE;
	return 0;
}

/*
 * Without a passcode everything is open: makes all, for what is there a lock may take away before
 * it is put in place.
 */
static int prepare_open(struct keybag_workspace *workspace, const struct kb_form *form,
			const struct kb_protector *none)
{
	int err;

	err = keybag_protector_open(workspace, form->uuid, none, &keybag_credential_none,
				    &workspace->keys);
	if (!err)
		err = keybag_prepare(workspace, NULL, form, KB_STATE_UNLOCKED, &workspace->keys);
	memzero_explicit(&workspace->keys, sizeof(workspace->keys));
	return err == -EKEYREJECTED ? -EBADMSG : err;
}

/* akpu is the one class key that a change makes or destroys. Call with bag->rwsem for writing. */
static void commit_akpu(struct keybag_bag *bag, struct keybag_pending *pending)
{
	const struct kb_class_key *key = kb_form_class_key(pending->sealed.form, KB_CLASS_AKPU);
	struct keybag_slot *slot = &bag->slots[KB_CLASS_AKPU];
	u32 key_generation = key && key->copies ? key->key_generation : 0;

	if (slot->key_generation == key_generation)
		return;
	keybag_slot_wipe(slot);
	slot->key_generation = key_generation;
	atomic64_set(&slot->wraps, 0);
	swap(slot->key, pending->akpu);
}

static void commit_state(struct keybag_bag *bag, bool can_lock,
			 const struct keybag_requester *requester)
{
	bool could_lock = bag->can_lock;

	bag->can_lock = can_lock;
	if (!can_lock && bag->state != KB_STATE_UNLOCKED) {
		keybag_event_publish(bag, KEYBAG_STATE_UNLOCKED, KEYBAG_REASON_PASSCODE, requester);
	} else if (can_lock && !could_lock && keybag_suspending()) {
		/* The lock of all bags has passed it over. */
		keybag_bag_wipe(bag, KB_STATE_LOCKED);
		keybag_event_publish(bag, KEYBAG_STATE_LOCKED, KEYBAG_REASON_SUSPEND, requester);
	}
}

static int commit_locked(struct keybag_workspace *workspace, struct keybag_bag *bag,
			 const struct keybag_commit *args)
{
	struct keybag_pending *pending;
	const struct kb_protector *none;
	const struct kb_form *form;
	bool opens;
	int err;

	err = check_pending(bag, args);
	if (err)
		return err;
	pending = bag->pending;
	form = pending->sealed.form;
	none = kb_form_protector_of(form, KB_PROTECTOR_NONE);
	/* What cannot be locked is open already. */
	opens = none && bag->can_lock;
	if (opens)
		err = prepare_open(workspace, form, none);
	if (err)
		return err;

	down_write(&bag->rwsem);
	if (opens && keybag_suspending()) {
		up_write(&bag->rwsem);
		return -EBUSY;
	}
	commit_akpu(bag, pending);
	keybag_install(bag, workspace);
	swap(bag->sealed, pending->sealed);
	bag->pending = NULL;
	commit_state(bag, bag->type != KEYBAG_TYPE_SYSTEM && !none, &args->requester);
	up_write(&bag->rwsem);

	WRITE_ONCE(bag->floor->generation, args->generation);
	keybag_pending_free(pending);
	return 0;
}

int keybag_commit(struct keybag_commit *args)
{
	struct keybag_workspace *workspace;
	struct keybag_bag *bag;
	int err;

	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag)
		return -ENOENT;
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace)) {
		err = PTR_ERR(workspace);
		goto out_put;
	}
	mutex_lock(&bag->control);
	err = commit_locked(workspace, bag, args);
	mutex_unlock(&bag->control);
	keybag_workspace_end(workspace);
	keybag_notify();
out_put:
	keybag_bag_put(bag);
	return err;
}

int keybag_abort(struct keybag_commit *args)
{
	struct keybag_pending *pending = NULL;
	struct keybag_bag *bag;
	int err;

	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag)
		return -ENOENT;
	mutex_lock(&bag->control);
	err = check_pending(bag, args);
	if (!err) {
		down_write(&bag->rwsem);
		swap(pending, bag->pending);
		up_write(&bag->rwsem);
	}
	mutex_unlock(&bag->control);
	keybag_pending_free(pending);
	keybag_bag_put(bag);
	return err;
}
