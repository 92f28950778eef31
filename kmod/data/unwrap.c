// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include "../bag/stay.h"
#include "../bag/trace.h"
#include "../crypto/burn.h"
#include "operation.h"
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
	return keybag_operation_open(work, slot->key.encrypt);
}

noinline int keybag_unwrap_locked(const struct keybag_access *access, struct keybag_work *work)
{
	return open_locked(access, work);
}

/* Opens and delivers, in a stay. Blob and associated data are laid out. */
static __always_inline
int unwrap_locked(struct keybag_file *file, struct keybag_work *work, u8 __user *plaintext)
{
	int error = open_locked(&file->access, work);

	if (likely(!error))
		error = keybag_operation_deliver(work, plaintext, work->content,
						 work->content_length);
	keybag_operation_wipe(work);
	return error;
}

static __always_inline
long unwrap_placed(struct keybag_file *file, struct keybag_work *work, u8 __user *plaintext)
{
	struct keybag_bag *bag = file->access.bag;
	int error;

	keybag_stay_begin(bag);
	error = unwrap_locked(file, work, plaintext);
	keybag_burn_cipher();
	keybag_stay_end(bag);

	trace_keybag_operation(bag, KEYBAG_OP_UNWRAP, work->header.class, error);
	return error ? error : (long)work->content_length;
}

/* @room: bytes in the buffer before the caller's structure, for associated data moved there. */
static __always_inline
long attempt(struct keybag_file *file, struct keybag_work *work, unsigned int size,
	     unsigned int room, void __user *argument)
{
	/* Aligned to 4, for the sake of the content; a copy of it would cost. */
	struct keybag_unwrap *unwrap = (void *)work->buffer + room;
	u8 __user *plaintext;
	u32 blob_length;
	int error;

	if (keybag_copy_in(unwrap, argument, size))
		return -EFAULT;
	blob_length = unwrap->blob_length;
	if (unwrap->flags || !keybag_blob_length_valid(blob_length) ||
	    unwrap->aad_length > KEYBAG_MAX_AAD ||
	    sizeof(*unwrap) + blob_length + unwrap->aad_length != size)
		return -EINVAL;
	if (unwrap->plaintext_capacity < blob_length - KEYBAG_BLOB_OVERHEAD)
		return -EMSGSIZE;

	work->aad_length = unwrap->aad_length;
	plaintext = u64_to_user_ptr(get_unaligned(&unwrap->plaintext));
	error = keybag_operation_take_blob(work, unwrap->data, blob_length);
	if (error)
		return error;
	/* Written over from here on: the caller's structure and the front of the blob. */
	memcpy(work->content - work->aad_length, unwrap->data + blob_length, work->aad_length);
	keybag_operation_put_front(work);
	return unwrap_placed(file, work, plaintext);
}

long keybag_unwrap(struct keybag_file *file, unsigned int size, void __user *argument)
{
	unsigned int room;
	struct keybag_work *work;
	long result;

	if (size <= sizeof(struct keybag_unwrap) + KEYBAG_BLOB_OVERHEAD ||
	    size > sizeof(struct keybag_unwrap) + KEYBAG_BLOB_OVERHEAD + KEYBAG_MAX_PAYLOAD +
		   KEYBAG_MAX_AAD)
		return -EINVAL;

	room = min_t(unsigned int, round_up(size, KEYBAG_CONTENT_ALIGN), KEYBAG_MAX_AAD) +
	       KEYBAG_BLOB_SHIFT(sizeof(struct keybag_unwrap));
	work = keybag_work_get(&file->work, room + size);
	if (!work)
		return -ENOMEM;
	do
		result = attempt(file, work, size, room, argument);
	while (keybag_operation_again(work, result));
	result = keybag_operation_end(&file->access, work, result);
	keybag_work_put(&file->work, work);
	return result;
}

static long attempt_item(struct keybag_file *file, struct keybag_work *work,
			 const struct keybag_item *item)
{
	struct keybag_bag *bag = file->access.bag;
	int error = keybag_operation_place_blob(work, item, 0);

	if (error)
		return error;
	keybag_stay_begin(bag);
	error = keybag_unwrap_locked(&file->access, work);
	if (!error)
		error = keybag_operation_deliver(work, u64_to_user_ptr(item->output),
						 work->content, work->content_length);
	keybag_operation_wipe(work);
	keybag_burn_cipher();
	keybag_stay_end(bag);

	trace_keybag_operation(bag, KEYBAG_OP_UNWRAP, work->header.class, error);
	return error ? error : (long)work->content_length;
}

long keybag_unwrap_item(struct keybag_file *file, struct keybag_work *held,
			const struct keybag_item *item)
{
	struct keybag_work *work;
	long result;

	result = item->child ? -EINVAL : keybag_item_check_open(item);
	if (result)
		return result;
	work = keybag_work_fit(held, keybag_item_open_size(item));
	if (!work)
		return -ENOMEM;
	do
		result = attempt_item(file, work, item);
	while (keybag_operation_again(work, result));
	result = keybag_operation_end(&file->access, work, result);
	keybag_work_unfit(held, work);
	return result;
}

long keybag_unwrap_inside(struct keybag_file *file, struct keybag_work *work,
			  const struct keybag_item *item)
{
	int error = item->child ? -EINVAL : keybag_item_check_open(item);

	if (unlikely(error))
		return error;
	if (unlikely(keybag_item_open_size(item) > work->capacity))
		return KEYBAG_OUTSIDE;
	error = keybag_operation_place_blob(work, item, 0);
	if (unlikely(error))
		return error == -EFAULT ? KEYBAG_OUTSIDE : error;

	error = unwrap_locked(file, work, u64_to_user_ptr(item->output));
	trace_keybag_operation(file->access.bag, KEYBAG_OP_UNWRAP, work->header.class, error);
	return error ? error : (long)work->content_length;
}
