// SPDX-License-Identifier: GPL-2.0-only
#include "../form/protector.h"
#include "event.h"
#include "record.h"
#include "rollback.h"
#include "try.h"
#include "visit.h"

/* Never the same number twice, whatever is unloaded and loaded again. */
static atomic64_t last_try = ATOMIC64_INIT(0);

static bool use_up(struct keybag_bag *bag, u64 try_id)
{
	return (u64)atomic64_cmpxchg(&bag->try_id, try_id, 0) == try_id;
}

/* Running before it is used up, so that a lock finds it at one place or the other. */
static bool take(struct keybag_bag *bag, u64 try_id)
{
	bool taken;

	if (!try_id)
		return false;
	atomic64_set(&bag->try_running, try_id);
	taken = use_up(bag, try_id);
	if (!taken)
		atomic64_set(&bag->try_running, 0);
	return taken;
}

bool keybag_try_end(struct keybag_bag *bag, u64 try_id)
{
	return !try_id || (u64)atomic64_cmpxchg(&bag->try_running, try_id, 0) == try_id;
}

void keybag_try_drop(struct keybag_bag *bag)
{
	/* The record on disk counts it. */
	if (atomic64_xchg(&bag->try_running, 0))
		keybag_event_record_dirty(bag);
}

void keybag_try_void(struct keybag_bag *bag)
{
	if (atomic64_xchg(&bag->try_id, 0))
		keybag_event_record_dirty(bag);
	keybag_try_drop(bag);
}

static void report(const struct keybag_throttle *throttle, struct keybag_outcome *outcome)
{
	outcome->retry_after_ns = keybag_throttle_wait(throttle);
	outcome->failures = throttle->failures;
}

static int count_wrong(struct keybag_workspace *workspace, struct keybag_bag *bag,
		       const struct keybag_credential *credential, struct keybag_outcome *outcome)
{
	struct keybag_throttle *throttle = &bag->rollback->throttle;

	keybag_throttle_wrong(throttle, workspace, bag->uuid, credential);
	report(throttle, outcome);
	/* It is wrong and counted even when the record cannot be made; then it is made later. */
	if (keybag_bag_record_seal(workspace, bag, throttle->failures, &outcome->record))
		keybag_event_record_dirty(bag);
	return -EKEYREJECTED;
}

int keybag_try_secret(struct keybag_workspace *workspace, struct keybag_bag *bag, u64 try_id,
		      const struct keybag_credential *credential, struct keybag_outcome *outcome)
{
	bool counts = credential->kind != KEYBAG_PROTECTOR_NONE;
	const struct kb_protector *protector;
	int err;

	lockdep_assert_held(&bag->control);
	protector = keybag_protector_find(bag->sealed.form, credential);
	if (!protector)
		return -ENOENT;
	if (!keybag_credential_suits(bag->sealed.form, credential))
		return -EINVAL;
	if ((counts || try_id) && !take(bag, try_id))
		return -ECANCELED;

	err = keybag_protector_open(workspace, bag->uuid, protector, credential,
				    &workspace->keys);
	if (err == -EKEYREJECTED && !counts)
		return -EBADMSG;
	if (err == -EKEYREJECTED) {
		/* Whether a lock came meanwhile or not: else guesses could be had for nothing. */
		atomic64_set(&bag->try_running, 0);
		return count_wrong(workspace, bag, credential, outcome);
	}
	if (err)
		return err;

	outcome->retry_after_ns = counts ? 0 : keybag_throttle_wait(&bag->rollback->throttle);
	outcome->failures = counts ? 0 : bag->rollback->throttle.failures;
	err = keybag_bag_record_seal(workspace, bag, outcome->failures, &outcome->record);
	/* Here, too, so that it takes as long as a wrong one. */
	if (!err && try_id && !atomic64_read(&bag->try_running))
		err = -ECANCELED;
	/*
	 * Whoever has the device key could load a form of theirs, and have class B sealed to a
	 * public half of theirs; it opens with no secret of the owner's.
	 */
	if (!err)
		err = keybag_sealed_form_check_recovery(workspace, &bag->sealed,
							workspace->keys.bag);
	return err;
}

static int begin(struct keybag_workspace *workspace, struct keybag_bag *bag,
		 struct keybag_try *args, struct keybag_sealed_record *record)
{
	const struct keybag_throttle *throttle = &bag->rollback->throttle;
	int err;

	if (READ_ONCE(bag->gone))
		return -ENOENT;
	args->try_id = 0;
	args->record.length = 0;
	args->failures = throttle->failures;
	args->retry_after_ns = keybag_throttle_wait(throttle);
	if (args->retry_after_ns)
		return -EAGAIN;
	err = keybag_bag_record_seal(workspace, bag, throttle->failures + 1, record);
	if (err)
		return err;
	args->try_id = atomic64_inc_return(&last_try);
	atomic64_set(&bag->try_id, args->try_id);
	return 0;
}

static int cancel(struct keybag_workspace *workspace, struct keybag_bag *bag,
		  struct keybag_try *args, struct keybag_sealed_record *record)
{
	const struct keybag_throttle *throttle = &bag->rollback->throttle;

	if (READ_ONCE(bag->gone))
		return -ENOENT;
	if (!args->try_id || !use_up(bag, args->try_id))
		return -ECANCELED;
	args->failures = throttle->failures;
	args->retry_after_ns = keybag_throttle_wait(throttle);
	return keybag_bag_record_seal(workspace, bag, throttle->failures, record);
}

static int visit_try(struct keybag_try *args,
		     int (*act)(struct keybag_workspace *workspace, struct keybag_bag *bag,
				struct keybag_try *args, struct keybag_sealed_record *record))
{
	struct keybag_sealed_record record = {};
	struct keybag_visit visit;
	int err;

	if (args->reserved)
		return -EINVAL;
	err = keybag_record_check(&args->record);
	if (!err)
		err = keybag_visit_begin(&visit, args->uuid);
	if (err)
		return err;
	err = act(visit.workspace, visit.bag, args, &record);
	keybag_visit_end(&visit);
	return err ?: keybag_record_return(&record, &args->record);
}

int keybag_begin_try(struct keybag_try *args)
{
	return visit_try(args, begin);
}

int keybag_cancel_try(struct keybag_try *args)
{
	return visit_try(args, cancel);
}
