/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way of all data operations. What the caller asks for is checked and copied in; then, in a
 * stay (stay.h), rights and state are checked, the ciphers used, a secret copied out with page
 * faults disabled, what was written wiped and the stack burnt; then the trace is told. So what
 * holds a lock up is bounded, and when lock has returned nothing more is delivered. Where the copy
 * out meets a page that is not there, it leaves, has the page brought in, and starts over from the
 * copy in.
 *
 * The verbs of this file are always inlined: where the caller names its operation they are that
 * operation's own code, without a call by pointer.
 */
#ifndef _KEYBAG_TASK_H
#define _KEYBAG_TASK_H

#include "../bag/stay.h"
#include "../bag/trace.h"
#include "../crypto/burn.h"
#include "file.h"
#include "operation.h"

/* An item of a batch has to be run by itself, where memory may be brought in; no errno. */
#define KEYBAG_OUTSIDE		(-MAX_ERRNO + 2)

/**
 * struct keybag_task - an item on its way
 * @file: the descriptor, bound and claimed (access.h)
 * @target: the one whose bag seals the result; @file for all but REWRAP
 * @work: where it is laid out
 * @item: what the caller asks for
 */
struct keybag_task {
	struct keybag_file *file;
	struct keybag_file *target;
	struct keybag_work *work;
};

/**
 * struct keybag_verb - what an operation has of its own
 * @number: enum keybag_operation, or one of trace.h
 * @seals: the result is a blob, which is copied out after the stay. Others deliver in the stay, and
 *         nothing of their content is left after it
 * @hashes: leaves traces of a hash on the stack, which reach deeper than those of a cipher
 * @check: how large a buffer the item takes, -EINVAL or -EMSGSIZE
 * @place: copies the item in, and lays it out in a buffer of that size. Errors: -EFAULT, those of
 *         keybag_operation_read_front()
 * @hold: holds what the item needs beside @file around keybag_task_stay(), or
 *        keybag_task_stay_exchange(), which it calls; NULL where that is nothing
 * @run: in a stay, computes and delivers: the length of the result, or an error. The caller wipes
 */
struct keybag_verb {
	u32 number;
	bool seals;
	bool hashes;
	long (*check)(const struct keybag_item *item);
	int (*place)(struct keybag_work *work, const struct keybag_item *item);
	long (*hold)(struct keybag_task *task, const struct keybag_item *item);
	long (*run)(const struct keybag_task *task, const struct keybag_item *item);
};

/* In a stay, laid out. The stack is left to be burnt. */
static __always_inline long keybag_task_run(const struct keybag_verb *verb,
					    const struct keybag_task *task,
					    const struct keybag_item *item)
{
	long result = verb->run(task, item);

	if (!verb->seals || unlikely(result < 0))
		keybag_operation_wipe(task->work);
	return result;
}

static __always_inline void keybag_task_trace(const struct keybag_verb *verb,
					      const struct keybag_task *task,
					      const struct keybag_item *item, long result)
{
	trace_keybag_operation(task->file->access.bag, verb->number,
			       item->class_number ?: task->work->header.class,
			       result < 0 ? result : 0);
}

/* After the stay: tells the trace, and returns what was sealed. */
static __always_inline long keybag_task_finish(const struct keybag_verb *verb,
					       const struct keybag_task *task,
					       const struct keybag_item *item, long result)
{
	keybag_task_trace(verb, task, item, result);
	if (!verb->seals || unlikely(result < 0))
		return result;
	/* It was sealed, and that counts, also where the blob arrives in part. */
	keybag_access_spend(&task->file->access);
	keybag_access_spend(&task->target->access);
	return keybag_operation_return_blob(task->work, item->output);
}

/* Runs the task in a stay of its own. */
static __always_inline long keybag_task_stay(const struct keybag_verb *verb,
					     const struct keybag_task *task,
					     const struct keybag_item *item)
{
	struct keybag_bag *bag = task->file->access.bag;
	struct keybag_bag *to = task->target->access.bag;
	long result;

	if (likely(task->file == task->target))
		keybag_stay_begin(bag);
	else
		keybag_stay_begin_both(bag, to);
	result = keybag_task_run(verb, task, item);
	if (verb->hashes)
		keybag_burn_mac();
	else
		keybag_burn_cipher();
	if (likely(task->file == task->target))
		keybag_stay_end(bag);
	else
		keybag_stay_end_both(bag, to);
	return keybag_task_finish(verb, task, item, result);
}

/*
 * The same for a task under class B: with what it needs to agree on a key (exchange.h). Errors:
 * -ENOMEM, -ENOPKG, -EINTR too.
 */
long keybag_task_stay_exchange(const struct keybag_verb *verb, struct keybag_task *task,
			       const struct keybag_item *item);

/* The item is checked, and the work is as large as it takes. */
static __always_inline long keybag_task_attempt(const struct keybag_verb *verb,
						struct keybag_task *task,
						const struct keybag_item *item)
{
	long result;

	do {
		result = verb->place(task->work, item);
		if (likely(!result))
			result = verb->hold ? verb->hold(task, item) :
					      keybag_task_stay(verb, task, item);
	} while (keybag_operation_again(task->work, result));
	return keybag_operation_end(&task->file->access, task->work, result);
}

/*
 * One item: a command of its own. Like all data operations it wants a bound descriptor and a claim
 * to it, and returns what ioctl(2) returns.
 */
static __always_inline long keybag_task_alone(const struct keybag_verb *verb,
					      struct keybag_file *file,
					      const struct keybag_item *item)
{
	long result = verb->check(item);
	struct keybag_task task;

	if (unlikely(result < 0))
		return result;
	task = (struct keybag_task){ file, file, keybag_work_get(&file->work, result) };
	if (unlikely(!task.work))
		return -ENOMEM;
	result = keybag_task_attempt(verb, &task, item);
	keybag_work_put(&file->work, task.work);
	return result;
}

/* One of many, with the work @held where that is large enough. */
long keybag_task_item(const struct keybag_verb *verb, struct keybag_file *file,
		      struct keybag_work *held, const struct keybag_item *item);

/* The same in a stay that has begun, with page faults off: KEYBAG_FAULTED or KEYBAG_OUTSIDE too. */
long keybag_task_inside(const struct keybag_verb *verb, struct keybag_file *file,
			struct keybag_work *held, const struct keybag_item *item);

#endif /* _KEYBAG_TASK_H */
