// SPDX-License-Identifier: GPL-2.0-only
/*
 * OPERATE and BATCH: operations that name their data by address.
 */
#include <linux/sched/signal.h>
#include "burn.h"
#include "commands.h"
#include "operation.h"

/*
 * Items taken from user memory at a time. So many that only open blobs are run in one stay under
 * bag->rwsem: a lock waits for no more, and what a stay costs is shared.
 */
#define GROUP	8

/**
 * struct batch - a batch under way
 * @file: the descriptor
 * @work: for all items that it is large enough for
 * @inside: bag->rwsem is held, page faults are disabled
 */
struct batch {
	struct keybag_file *file;
	struct keybag_work *work;
	bool inside;
};

static void enter(struct batch *batch)
{
	if (batch->inside)
		return;
	down_read(&batch->file->access.bag->rwsem);
	pagefault_disable();
	batch->inside = true;
}

static void leave(struct batch *batch)
{
	if (!batch->inside)
		return;
	keybag_burn_cipher();
	pagefault_enable();
	up_read(&batch->file->access.bag->rwsem);
	batch->inside = false;
}

static long run_inside(struct batch *batch, const struct keybag_item *item)
{
	switch (item->operation) {
	case KEYBAG_OP_UNWRAP:
		enter(batch);
		return keybag_unwrap_inside(batch->file, batch->work, item);
	case KEYBAG_OP_CHILD_DECRYPT:
		enter(batch);
		return keybag_child_decrypt_inside(batch->file, batch->work, item);
	default:
		return KEYBAG_OUTSIDE;
	}
}

static long run_outside(struct keybag_file *file, struct keybag_work *work,
			const struct keybag_item *item)
{
	switch (item->operation) {
	case KEYBAG_OP_WRAP:
		return keybag_wrap_item(file, work, item);
	case KEYBAG_OP_UNWRAP:
		return keybag_unwrap_item(file, work, item);
	case KEYBAG_OP_REWRAP:
		return keybag_rewrap_item(file, work, item);
	case KEYBAG_OP_CHILD_ENCRYPT:
		return keybag_child_encrypt_item(file, work, item);
	case KEYBAG_OP_CHILD_DECRYPT:
		return keybag_child_decrypt_item(file, work, item);
	case KEYBAG_OP_CHILD_MAC:
		return keybag_child_mac_item(file, work, item);
	default:
		return -EINVAL;
	}
}

/* An access with limits spends itself item by item, outside. */
static long run(struct batch *batch, const struct keybag_item *item)
{
	long result = KEYBAG_OUTSIDE;

	batch->work->rounds = 0;
	if (likely(!batch->file->access.limited))
		result = run_inside(batch, item);
	if (likely(result != KEYBAG_OUTSIDE && result != KEYBAG_FAULTED))
		return result;

	leave(batch);
	/* Part of a secret may have been delivered: that is one round. */
	batch->work->rounds = result == KEYBAG_FAULTED;
	return run_outside(batch->file, batch->work, item);
}

static int take_items(struct keybag_item *items, u32 count, void __user *from, size_t item_size)
{
	int error = 0;
	u32 i;

	if (likely(item_size == sizeof(*items)))
		return keybag_copy_in(items, from, count * sizeof(*items));
	for (i = 0; i < count && !error; i++)
		error = copy_struct_from_user(&items[i], sizeof(*items), from + i * item_size,
					      item_size);
	return error;
}

/* The results of a group, each where the item is. */
static int give_results(const struct keybag_item *items, u32 count, void __user *to,
			size_t item_size)
{
	struct keybag_item __user *item;
	u32 i;

	if (!user_write_access_begin(to, count * item_size))
		return -EFAULT;
	for (i = 0; i < count; i++) {
		item = to + i * item_size;
		unsafe_put_user(items[i].result, &item->result, fault);
	}
	user_write_access_end();
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

/* Runs up to GROUP items. Errors of items are in their results; @done counts the others. */
static int run_group(struct batch *batch, u32 count, void __user *address, size_t item_size,
		     long *done)
{
	struct keybag_item items[GROUP] KEYBAG_UNINITIALIZED;
	int error;
	u32 i;

	error = take_items(items, count, address, item_size);
	if (error)
		return error;
	for (i = 0; i < count; i++) {
		items[i].result = run(batch, &items[i]);
		*done += items[i].result >= 0;
	}
	leave(batch);
	return give_results(items, count, address, item_size);
}

long keybag_operate(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_item __user *address = argument;
	struct keybag_item item;
	struct keybag_work *work;
	long result;
	int error;

	if (size < sizeof(item))
		return -EINVAL;
	error = copy_struct_from_user(&item, sizeof(item), argument, size);
	if (error)
		return error;
	work = keybag_work_get(&file->work, 0);
	if (!work)
		return -ENOMEM;
	result = run_outside(file, work, &item);
	keybag_work_put(&file->work, work);
	return put_user((s32)result, &address->result) ? -EFAULT : result;
}

long keybag_batch(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct batch state = { .file = file };
	struct keybag_batch batch = {};
	void __user *address;
	long done = 0;
	int error;
	u32 count;

	error = copy_struct_from_user(&batch, sizeof(batch), argument, size);
	if (error)
		return error;
	if (batch.count - 1 >= KEYBAG_MAX_BATCH || batch.item_size < sizeof(struct keybag_item) ||
	    batch.item_size > PAGE_SIZE)
		return -EINVAL;

	state.work = keybag_work_get(&file->work, 0);
	if (!state.work)
		return -ENOMEM;
	address = u64_to_user_ptr(batch.items);
	for (; batch.count && !error; batch.count -= count) {
		count = min_t(u32, batch.count, GROUP);
		error = run_group(&state, count, address, batch.item_size, &done);
		address += count * batch.item_size;
		if (fatal_signal_pending(current))
			error = -EINTR;
		cond_resched();
	}
	keybag_work_put(&file->work, state.work);
	return error ? error : done;
}
