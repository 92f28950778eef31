// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include "event.h"
#include "floor.h"
#include "protector.h"
#include "try.h"

/* Never the same number twice, whatever is unloaded and loaded again. */
static atomic64_t last_try = ATOMIC64_INIT(0);

bool keybag_try_take(struct keybag_bag *bag, u64 try_id)
{
	return !try_id || (u64)atomic64_cmpxchg(&bag->try_id, try_id, 0) == try_id;
}

void keybag_try_void(struct keybag_bag *bag)
{
	/* The record on disk counts it. */
	if (atomic64_xchg(&bag->try_id, 0))
		keybag_event_record_dirty(bag);
}

static void report(const struct keybag_guess *guess, struct keybag_outcome *outcome)
{
	outcome->retry_after_ns = keybag_guess_wait(guess);
	outcome->failures = guess->failures;
}

static int count_wrong(struct keybag_workspace *workspace, struct keybag_bag *bag,
		       const struct keybag_credential *credential, struct keybag_outcome *outcome)
{
	struct keybag_guess *guess = &bag->floor->guess;

	keybag_guess_wrong(guess, workspace, bag->uuid, credential);
	report(guess, outcome);
	/* It is wrong and counted even when the record cannot be made; then it is made later. */
	if (keybag_bag_record_seal(workspace, bag, guess->failures, &outcome->record))
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
	if ((counts || try_id) && (!try_id || (u64)atomic64_read(&bag->try_id) != try_id))
		return -ECANCELED;

	err = keybag_protector_open(workspace, bag->uuid, protector, credential,
				    &workspace->keys);
	if (err == -EKEYREJECTED) {
		if (!counts)
			return -EBADMSG;
		/* Voided meanwhile: then it is not said either whether it was right. */
		if (!keybag_try_take(bag, try_id))
			return -ECANCELED;
		return count_wrong(workspace, bag, credential, outcome);
	}
	if (err)
		return err;

	outcome->retry_after_ns = counts ? 0 : keybag_guess_wait(&bag->floor->guess);
	outcome->failures = counts ? 0 : bag->floor->guess.failures;
	return keybag_bag_record_seal(workspace, bag, outcome->failures, &outcome->record);
}

static int begin(struct keybag_workspace *workspace, struct keybag_bag *bag,
		 struct keybag_try *args, struct keybag_sealed_record *record)
{
	const struct keybag_guess *guess = &bag->floor->guess;
	int err;

	if (bag->gone)
		return -ENOENT;
	args->try_id = 0;
	args->record.length = 0;
	args->failures = guess->failures;
	args->retry_after_ns = keybag_guess_wait(guess);
	if (args->retry_after_ns)
		return -EAGAIN;
	err = keybag_bag_record_seal(workspace, bag, guess->failures + 1, record);
	if (err)
		return err;
	args->try_id = atomic64_inc_return(&last_try);
	atomic64_set(&bag->try_id, args->try_id);
	return 0;
}

static int cancel(struct keybag_workspace *workspace, struct keybag_bag *bag,
		  struct keybag_try *args, struct keybag_sealed_record *record)
{
	const struct keybag_guess *guess = &bag->floor->guess;

	if (bag->gone)
		return -ENOENT;
	if (!args->try_id || !keybag_try_take(bag, args->try_id))
		return -ECANCELED;
	args->failures = guess->failures;
	args->retry_after_ns = keybag_guess_wait(guess);
	return keybag_bag_record_seal(workspace, bag, guess->failures, record);
}

static int with_bag(struct keybag_try *args,
		    int (*act)(struct keybag_workspace *workspace, struct keybag_bag *bag,
			       struct keybag_try *args, struct keybag_sealed_record *record))
{
	struct keybag_sealed_record record = {};
	struct keybag_workspace *workspace;
	struct keybag_bag *bag;
	int err;

	if (args->reserved)
		return -EINVAL;
	err = keybag_record_check(&args->record);
	if (err)
		return err;
	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag)
		return -ENOENT;
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace)) {
		err = PTR_ERR(workspace);
		goto out_put;
	}
	mutex_lock(&bag->control);
	err = act(workspace, bag, args, &record);
	mutex_unlock(&bag->control);
	keybag_workspace_end(workspace);
	if (!err)
		err = keybag_record_return(&record, &args->record);
out_put:
	keybag_bag_put(bag);
	return err;
}

int keybag_begin_try(struct keybag_try *args)
{
	return with_bag(args, begin);
}

int keybag_cancel_try(struct keybag_try *args)
{
	return with_bag(args, cancel);
}
