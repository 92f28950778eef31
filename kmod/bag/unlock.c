// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>
#include "../form/class_seal.h"
#include "event.h"
#include "follower.h"
#include "install.h"
#include "lock.h"
#include "rollback.h"
#include "stay.h"
#include "try.h"
#include "unlock.h"
#include "visit.h"

/*
 * Whether this is a key to make now. What a lock may take away of @bag meanwhile does not matter to
 * an unlock: it voids the try.
 */
static bool is_wanted(struct keybag_bag *bag, const struct kb_class_key *key, enum kb_state state,
		      const struct keybag_bag_keys *keys)
{
	const struct kb_class_info *info = kb_class_find(key->class);

	if (!key->copies || !kb_state_allows(state, info))
		return false;
	if (!keys && info->availability != KB_ALWAYS)
		return false;
	if (info->wrapping == KB_WRAP_AKPU_DEVICE && !keys->has_akpu)
		return false;
	return !bag || !keybag_class_key_ready(&bag->slots[key->class].key);
}

/* The key in @workspace->class_key. */
static int prepare_key(struct keybag_workspace *workspace, const struct kb_class_key *key)
{
	struct keybag_class_key *prepared = &workspace->prepared[key->class];

	if (key->algorithm == KB_ALGORITHM_X25519)
		return keybag_class_key_init_pair(prepared, workspace->class_key);
	if (key->class == KB_CLASS_D)
		return keybag_class_key_init_authentic(prepared, &workspace->bench,
						       workspace->hmac, workspace->class_key);
	return keybag_class_key_init(prepared, &workspace->bench, workspace->hmac,
				     workspace->class_key);
}

int keybag_prepare(struct keybag_workspace *workspace, struct keybag_bag *bag,
		   const struct kb_form *form, enum kb_state state,
		   const struct keybag_bag_keys *keys)
{
	u32 i;
	int err;

	for (i = 0; i < form->class_key_count; i++) {
		const struct kb_class_key *key = &form->class_keys[i];

		if (!is_wanted(bag, key, state, keys))
			continue;
		err = keybag_class_open(workspace, form->uuid, key, KEYBAG_COPY_FIRST, keys);
		if (!err)
			err = prepare_key(workspace, key);
		memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
		if (err)
			return err;
	}
	return 0;
}

/* A check leaves everything as it is. */
static enum kb_state next_state(const struct keybag_bag *bag, u32 flags)
{
	enum kb_state state = READ_ONCE(bag->state);
	enum kb_event event = flags & KEYBAG_UNLOCK_FIRST_ONLY ? KB_EVENT_UNLOCK_FIRST :
								 KB_EVENT_UNLOCK;

	if (flags & KEYBAG_UNLOCK_CHECK)
		return state;
	return (enum kb_state)kb_state_next(state, event, bag->can_lock);
}

/* Enters @state, unless something came between. */
static int enter(struct keybag_workspace *workspace, struct keybag_bag *bag,
		 const struct keybag_unlock *args, enum kb_state state)
{
	int err = 0;

	keybag_write_lock(bag);
	if (bag->gone) {
		err = -ENOENT;
	} else if (keybag_suspending() && bag->can_lock) {
		err = -EBUSY;
	} else if (!keybag_try_end(bag, args->try_id)) {
		err = -ECANCELED;
	} else if (!(args->flags & KEYBAG_UNLOCK_CHECK)) {
		keybag_install(bag, workspace);
		if (bag->state != state)
			keybag_event_publish(bag, state, args->reason, &args->requester);
		if (state == KB_STATE_UNLOCKED && bag->can_lock)
			keybag_follower_unlocked();
	}
	keybag_write_unlock(bag);
	return err;
}

static int unlock_locked(struct keybag_workspace *workspace, struct keybag_bag *bag,
			 struct keybag_unlock *args, const struct keybag_credential *credential,
			 struct keybag_outcome *outcome)
{
	enum kb_state state;
	int err;

	if (READ_ONCE(bag->gone))
		return -ENOENT;
	/* Asked again under the lock; here so that nothing is counted in vain. */
	if (keybag_suspending() && bag->can_lock)
		return -EBUSY;
	err = keybag_try_secret(workspace, bag, args->try_id, credential, outcome);
	if (err)
		return err;

	state = next_state(bag, args->flags);
	if (!(args->flags & KEYBAG_UNLOCK_CHECK))
		err = keybag_prepare(workspace, bag, bag->sealed.form, state, &workspace->keys);
	memzero_explicit(&workspace->keys, sizeof(workspace->keys));
	if (!err)
		err = enter(workspace, bag, args, state);
	if (err)
		return err;
	if (credential->kind != KEYBAG_PROTECTOR_NONE)
		keybag_throttle_right(&bag->rollback->throttle);
	args->state = state;
	return 0;
}

static int try_unlock(struct keybag_unlock *args, const struct keybag_credential *credential,
		      struct keybag_outcome *outcome)
{
	struct keybag_visit visit;
	int err = keybag_visit_begin(&visit, args->uuid);

	if (err)
		return err;
	err = unlock_locked(visit.workspace, visit.bag, args, credential, outcome);
	if (err)
		keybag_try_drop(visit.bag);
	keybag_visit_end(&visit);
	return err;
}

static bool reason_valid(u32 reason)
{
	return reason == KEYBAG_REASON_REQUEST || reason == KEYBAG_REASON_LOGIN ||
	       reason == KEYBAG_REASON_SCREEN || reason == KEYBAG_REASON_RECOVERY;
}

int keybag_unlock(struct keybag_unlock *args)
{
	struct keybag_outcome outcome = {};
	struct keybag_credential *credential;
	int err;

	if (args->flags & ~(KEYBAG_UNLOCK_FIRST_ONLY | KEYBAG_UNLOCK_CHECK) ||
	    !reason_valid(args->reason))
		return -EINVAL;
	err = keybag_record_check(&args->record);
	if (err)
		return err;
	credential = keybag_credential_copy(&args->secret);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	err = try_unlock(args, credential, &outcome);
	keybag_notify();
	if (!err || err == -EKEYREJECTED) {
		args->retry_after_ns = outcome.retry_after_ns;
		args->failures = outcome.failures;
		if (keybag_record_return(&outcome.record, &args->record))
			err = -EFAULT;
	}
	keybag_credential_free(credential);
	return err;
}
