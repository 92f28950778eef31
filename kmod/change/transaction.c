// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>
#include "../bag/event.h"
#include "../bag/follower.h"
#include "../bag/install.h"
#include "../bag/lock.h"
#include "../bag/pending.h"
#include "../bag/rollback.h"
#include "../bag/stay.h"
#include "../bag/try.h"
#include "../bag/unlock.h"
#include "../bag/visit.h"
#include "../form/protector.h"
#include "transaction.h"

int keybag_transaction_prepare(struct keybag_bag *bag, struct keybag_pending **pending,
			       struct keybag_class_key *akpu, u64 try_id)
{
	int err = 0;

	lockdep_assert_held(&bag->control);
	keybag_write_lock(bag);
	if (bag->gone) {
		err = -ENOENT;
	} else if (keybag_try_end(bag, try_id)) {
		bag->pending = *pending;
		/* A lock wipes them later. Where one came before, they go with the workspace. */
		if (bag->state == KB_STATE_UNLOCKED && !keybag_suspending())
			swap(bag->pending->akpu, *akpu);
		*pending = NULL;
	} else {
		err = -ECANCELED;
	}
	keybag_write_unlock(bag);
	return err;
}

/* Takes it out of the bag, wiped. */
static struct keybag_pending *take_pending(struct keybag_bag *bag)
{
	struct keybag_pending *pending = NULL;

	lockdep_assert_held(&bag->control);
	keybag_write_lock(bag);
	/* While a panic can still find it. */
	keybag_pending_wipe(bag->pending);
	swap(pending, bag->pending);
	keybag_write_unlock(bag);
	return pending;
}

void keybag_transaction_take_back(const u8 *uuid, const void *maker)
{
	struct keybag_bag *bag = keybag_visit_enter(uuid);
	struct keybag_pending *pending = NULL;

	if (bag && bag->pending && bag->pending->maker == maker)
		pending = take_pending(bag);
	keybag_visit_leave(bag);
	keybag_pending_free(pending);
}

/* -ENOENT, or -ESTALE where no change of that generation waits. Call with bag->control held. */
static int check_pending(const struct keybag_bag *bag, const struct keybag_commit *args)
{
	if (READ_ONCE(bag->gone))
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

/* akpu is the one class key that a change makes or destroys. 0: there is none. */
static u32 new_akpu_generation(const struct keybag_pending *pending)
{
	const struct kb_class_key *key = kb_form_class_key(pending->sealed.form, KB_CLASS_AKPU);

	return key && key->copies ? key->key_generation : 0;
}

/*
 * A lock wiped the ciphers of the new akpu key, and by now all is open again: what nobody could use
 * until the passcode is given once more is not put in place of what can be used.
 */
static bool lacks_akpu(const struct keybag_bag *bag, const struct keybag_pending *pending)
{
	u32 key_generation = new_akpu_generation(pending);

	return bag->state == KB_STATE_UNLOCKED && !keybag_suspending() && key_generation &&
	       key_generation != bag->slots[KB_CLASS_AKPU].key_generation && !pending->akpu.encrypt;
}

/* Call with bag->rwsem for writing. */
static void commit_akpu(struct keybag_bag *bag, struct keybag_pending *pending)
{
	u32 key_generation = new_akpu_generation(pending);
	struct keybag_slot *slot = &bag->slots[KB_CLASS_AKPU];

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
	/* Nobody waited for a follower while this bag could not be locked. */
	if (can_lock && !could_lock && bag->state == KB_STATE_UNLOCKED)
		keybag_follower_unlocked();
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
	/* A bag that cannot be locked is open already. */
	opens = none && bag->can_lock;
	if (opens)
		err = prepare_open(workspace, form, none);
	if (err)
		return err;

	keybag_write_lock(bag);
	if (bag->gone)
		err = -ENOENT;
	else if (opens && keybag_suspending())
		err = -EBUSY;
	else if (lacks_akpu(bag, pending))
		err = -ECANCELED;
	if (err) {
		keybag_write_unlock(bag);
		return err;
	}
	commit_akpu(bag, pending);
	keybag_install(bag, workspace);
	swap(bag->sealed, pending->sealed);
	bag->pending = NULL;
	commit_state(bag, bag->type != KEYBAG_TYPE_SYSTEM && !none, &args->requester);
	keybag_write_unlock(bag);

	keybag_rollback_raise(bag->rollback, &bag->sealed);
	keybag_pending_free(pending);
	return 0;
}

int keybag_commit(struct keybag_commit *args)
{
	struct keybag_visit visit;
	int err = keybag_visit_begin(&visit, args->uuid);

	if (err)
		return err;
	err = commit_locked(visit.workspace, visit.bag, args);
	keybag_visit_end(&visit);
	keybag_notify();
	return err;
}

void keybag_transaction_drop(const u8 *uuid, u64 generation)
{
	struct keybag_commit args = { .generation = generation };

	memcpy(args.uuid, uuid, sizeof(args.uuid));
	keybag_abort(&args);
}

int keybag_abort(struct keybag_commit *args)
{
	struct keybag_bag *bag = keybag_visit_enter(args->uuid);
	struct keybag_pending *pending = NULL;
	int err = bag ? check_pending(bag, args) : -ENOENT;

	if (!err)
		pending = take_pending(bag);
	keybag_visit_leave(bag);
	keybag_pending_free(pending);
	return err;
}
