// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of open child keys: encrypt, decrypt, authenticate.
 */
#include <linux/err.h>
#include "child_use.h"

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

static long encrypt(const struct keybag_task *task, const struct keybag_item *item)
{
	const struct keybag_grant *grant = keybag_access_grant(&task->file->access);
	struct keybag_child *child = find(task->file, grant, KEYBAG_RIGHT_CHILD_ENCRYPT,
					  item->child);
	struct kb_blob_header header;

	if (IS_ERR(child))
		return PTR_ERR(child);
	if (unlikely(atomic64_inc_return(&child->wraps) > MAX_WRAPS)) {
		atomic64_dec(&child->wraps);
		return -EKEYEXPIRED;
	}
	keybag_access_header(grant, &header, child->class, child->key_generation, KB_BLOB_BY_CHILD);
	return keybag_operation_seal(task->work, child->key.encrypt, child->key.nonce, &header);
}

static long check_encrypt(const struct keybag_item *item)
{
	return keybag_item_has_extras(item) ? -EINVAL : keybag_operation_check_seal(item);
}

const struct keybag_verb keybag_child_encrypt_verb = {
	.number = KEYBAG_OP_CHILD_ENCRYPT,
	.seals = true,
	.check = check_encrypt,
	.place = keybag_operation_place_plain,
	.run = encrypt,
};

static int open_locked(struct keybag_file *file, struct keybag_work *work, u32 number)
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

static long decrypt(const struct keybag_task *task, const struct keybag_item *item)
{
	struct keybag_work *work = task->work;
	int error = open_locked(task->file, work, item->child);

	if (likely(!error))
		error = keybag_operation_deliver(work, item->output, work->content,
						 work->content_length);
	return error ? error : (long)work->content_length;
}

static long check_decrypt(const struct keybag_item *item)
{
	return keybag_operation_check_open(item);
}

static int place_decrypt(struct keybag_work *work, const struct keybag_item *item)
{
	return keybag_operation_place_open(work, item);
}

const struct keybag_verb keybag_child_decrypt_verb = {
	.number = KEYBAG_OP_CHILD_DECRYPT,
	.check = check_decrypt,
	.place = place_decrypt,
	.run = decrypt,
};

static long mac(const struct keybag_task *task, const struct keybag_item *item)
{
	struct keybag_work *work = task->work;
	struct keybag_child *child = find(task->file, keybag_access_grant(&task->file->access),
					  KEYBAG_RIGHT_CHILD_MAC, item->child);
	const struct keybag_part message = { work->content, work->content_length };
	/* Before the content there is room for it. */
	u8 *code = work->buffer;
	int error;

	BUILD_BUG_ON(KEYBAG_SEAL_FRONT < KEYBAG_MAC_SIZE);
	if (IS_ERR(child))
		return PTR_ERR(child);
	error = keybag_hmac_parts(child->key.mac, &message, 1, code);
	if (likely(!error))
		error = keybag_operation_deliver(work, item->output, code, KEYBAG_MAC_SIZE);
	memzero_explicit(code, KEYBAG_MAC_SIZE);
	return error ?: KEYBAG_MAC_SIZE;
}

static long check_mac(const struct keybag_item *item)
{
	if (keybag_item_has_extras(item) || item->aad_length || item->aad ||
	    item->input_length - 1 >= KEYBAG_MAX_PAYLOAD)
		return -EINVAL;
	if (item->output_capacity < KEYBAG_MAC_SIZE)
		return -EMSGSIZE;
	return keybag_content_place(0) + item->input_length;
}

const struct keybag_verb keybag_child_mac_verb = {
	.number = KEYBAG_OP_CHILD_MAC,
	.hashes = true,
	.check = check_mac,
	.place = keybag_operation_place_plain,
	.run = mac,
};
