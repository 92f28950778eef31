// SPDX-License-Identifier: GPL-2.0-only
#include "task.h"

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
	result = keybag_task_run(verb, &task, item);
	keybag_task_trace(verb, &task, item, result);
	return result;
}
