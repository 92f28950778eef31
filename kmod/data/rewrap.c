// SPDX-License-Identifier: GPL-2.0-only
/*
 * REWRAP: opens a blob and seals its content again, under another class key or in another bag. The
 * content never leaves the buffer.
 */
#include <linux/err.h>
#include <linux/file.h>
#include "../bag/record.h"
#include "../compat.h"
#include "exchange.h"
#include "rewrap.h"
#include "unwrap.h"

static int open_locked(const struct keybag_access *source, const struct keybag_grant *grant,
		       struct keybag_work *work)
{
	struct keybag_slot *slot;

	if (work->header.flags & KB_BLOB_BY_CHILD)
		return -EINVAL;
	slot = keybag_unwrap_slot(source, grant, KEYBAG_RIGHT_REWRAP, work);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	if (work->header.class == KB_CLASS_B)
		return keybag_exchange_open(work, source->bag, slot);
	/* A child key goes from child key to child key. */
	return keybag_operation_open(work, work->header.flags & KB_BLOB_CHILD_KEY ?
				     slot->key.child : slot->key.encrypt);
}

static int seal_locked(const struct keybag_access *target, const struct keybag_grant *grant,
		       struct keybag_work *work, unsigned int class)
{
	struct keybag_slot *slot = keybag_access_slot(target, grant, KEYBAG_RIGHT_REWRAP, class);
	struct kb_blob_header header;
	int error;

	if (IS_ERR(slot))
		return PTR_ERR(slot);
	if (class == KB_CLASS_B && work->header.flags)
		return -EOPNOTSUPP;
	if (class != KB_CLASS_B && !slot->key.encrypt)
		return keybag_access_unavailable(target);
	error = class == KB_CLASS_B ? keybag_exchange_agree(work, target->bag,
							    slot->key_generation) : 0;
	if (!error)
		error = keybag_slot_count_wrap(target->bag, class, target->privileged);
	if (error)
		return error;

	keybag_access_header(grant, &header, class, slot->key_generation, work->header.flags);
	if (class == KB_CLASS_B)
		return keybag_exchange_seal(work, &header);
	return keybag_operation_seal(work, header.flags & KB_BLOB_CHILD_KEY ?
				     slot->key.child : slot->key.encrypt, slot->key.nonce, &header);
}

/*
 * From a keybag to a backup keybag of the same owner and back, a blob stays what it is: its class,
 * and whose domain it is. akpu has no place in a backup; what was sealed under B is ak there.
 */
static int check_backup(const struct keybag_access *source, const struct keybag_grant *from,
			const struct keybag_access *target, const struct keybag_grant *to,
			unsigned int old_class, unsigned int class)
{
	bool from_backup = source->bag->type == KEYBAG_TYPE_BACKUP;
	bool to_backup = target->bag->type == KEYBAG_TYPE_BACKUP;

	if (likely(!from_backup && !to_backup))
		return 0;
	if (from_backup == to_backup || !uid_eq(source->bag->owner, target->bag->owner) ||
	    memcmp(from->domain, to->domain, KEYBAG_DOMAIN_SIZE))
		return -EACCES;
	if (class != old_class && !(old_class == KB_CLASS_B && class == KB_CLASS_AK))
		return -EACCES;
	return KB_CLASS_BACKUP_NUMBERS >> class & 1 ? 0 : -EACCES;
}

/* Where the new associated data waits until the old one was used: behind the blob. */
static u8 *waiting_aad(const struct keybag_work *work, const struct keybag_item *item)
{
	return work->content + item->input_length - KEYBAG_BLOB_FRONT;
}

static long run(const struct keybag_task *task, const struct keybag_item *item)
{
	const struct keybag_access *source = &task->file->access;
	const struct keybag_access *target = &task->target->access;
	const struct keybag_grant *from = keybag_access_grant(source);
	const struct keybag_grant *to = target == source ? from : keybag_access_grant(target);
	struct keybag_work *work = task->work;
	int error;

	error = check_backup(source, from, target, to, work->header.class, item->class_number);
	if (!error)
		error = open_locked(source, from, work);
	if (error)
		return error;
	work->aad_length = item->new_aad_length;
	memcpy(work->content - work->aad_length, waiting_aad(work, item), work->aad_length);
	return seal_locked(target, to, work, item->class_number);
}

