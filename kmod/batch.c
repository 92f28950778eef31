// SPDX-License-Identifier: GPL-2.0-only
/*
 * OPERATE and BATCH: operations that name their data by address.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include "commands.h"

static long operate(struct keybag_file *file, struct keybag_work *work,
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

/* Runs the item of @size bytes at @address. Errors of the item itself are in @ret_result only. */
static int run(struct keybag_file *file, struct keybag_work *work,
	       struct keybag_item __user *address, size_t size, long *ret_result)
{
	struct keybag_item item;
	int error = copy_struct_from_user(&item, sizeof(item), address, size);

	if (error)
		return error;
	*ret_result = operate(file, work, &item);
	return put_user(*ret_result, &address->result);
}

long keybag_operate(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_work *work;
	long result;
	int error;

	if (size < sizeof(struct keybag_item))
		return -EINVAL;
	work = keybag_work_get(&file->work, 0);
	if (!work)
		return -ENOMEM;
	error = run(file, work, argument, size, &result);
	keybag_work_put(&file->work, work);
	return error ?: result;
}

long keybag_batch(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_item __user *address;
	struct keybag_batch batch = {};
	struct keybag_work *work;
	long done = 0, result;
	int error;
	u32 i;

	error = copy_struct_from_user(&batch, sizeof(batch), argument, size);
	if (error)
		return error;
	if (batch.count - 1 >= KEYBAG_MAX_BATCH || batch.item_size < sizeof(struct keybag_item) ||
	    batch.item_size > PAGE_SIZE)
		return -EINVAL;

	work = keybag_work_get(&file->work, 0);
	if (!work)
		return -ENOMEM;
	for (i = 0; i < batch.count; i++) {
		address = u64_to_user_ptr(batch.items + (u64)i * batch.item_size);
		error = run(file, work, address, batch.item_size, &result);
		if (error)
			break;
		done += result >= 0;
		if (fatal_signal_pending(current)) {
			error = -EINTR;
			break;
		}
		cond_resched();
	}
	keybag_work_put(&file->work, work);
	return error ?: done;
}
