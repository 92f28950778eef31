// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include "../bag/record.h"
#include "../bag/stay.h"
#include "../bag/trace.h"
#include "../crypto/burn.h"
#include "operation.h"
#include "wrap.h"

/* The associated data stays where it is copied in, so what precedes it has to fit before that. */
static_assert(sizeof(struct keybag_wrap) <= KEYBAG_SEAL_FRONT);

/* What the caller asks for, taken out of the buffer before that is written over. */
struct request {
	u32 class;
	u32 flags;
	u8 __user *plaintext;
	u8 __user *blob;
};

static int seal(const struct keybag_access *access, struct keybag_work *work, unsigned int class,
		u8 __user *generated)
{
	const struct keybag_grant *grant = keybag_access_grant(access);
	struct keybag_slot *slot = keybag_access_slot(access, grant, KEYBAG_RIGHT_WRAP, class);
	struct kb_blob_header header;
	int error = 0;

	if (IS_ERR(slot))
		return PTR_ERR(slot);
	if (!slot->key.encrypt)
		return -ENOKEY;

	/* Before it is encrypted in place, and before the wrap is counted. */
	if (generated)
		error = keybag_operation_deliver(work, generated, work->content,
						 work->content_length);
	if (!error)
		error = keybag_slot_count_wrap(access->bag, class);
	if (error)
		return error;

	keybag_access_header(grant, &header, class, slot->key_generation, 0);
	return keybag_operation_seal(work, slot->key.encrypt, slot->key.nonce, &header);
}

int keybag_wrap_locked(const struct keybag_access *access, struct keybag_work *work,
		       unsigned int class, u8 __user *generated)
{
	int error = seal(access, work, class, generated);

	if (unlikely(error))
		keybag_operation_wipe(work);
	return error;
}

/* The secret the caller gives, or a new one. */
static int take_plaintext(struct keybag_work *work, const struct request *request)
{
	if (request->flags & KEYBAG_WRAP_GENERATE) {
		/*
		 * Early at boot a system bag may be asked before there is randomness. What a signal
		 * makes of that is the result of an item, so no call to restart.
		 */
		if (wait_for_random_bytes())
			return -EINTR;
		get_random_bytes(work->content, work->content_length);
		return 0;
	}
	if (likely(!keybag_copy_in(work->content, request->plaintext, work->content_length)))
		return 0;
	keybag_operation_wipe(work);
	return -EFAULT;
}

/* The buffer is laid out, the associated data in place. */
static long wrap_placed(struct keybag_file *file, struct keybag_work *work,
			const struct request *request)
{
	struct keybag_bag *bag = file->access.bag;
	int error = take_plaintext(work, request);

	if (unlikely(error))
		return error;

	keybag_stay_begin(bag);
	error = keybag_wrap_locked(&file->access, work, request->class,
				   request->flags & KEYBAG_WRAP_GENERATE ?
				   request->plaintext : NULL);
	keybag_burn_cipher();
	keybag_stay_end(bag);

	trace_keybag_operation(bag, KEYBAG_OP_WRAP, request->class, error);
	if (unlikely(error))
		return error;
	return keybag_operation_return_blob(work, request->blob);
}

static long attempt(struct keybag_file *file, struct keybag_work *work, unsigned int size,
		    void __user *argument)
{
	u8 *content = work->buffer + keybag_content_place(size - sizeof(struct keybag_wrap));
	struct request request;
	struct keybag_wrap wrap;

	if (keybag_copy_in(content - size, argument, size))
		return -EFAULT;
	memcpy(&wrap, content - size, sizeof(wrap));
	if (wrap.flags & ~KEYBAG_WRAP_GENERATE || wrap.reserved ||
	    !kb_class_valid(wrap.class_number) ||
	    wrap.plaintext_length - 1 >= KEYBAG_MAX_PAYLOAD ||
	    wrap.aad_length != size - sizeof(wrap))
		return -EINVAL;
	if (wrap.blob_capacity < wrap.plaintext_length + KEYBAG_BLOB_OVERHEAD)
		return -EMSGSIZE;

	work->content = content;
	work->content_length = wrap.plaintext_length;
	work->aad_length = wrap.aad_length;
	if (work->content + work->content_length + KB_BLOB_TAG_SIZE >
	    work->buffer + work->capacity)
		return KEYBAG_TOO_SMALL;

	request.class = wrap.class_number;
	request.flags = wrap.flags;
	request.plaintext = u64_to_user_ptr(wrap.plaintext);
	request.blob = u64_to_user_ptr(wrap.blob);
	return wrap_placed(file, work, &request);
}

long keybag_wrap(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_work *work;
	size_t need;
	long result;

	if (size < sizeof(struct keybag_wrap) || size > sizeof(struct keybag_wrap) + KEYBAG_MAX_AAD)
		return -EINVAL;

	need = keybag_content_place(size - sizeof(struct keybag_wrap));
again:
	work = keybag_work_get(&file->work, need);
	if (!work)
		return -ENOMEM;
	do
		result = attempt(file, work, size, argument);
	while (keybag_operation_again(work, result));
	result = keybag_operation_end(&file->access, work, result);
	keybag_work_put(&file->work, work);

	/* How long the secret is was not known before; now there is room for any. */
	if (unlikely(result == KEYBAG_TOO_SMALL)) {
		need += KEYBAG_MAX_PAYLOAD + KB_BLOB_TAG_SIZE;
		goto again;
	}
	return result;
}

static long attempt_item(struct keybag_file *file, struct keybag_work *work,
			 const struct keybag_item *item)
{
	const struct request request = {
		.class = item->class_number,
		.flags = item->flags,
		.plaintext = u64_to_user_ptr(item->input),
		.blob = u64_to_user_ptr(item->output),
	};
	int error = keybag_operation_place_aad(work, item);

	if (error)
		return error;
	work->content_length = item->input_length;
	return wrap_placed(file, work, &request);
}

long keybag_wrap_item(struct keybag_file *file, struct keybag_work *held,
		      const struct keybag_item *item)
{
	struct keybag_work *work;
	long result;

	if (item->flags & ~KEYBAG_WRAP_GENERATE || !kb_class_valid(item->class_number) ||
	    item->child || item->target || item->new_aad_length || item->new_aad ||
	    item->input_length - 1 >= KEYBAG_MAX_PAYLOAD || item->aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	if (item->output_capacity < item->input_length + KEYBAG_BLOB_OVERHEAD)
		return -EMSGSIZE;

	work = keybag_work_fit(held, keybag_content_place(item->aad_length) + item->input_length +
			       KB_BLOB_TAG_SIZE);
	if (!work)
		return -ENOMEM;
	do
		result = attempt_item(file, work, item);
	while (keybag_operation_again(work, result));
	result = keybag_operation_end(&file->access, work, result);
	keybag_work_unfit(held, work);
	return result;
}
