// SPDX-License-Identifier: GPL-2.0-only
/*
 * REWRAP: opens a blob and seals its content again, under another class key or in another bag. The
 * content never leaves the buffer.
 */
#include <linux/err.h>
#include <linux/file.h>
#include "../bag/record.h"
#include "../bag/stay.h"
#include "../bag/trace.h"
#include "../crypto/burn.h"
#include "operation.h"
#include "rewrap.h"
#include "unwrap.h"

/* What the caller asks for, taken out of the buffer before that is written over. */
struct request {
	u32 class;
	s32 target;
	u8 __user *blob;
	const u8 *new_aad;
	u32 new_aad_length;
};

static int open_locked(const struct keybag_access *source, const struct keybag_grant *grant,
		       struct keybag_work *work)
{
	struct keybag_slot *slot;

	if (work->header.flags & KB_BLOB_BY_CHILD)
		return -EINVAL;
	slot = keybag_unwrap_slot(source, grant, KEYBAG_RIGHT_REWRAP, work);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
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
	if (!slot->key.encrypt)
		return -ENOKEY;
	error = keybag_slot_count_wrap(target->bag, class);
	if (error)
		return error;

	keybag_access_header(grant, &header, class, slot->key_generation, work->header.flags);
	return keybag_operation_seal(work, header.flags & KB_BLOB_CHILD_KEY ?
				     slot->key.child : slot->key.encrypt, slot->key.nonce, &header);
}

static int rewrap_locked(const struct keybag_access *source, const struct keybag_access *target,
			 struct keybag_work *work, const struct request *request)
{
	const struct keybag_grant *from = keybag_access_grant(source);
	const struct keybag_grant *to = target == source ? from : keybag_access_grant(target);
	int error = open_locked(source, from, work);

	if (!error) {
		work->aad_length = request->new_aad_length;
		memcpy(work->content - work->aad_length, request->new_aad, work->aad_length);
		error = seal_locked(target, to, work, request->class);
	}
	if (error)
		keybag_operation_wipe(work);
	return error;
}

/* The old blob is laid out, @request->new_aad in the buffer behind it. */
static long rewrap_to(struct keybag_file *file, struct keybag_file *target,
		      struct keybag_work *work, const struct request *request)
{
	struct keybag_bag *from = file->access.bag;
	struct keybag_bag *to = target->access.bag;
	int error;

	keybag_stay_begin_both(from, to);
	error = rewrap_locked(&file->access, &target->access, work, request);
	keybag_burn_cipher();
	keybag_stay_end_both(from, to);

	trace_keybag_operation(from, KEYBAG_OP_REWRAP, request->class, error);
	return error ?: keybag_operation_return_blob(work, request->blob);
}

static long rewrap_between(struct keybag_file *file, struct keybag_file *target,
			   struct keybag_work *work, const struct request *request)
{
	long result;

	if (target == file)
		return rewrap_to(file, file, work, request);
	if (!keybag_file_bound(target))
		return -ENOTCONN;
	/* The source is claimed already. */
	result = keybag_access_claim(&target->access);
	if (result)
		return result;
	result = rewrap_to(file, target, work, request);
	if (result >= 0)
		keybag_access_spend(&target->access);
	keybag_access_release(&target->access);
	return result;
}

static long rewrap_placed(struct keybag_file *file, struct keybag_work *work,
			  const struct request *request)
{
	struct keybag_file *other;
	struct fd target;
	long result;

	if (request->target == -1)
		return rewrap_to(file, file, work, request);

	target = fdget(request->target);
	if (!fd_file(target))
		return -EBADF;
	other = keybag_file_of(fd_file(target));
	result = other ? rewrap_between(file, other, work, request) : -EBADF;
	fdput(target);
	return result;
}

