// SPDX-License-Identifier: GPL-2.0-only
/*
 * What open child keys do: encrypt, decrypt, authenticate.
 */
#include <linux/err.h>
#include "../bag/stay.h"
#include "../bag/trace.h"
#include "../crypto/burn.h"
#include "child_use.h"
#include "operation.h"

/* Blobs a child key makes from when it is opened. */
#define MAX_WRAPS	BIT_ULL(32)

/*
 * The open child key of that number, if @grant permits @right on it. Call in a stay, which is what
 * keeps it.
 */
static struct keybag_child *find(struct keybag_file *file, const struct keybag_grant *grant,
				 u32 right, u32 number)
{
	struct keybag_child *child = xa_load(&file->children, number);
	struct keybag_slot *slot;

	if (!child)
		return ERR_PTR(-ENOENT);
	slot = keybag_access_slot(&file->access, grant, right, child->class);
	if (IS_ERR(slot) && slot != ERR_PTR(-ENOENT))
		return ERR_CAST(slot);
	/* Wiped with its class, whatever became of that since. */
	return child->key.encrypt ? child : ERR_PTR(-ENOKEY);
}

static int encrypt_locked(struct keybag_file *file, struct keybag_work *work, u32 number)
{
	const struct keybag_grant *grant = keybag_access_grant(&file->access);
	struct keybag_child *child = find(file, grant, KEYBAG_RIGHT_CHILD_ENCRYPT, number);
	struct kb_blob_header header;

	if (IS_ERR(child))
		return PTR_ERR(child);
	if (unlikely(atomic64_inc_return(&child->wraps) > MAX_WRAPS)) {
		atomic64_dec(&child->wraps);
		return -EKEYEXPIRED;
	}
	keybag_access_header(grant, &header, child->class, child->key_generation, KB_BLOB_BY_CHILD);
	return keybag_operation_seal(work, child->key.encrypt, child->key.nonce, &header);
}

static long encrypt(struct keybag_file *file, struct keybag_work *work,
		    const struct keybag_item *item)
{
	struct keybag_bag *bag = file->access.bag;
	int error = keybag_operation_place_aad(work, item);

	if (error)
		return error;
	work->content_length = item->input_length;
	if (keybag_copy_in(work->content, u64_to_user_ptr(item->input), item->input_length)) {
		keybag_operation_wipe(work);
		return -EFAULT;
	}

	keybag_stay_begin(bag);
	error = encrypt_locked(file, work, item->child);
	if (unlikely(error))
		keybag_operation_wipe(work);
	keybag_burn_cipher();
	keybag_stay_end(bag);

	trace_keybag_operation(bag, KEYBAG_OP_CHILD_ENCRYPT, 0, error);
	return error ?: keybag_operation_return_blob(work, u64_to_user_ptr(item->output));
}

long keybag_child_encrypt_item(struct keybag_file *file, struct keybag_work *held,
			       const struct keybag_item *item)
{
	struct keybag_work *work;
	long result;

	if (keybag_item_has_extras(item) || item->input_length - 1 >= KEYBAG_MAX_PAYLOAD)
		return -EINVAL;
	if (item->output_capacity < item->input_length + KEYBAG_BLOB_OVERHEAD)
		return -EMSGSIZE;

	work = keybag_work_fit(held, keybag_content_place(item->aad_length) + item->input_length +
			       KB_BLOB_TAG_SIZE);
	if (!work)
		return -ENOMEM;
	result = encrypt(file, work, item);
	keybag_work_unfit(held, work);

	if (result >= 0)
		keybag_access_spend(&file->access);
	return result;
}

static int decrypt_locked(struct keybag_file *file, struct keybag_work *work, u32 number)
{
	const struct keybag_grant *grant = keybag_access_grant(&file->access);
	const struct kb_blob_header *header = &work->header;
	struct keybag_child *child;

	if (header->flags != KB_BLOB_BY_CHILD)
		return -EINVAL;
	child = find(file, grant, KEYBAG_RIGHT_CHILD_DECRYPT, number);
	if (IS_ERR(child))
		return PTR_ERR(child);
	if (unlikely(memcmp(header->domain, grant->domain, KEYBAG_DOMAIN_SIZE)))
		return -EACCES;
	/* By another child key, then: what its cipher would find as well. */
	if (unlikely(header->class != child->class ||
		     header->key_generation != child->key_generation))
		return -EBADMSG;
	return keybag_operation_open(work, child->key.encrypt);
}

