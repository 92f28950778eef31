// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include "../bag/record.h"
#include "exchange.h"
#include "wrap.h"

static int seal(const struct keybag_access *access, struct keybag_work *work, unsigned int class,
		u64 generated)
{
	const struct keybag_grant *grant = keybag_access_grant(access);
	struct keybag_slot *slot = keybag_access_slot(access, grant, KEYBAG_RIGHT_WRAP, class);
	struct kb_blob_header header;
	int error = 0;

	if (IS_ERR(slot))
		return PTR_ERR(slot);
	/* The public half of class B is enough, and always there. */
	if (!slot->key.encrypt && class != KB_CLASS_B)
		return -ENOKEY;

	/* Whoever has got a secret has a blob of it: what can fail comes before. */
	if (class == KB_CLASS_B)
		error = keybag_exchange_agree(work, access->bag, slot->key_generation);
	/* Before it is encrypted in place, and before the wrap is counted. */
	if (!error && generated)
		error = keybag_operation_deliver(work, generated, work->content,
						 work->content_length);
	if (!error)
		error = keybag_slot_count_wrap(access->bag, class, access->privileged);
	if (error)
		return error;

	keybag_access_header(grant, &header, class, slot->key_generation, 0);
	if (class == KB_CLASS_B)
		return keybag_exchange_seal(work, &header);
	return keybag_operation_seal(work, slot->key.encrypt, slot->key.nonce, &header);
}

int keybag_wrap_locked(const struct keybag_access *access, struct keybag_work *work,
		       unsigned int class, u64 generated)
{
	int error = seal(access, work, class, generated);

	if (unlikely(error))
		keybag_operation_wipe(work);
	return error;
}

static long check(const struct keybag_item *item)
{
	if (item->flags & ~KEYBAG_WRAP_GENERATE || !kb_class_valid(item->class_number) ||
	    item->child || item->target || item->new_aad_length || item->new_aad)
		return -EINVAL;
	return keybag_operation_check_seal(item);
}

/* The secret the caller gives, or a new one. */
static int place(struct keybag_work *work, const struct keybag_item *item)
{
	int error;

	if (!(item->flags & KEYBAG_WRAP_GENERATE))
		return keybag_operation_place_plain(work, item);
	error = keybag_operation_place_aad(work, item);
	if (error)
		return error;
	/*
	 * Early at boot a system bag may be asked before there is randomness. What a signal makes
	 * of that is the result of an item, so no call to restart.
	 */
	if (wait_for_random_bytes())
		return -EINTR;
	work->content_length = item->input_length;
	get_random_bytes(work->content, work->content_length);
	return 0;
}

static long hold(struct keybag_task *task, const struct keybag_item *item)
{
	if (item->class_number == KB_CLASS_B)
		return keybag_task_stay_exchange(&keybag_wrap_verb, task, item);
	return keybag_task_stay(&keybag_wrap_verb, task, item);
}

static long run(const struct keybag_task *task, const struct keybag_item *item)
{
	return keybag_wrap_locked(&task->file->access, task->work, item->class_number,
				  item->flags & KEYBAG_WRAP_GENERATE ? item->input : 0);
}

const struct keybag_verb keybag_wrap_verb = {
	.number = KEYBAG_OP_WRAP,
	.seals = true,
	.check = check,
	.place = place,
	.hold = hold,
	.run = run,
};

long keybag_wrap(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_wrap __user *data = argument;
	struct keybag_wrap wrap;

	if (size < sizeof(wrap))
		return -EINVAL;
	if (keybag_copy_in_short(&wrap, argument, sizeof(wrap)))
		return -EFAULT;
	if (wrap.reserved || wrap.aad_length != size - sizeof(wrap))
		return -EINVAL;
	return keybag_task_alone(&keybag_wrap_verb, file, &(struct keybag_item){
		.class_number = wrap.class_number,
		.flags = wrap.flags,
		.input = wrap.plaintext,
		.input_length = wrap.plaintext_length,
		.aad = (uintptr_t)data->data,
		.aad_length = wrap.aad_length,
		.output = wrap.blob,
		.output_capacity = wrap.blob_capacity,
	});
}