/* @room: as for unwrap. */
static long rewrap(struct keybag_file *file, struct keybag_work *work, unsigned int size,
		   unsigned int room, void __user *argument)
{
	u8 *blob = work->buffer + room + sizeof(struct keybag_rewrap);
	struct keybag_rewrap rewrap;
	struct request request;
	u32 blob_length;
	int error;

	if (keybag_copy_in(blob - sizeof(rewrap), argument, size))
		return -EFAULT;
	memcpy(&rewrap, blob - sizeof(rewrap), sizeof(rewrap));
	blob_length = rewrap.blob_length;
	if (rewrap.flags || rewrap.reserved || !kb_class_valid(rewrap.class_number) ||
	    rewrap.target < -1 || !keybag_blob_length_valid(blob_length) ||
	    rewrap.aad_length > KEYBAG_MAX_AAD || rewrap.new_aad_length > KEYBAG_MAX_AAD ||
	    sizeof(rewrap) + blob_length + rewrap.aad_length + rewrap.new_aad_length != size)
		return -EINVAL;
	if (rewrap.new_blob_capacity < blob_length)
		return -EMSGSIZE;

	request.class = rewrap.class_number;
	request.target = rewrap.target;
	request.blob = u64_to_user_ptr(rewrap.new_blob);
	request.new_aad = blob + blob_length + rewrap.aad_length;
	request.new_aad_length = rewrap.new_aad_length;

	work->aad_length = rewrap.aad_length;
	error = keybag_operation_take_blob(work, blob, blob_length);
	if (error)
		return error;
	memcpy(work->content - work->aad_length,
	       work->content + work->content_length + KB_BLOB_TAG_SIZE, work->aad_length);
	keybag_operation_put_front(work);
	return rewrap_placed(file, work, &request);
}

long keybag_rewrap(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_work *work;
	unsigned int room;
	long result;

	if (size <= sizeof(struct keybag_rewrap) + KEYBAG_BLOB_OVERHEAD ||
	    size > sizeof(struct keybag_rewrap) + KEYBAG_BLOB_OVERHEAD + KEYBAG_MAX_PAYLOAD +
		   2 * KEYBAG_MAX_AAD)
		return -EINVAL;

	room = min_t(unsigned int, round_up(size, KEYBAG_CONTENT_ALIGN), KEYBAG_MAX_AAD) +
	       KEYBAG_BLOB_SHIFT(sizeof(struct keybag_rewrap));
	work = keybag_work_get(&file->work, room + size);
	if (!work)
		return -ENOMEM;
	result = rewrap(file, work, size, room, argument);
	keybag_work_put(&file->work, work);

	if (result >= 0)
		keybag_access_spend(&file->access);
	return result;
}

/* Before the content there is room for either associated data; behind it the new one waits. */
static long rewrap_item(struct keybag_file *file, struct keybag_work *work,
			const struct keybag_item *item)
{
	struct request request = {
		.class = item->class_number,
		.target = item->target,
		.blob = u64_to_user_ptr(item->output),
		.new_aad_length = item->new_aad_length,
	};
	u8 *new_aad;
	int error;

	error = keybag_operation_place_blob(work, item, item->new_aad_length);
	if (error)
		return error;
	new_aad = work->content + work->content_length + KB_BLOB_TAG_SIZE;
	if (keybag_copy_in(new_aad, u64_to_user_ptr(item->new_aad), item->new_aad_length))
		return -EFAULT;
	request.new_aad = new_aad;
	return rewrap_placed(file, work, &request);
}

long keybag_rewrap_item(struct keybag_file *file, struct keybag_work *held,
			const struct keybag_item *item)
{
	struct keybag_work *work;
	long result;

	if (item->flags || item->child || item->target < -1 ||
	    !kb_class_valid(item->class_number) ||
	    !keybag_blob_length_valid(item->input_length) || item->aad_length > KEYBAG_MAX_AAD ||
	    item->new_aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	if (item->output_capacity < item->input_length)
		return -EMSGSIZE;

	work = keybag_work_fit(held, keybag_content_place(item->aad_length +
							  item->new_aad_length) +
			       item->new_aad_length + item->input_length);
	if (!work)
		return -ENOMEM;
	result = rewrap_item(file, work, item);
	keybag_work_unfit(held, work);

	if (result >= 0)
		keybag_access_spend(&file->access);
	return result;
}
