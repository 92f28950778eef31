// SPDX-License-Identifier: GPL-2.0-only
#include "exchange.h"
#include "task.h"

long keybag_task_stay_exchange(const struct keybag_verb *verb, struct keybag_task *task,
			       const struct keybag_item *item)
{
	struct keybag_bag *bag = task->file->access.bag;
	struct keybag_bag *to = task->target->access.bag;
	long result;

	result = keybag_exchange_begin(task->work, item->class_number == KB_CLASS_B, bag, to);
	if (result) {
		keybag_operation_wipe(task->work);
		return result;
	}
	result = keybag_task_run(verb, task, item);
	keybag_exchange_end(task->work, bag, to);
	return keybag_task_finish(verb, task, item, result);
}

long keybag_task_item(const struct keybag_verb *verb, struct keybag_file *file,
		      struct keybag_work *held, const struct keybag_item *item)
{
	struct keybag_task task = { file, file };
	long result = verb->check(item);

	if (result < 0)
		return result;
	task.work = keybag_work_fit(held, result);
	if (!task.work)
		return -ENOMEM;
	result = keybag_task_attempt(verb, &task, item);
	keybag_work_unfit(held, task.work);
	return result;
}

long keybag_task_inside(const struct keybag_verb *verb, struct keybag_file *file,
			struct keybag_work *held, const struct keybag_item *item)
{
	const struct keybag_task task = { file, file, held };
	long result = verb->check(item);

	if (unlikely(result < 0))
		return result;
	if (unlikely(result > held->capacity))
		return KEYBAG_OUTSIDE;
	result = verb->place(held, item);
	if (unlikely(result))
		return result == -EFAULT ? KEYBAG_OUTSIDE : result;
	/* It needs a stay of its own kind. */
	if (unlikely(held->header.class == KB_CLASS_B))
		return KEYBAG_OUTSIDE;
	result = keybag_task_run(verb, &task, item);
	keybag_task_trace(verb, &task, item, result);
	return result;
}