static long stay(struct keybag_task *task, const struct keybag_item *item)
{
	if (item->class_number == KB_CLASS_B || task->work->header.class == KB_CLASS_B)
		return keybag_task_stay_exchange(&keybag_rewrap_verb, task, item);
	return keybag_task_stay(&keybag_rewrap_verb, task, item);
}

static long hold_other(struct keybag_task *task, const struct keybag_item *item,
		       struct keybag_file *target)
{
	long result;

	if (!keybag_file_bound(target))
		return -ENOTCONN;
	/* The source is claimed already. */
	result = keybag_access_claim(&target->access);
	if (result)
		return result;
	task->target = target;
	result = stay(task, item);
	keybag_access_release(&target->access);
	return result;
}

/* The descriptor that is the target. */
static long hold(struct keybag_task *task, const struct keybag_item *item)
{
	struct keybag_file *other;
	struct fd target;
	long result;

	if (item->target == -1)
		return stay(task, item);

	target = fdget(item->target);
	if (!fd_file(target))
		return -EBADF;
	other = keybag_file_of(fd_file(target));
	if (!other)
		result = -EBADF;
	else if (other == task->file)
		result = stay(task, item);
	else
		result = hold_other(task, item, other);
	fdput(target);
	return result;
}

static long check(const struct keybag_item *item)
{
	u32 grows = kb_blob_overhead(item->class_number) - KB_BLOB_OVERHEAD;

	/* Whether the result fits depends on the class of the old blob, which place() reads. */
	if (item->flags || item->child || item->target < -1 ||
	    !kb_class_valid(item->class_number) ||
	    !keybag_blob_length_valid(item->input_length) || item->aad_length > KEYBAG_MAX_AAD ||
	    item->new_aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	return keybag_content_place(item->aad_length + item->new_aad_length) +
	       item->new_aad_length + item->input_length + grows;
}

/* Before the content there is room for either associated data; behind it the new one waits. */
static int place(struct keybag_work *work, const struct keybag_item *item)
{
	int error = keybag_operation_place_blob(work, item, item->new_aad_length);

	if (error)
		return error;
	if (item->output_capacity < work->content_length + kb_blob_overhead(item->class_number))
		return -EMSGSIZE;
	return keybag_copy_in(waiting_aad(work, item), u64_to_user_ptr(item->new_aad),
			      item->new_aad_length);
}

const struct keybag_verb keybag_rewrap_verb = {
	.number = KEYBAG_OP_REWRAP,
	.seals = true,
	.check = check,
	.place = place,
	.hold = hold,
	.run = run,
};

long keybag_rewrap(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_rewrap __user *data = argument;
	struct keybag_rewrap rewrap;
	u8 __user *aad;

	if (size <= sizeof(rewrap) + KEYBAG_BLOB_OVERHEAD)
		return -EINVAL;
	if (keybag_copy_in_short(&rewrap, argument, sizeof(rewrap)))
		return -EFAULT;
	if (rewrap.flags || rewrap.reserved ||
	    (u64)sizeof(rewrap) + rewrap.blob_length + rewrap.aad_length +
	    rewrap.new_aad_length != size)
		return -EINVAL;
	aad = data->data + rewrap.blob_length;
	return keybag_task_alone(&keybag_rewrap_verb, file, &(struct keybag_item){
		.class_number = rewrap.class_number,
		.target = rewrap.target,
		.input = (uintptr_t)data->data,
		.input_length = rewrap.blob_length,
		.aad = (uintptr_t)aad,
		.aad_length = rewrap.aad_length,
		.new_aad = (uintptr_t)(aad + rewrap.aad_length),
		.new_aad_length = rewrap.new_aad_length,
		.output = rewrap.new_blob,
		.output_capacity = rewrap.new_blob_capacity,
	});
}
