// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include "exchange.h"
#include "unwrap.h"

static __always_inline int open_locked(const struct keybag_access *access,
				       struct keybag_work *work)
{
	struct keybag_slot *slot;

	/* A blob by a child key names no key here; a child key must not leave the kernel. */
	if (unlikely(work->header.flags))
		return work->header.flags & KB_BLOB_CHILD_KEY ? -EACCES : -EINVAL;

	slot = keybag_unwrap_slot(access, keybag_access_grant(access), KEYBAG_RIGHT_UNWRAP, work);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	if (unlikely(!slot->key.encrypt))
		return keybag_exchange_open(work, access->bag, slot);
	return keybag_operation_open(work, slot->key.encrypt);
}

noinline int keybag_unwrap_locked(const struct keybag_access *access, struct keybag_work *work)
{
	return open_locked(access, work);
}

static __always_inline long run(const struct keybag_task *task, const struct keybag_item *item)
{
	struct keybag_work *work = task->work;
	int error = open_locked(&task->file->access, work);

	if (likely(!error))
		error = keybag_operation_deliver(work, item->output, work->content,
						 work->content_length);
	return error ? error : (long)work->content_length;
}

static __always_inline long check(const struct keybag_item *item)
{
	return item->child ? -EINVAL : keybag_operation_check_open(item);
}

static __always_inline int place(struct keybag_work *work, const struct keybag_item *item)
{
	return keybag_operation_place_open(work, item);
}

static __always_inline long hold(struct keybag_task *task, const struct keybag_item *item)
{
	if (unlikely(task->work->header.class == KB_CLASS_B))
		return keybag_task_stay_exchange(&keybag_unwrap_verb, task, item);
	return keybag_task_stay(&keybag_unwrap_verb, task, item);
}

const struct keybag_verb keybag_unwrap_verb = {
	.number = KEYBAG_OP_UNWRAP,
	.check = check,
	.place = place,
	.hold = hold,
	.run = run,
};

long keybag_unwrap(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_unwrap __user *data = argument;
	struct keybag_unwrap unwrap KEYBAG_UNINITIALIZED;

	if (size <= sizeof(unwrap) + KEYBAG_BLOB_OVERHEAD)
		return -EINVAL;
	if (keybag_copy_in_short(&unwrap, argument, sizeof(unwrap)))
		return -EFAULT;
	if (unwrap.flags || (u64)sizeof(unwrap) + unwrap.blob_length + unwrap.aad_length != size)
		return -EINVAL;
	return keybag_task_alone(&keybag_unwrap_verb, file, &(struct keybag_item){
		.input = (uintptr_t)data->data,
		.input_length = unwrap.blob_length,
		.aad = (uintptr_t)(data->data + unwrap.blob_length),
		.aad_length = unwrap.aad_length,
		.output = unwrap.plaintext,
		.output_capacity = unwrap.plaintext_capacity,
	});
}