/* Opens and delivers, in a stay. */
static int decrypt_placed(struct keybag_file *file, struct keybag_work *work,
			  const struct keybag_item *item)
{
	int error = decrypt_locked(file, work, item->child);

	if (likely(!error))
		error = keybag_operation_deliver(work, u64_to_user_ptr(item->output),
						 work->content, work->content_length);
	keybag_operation_wipe(work);
	return error;
}

static long decrypt(struct keybag_file *file, struct keybag_work *work,
		    const struct keybag_item *item)
{
	struct keybag_bag *bag = file->access.bag;
	int error = keybag_operation_place_blob(work, item, 0);

	if (error)
		return error;

	keybag_stay_begin(bag);
	error = decrypt_placed(file, work, item);
	keybag_burn_cipher();
	keybag_stay_end(bag);

	trace_keybag_operation(bag, KEYBAG_OP_CHILD_DECRYPT, work->header.class, error);
	return error ? error : (long)work->content_length;
}

long keybag_child_decrypt_item(struct keybag_file *file, struct keybag_work *held,
			       const struct keybag_item *item)
{
	struct keybag_work *work;
	long result = keybag_item_check_open(item);

	if (result)
		return result;
	work = keybag_work_fit(held, keybag_item_open_size(item));
	if (!work)
		return -ENOMEM;
	do
		result = decrypt(file, work, item);
	while (keybag_operation_again(work, result));
	result = keybag_operation_end(&file->access, work, result);
	keybag_work_unfit(held, work);
	return result;
}

long keybag_child_decrypt_inside(struct keybag_file *file, struct keybag_work *work,
				 const struct keybag_item *item)
{
	int error = keybag_item_check_open(item);

	if (error)
		return error;
	if (keybag_item_open_size(item) > work->capacity)
		return KEYBAG_OUTSIDE;
	error = keybag_operation_place_blob(work, item, 0);
	if (error)
		return error == -EFAULT ? KEYBAG_OUTSIDE : error;

	error = decrypt_placed(file, work, item);
	trace_keybag_operation(file->access.bag, KEYBAG_OP_CHILD_DECRYPT, work->header.class,
			       error);
	return error ? error : (long)work->content_length;
}

static int mac_locked(struct keybag_file *file, struct keybag_work *work, u32 number, u8 *mac)
{
	struct keybag_child *child = find(file, keybag_access_grant(&file->access),
					  KEYBAG_RIGHT_CHILD_MAC, number);
	const struct keybag_part message = { work->content, work->content_length };

	if (IS_ERR(child))
		return PTR_ERR(child);
	return keybag_hmac_parts(child->key.mac, &message, 1, mac);
}

static long mac(struct keybag_file *file, struct keybag_work *work, const struct keybag_item *item)
{
	struct keybag_bag *bag = file->access.bag;
	/* Before the content there is room for it. */
	u8 *mac = work->buffer;
	int error = keybag_operation_place_aad(work, item);

	BUILD_BUG_ON(KEYBAG_SEAL_FRONT < KEYBAG_MAC_SIZE);
	if (error)
		return error;
	work->content_length = item->input_length;
	if (keybag_copy_in(work->content, u64_to_user_ptr(item->input), item->input_length)) {
		keybag_operation_wipe(work);
		return -EFAULT;
	}

	keybag_stay_begin(bag);
	error = mac_locked(file, work, item->child, mac);
	if (likely(!error))
		error = keybag_operation_deliver(work, u64_to_user_ptr(item->output), mac,
						 KEYBAG_MAC_SIZE);
	keybag_operation_wipe(work);
	memzero_explicit(mac, KEYBAG_MAC_SIZE);
	keybag_burn_hash();
	keybag_stay_end(bag);

	trace_keybag_operation(bag, KEYBAG_OP_CHILD_MAC, 0, error);
	return error ?: KEYBAG_MAC_SIZE;
}

long keybag_child_mac_item(struct keybag_file *file, struct keybag_work *held,
			   const struct keybag_item *item)
{
	struct keybag_work *work;
	long result;

	if (keybag_item_has_extras(item) || item->aad_length || item->aad ||
	    item->input_length - 1 >= KEYBAG_MAX_PAYLOAD)
		return -EINVAL;
	if (item->output_capacity < KEYBAG_MAC_SIZE)
		return -EMSGSIZE;

	work = keybag_work_fit(held, keybag_content_place(0) + item->input_length);
	if (!work)
		return -ENOMEM;
	do
		result = mac(file, work, item);
	while (keybag_operation_again(work, result));
	result = keybag_operation_end(&file->access, work, result);
	keybag_work_unfit(held, work);
	return result;
}
