// SPDX-License-Identifier: GPL-2.0-only
/*
 * OPERATE and BATCH: operations that name their data by address.
 */
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include "batch.h"
#include "child_use.h"
#include "rewrap.h"
#include "task.h"
#include "unwrap.h"
#include "wrap.h"

/*
 * Items taken from user memory at a time. So many that seal nothing, each of KEYBAG_WORK_SMALL at
 * most, are run in one stay: a lock waits for no more, and what a stay costs is shared.
 */
#define GROUP	8

/* The operations that items may ask for. */
static const struct keybag_verb *const verbs[] = {
	[KEYBAG_OP_WRAP] = &keybag_wrap_verb,
	[KEYBAG_OP_UNWRAP] = &keybag_unwrap_verb,
	[KEYBAG_OP_REWRAP] = &keybag_rewrap_verb,
	[KEYBAG_OP_CHILD_ENCRYPT] = &keybag_child_encrypt_verb,
	[KEYBAG_OP_CHILD_DECRYPT] = &keybag_child_decrypt_verb,
	[KEYBAG_OP_CHILD_MAC] = &keybag_child_mac_verb,
};

/* NULL for what is not known. */
static const struct keybag_verb *verb_of(const struct keybag_item *item)
{
	u32 number = item->operation;

	if (unlikely(number >= ARRAY_SIZE(verbs)))
		return NULL;
	/* It comes from callers, and leads to code: not even where the check is only predicted. */
	return verbs[array_index_nospec(number, ARRAY_SIZE(verbs))];
}

/**
 * struct batch - a batch under way
 * @file: the descriptor
 * @work: for all items that it is large enough for
 * @inside: in a stay, page faults are disabled
 * @hashed: since it began, see struct keybag_verb
 */
struct batch {
	struct keybag_file *file;
	struct keybag_work *work;
	bool inside;
	bool hashed;
};

static void enter(struct batch *batch)
{
	if (batch->inside)
		return;
	keybag_stay_begin(batch->file->access.bag);
	pagefault_disable();
	batch->inside = true;
	batch->hashed = false;
}

static void leave(struct batch *batch)
{
	if (!batch->inside)
		return;
	if (batch->hashed)
		keybag_burn_mac();
	else
		keybag_burn_cipher();
	pagefault_enable();
	keybag_stay_end(batch->file->access.bag);
	batch->inside = false;
}

static long run_inside(struct batch *batch, const struct keybag_verb *verb,
		       const struct keybag_item *item)
{
	/* An access with limits spends itself item by item; a blob is copied out after the stay. */
	if (unlikely(batch->file->access.limited) || verb->seals)
		return KEYBAG_OUTSIDE;
	enter(batch);
	batch->hashed |= verb->hashes;
	return keybag_task_inside(verb, batch->file, batch->work, item);
}

static long run(struct batch *batch, const struct keybag_item *item)
{
	const struct keybag_verb *verb = verb_of(item);
	long result;

	if (unlikely(!verb))
		return -EINVAL;
	batch->work->rounds = 0;
	result = run_inside(batch, verb, item);
	if (likely(result != KEYBAG_OUTSIDE && result != KEYBAG_FAULTED))
		return result;

	leave(batch);
	/* Part of a secret may have been delivered: that is one round. */
	batch->work->rounds = result == KEYBAG_FAULTED;
	return keybag_task_item(verb, batch->file, batch->work, item);
}

/*
 * Takes up to @count items: returns how many could be read. Those that ask for what is not known
 * here are in @ret_unknown, a bit each.
 */
static u32 take_items(struct keybag_item *items, u32 count, void __user *from, size_t item_size,
		      unsigned long *ret_unknown)
{
	int error;
	u32 i;

	*ret_unknown = 0;
	if (likely(item_size == sizeof(*items)) &&
	    likely(!keybag_copy_in(items, from, count * sizeof(*items))))
		return count;
	for (i = 0; i < count; i++) {
		error = copy_struct_from_user(&items[i], sizeof(*items), from + i * item_size,
					      item_size);
		if (error == -E2BIG)
			__set_bit(i, ret_unknown);
		else if (error)
			break;
	}
	return i;
}

/* The results of a group, each where the item is: returns how many could be written. */
static u32 give_results(const struct keybag_item *items, u32 count, void __user *to,
			size_t item_size)
{
	struct keybag_item __user *item;
	u32 i = 0;

	if (!user_write_access_begin(to, count * item_size))
		return 0;
	for (; i < count; i++) {
		item = to + i * item_size;
		unsafe_put_user(items[i].result, &item->result, fault);
	}
fault:
	user_write_access_end();
	return i;
}

/*
 * Runs up to GROUP items. Errors of items are in their results; @done counts the others. Returns of
 * how many the results were told: less than @count where memory of the caller is missing.
 */
static u32 run_group(struct batch *batch, u32 count, void __user *address, size_t item_size,
		     long *done)
{
	struct keybag_item items[GROUP] KEYBAG_UNINITIALIZED;
	unsigned long unknown;
	u32 i, told;

	count = take_items(items, count, address, item_size, &unknown);
	for (i = 0; i < count; i++)
		items[i].result = unlikely(test_bit(i, &unknown)) ? -E2BIG : run(batch, &items[i]);
	leave(batch);
	told = give_results(items, count, address, item_size);
	for (i = 0; i < told; i++)
		*done += items[i].result >= 0;
	return told;
}

long keybag_operate(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_item __user *address = argument;
	const struct keybag_verb *verb;
	struct keybag_item item;
	long result;
	int error;

	if (size < KEYBAG_ITEM_SIZE_VER0)
		return -EINVAL;
	error = copy_struct_from_user(&item, sizeof(item), argument, size);
	if (error)
		return error;
	verb = verb_of(&item);
	result = verb ? keybag_task_alone(verb, file, &item) : -EINVAL;
	return put_user((s32)result, &address->result) ? -EFAULT : result;
}

long keybag_batch(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct batch state = { .file = file };
	struct keybag_batch batch = {};
	void __user *address;
	u32 count, told, left;
	long done = 0;
	int error;

	error = copy_struct_from_user(&batch, sizeof(batch), argument, size);
	if (error)
		return error;
	if (batch.count - 1 >= KEYBAG_MAX_BATCH || batch.item_size < KEYBAG_ITEM_SIZE_VER0 ||
	    batch.item_size > PAGE_SIZE)
		return -EINVAL;

	state.work = keybag_work_get(&file->work, 0);
	if (!state.work)
		return -ENOMEM;
	address = u64_to_user_ptr(batch.items);
	for (left = batch.count; left; left -= told) {
		count = min_t(u32, left, GROUP);
		told = run_group(&state, count, address, batch.item_size, &done);
		address += told * batch.item_size;
		if (told < count)
			error = -EFAULT;
		else if (fatal_signal_pending(current))
			error = -EINTR;
		if (error)
			break;
		cond_resched();
	}
	keybag_work_put(&file->work, state.work);
	/* A later error does not take back what was done and told before it. */
	return address == u64_to_user_ptr(batch.items) ? error : done;
}
