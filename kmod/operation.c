// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pagemap.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include "operation.h"

bool keybag_operation_again_slow(struct keybag_work *work, unsigned int *rounds, long *result)
{
	if (*result == KEYBAG_FAULTED) {
		++*rounds;
		if (fatal_signal_pending(current))
			*result = -EINTR;
		else if (*rounds == KEYBAG_MAX_ROUNDS ||
			 fault_in_writeable(work->fault, work->fault_length))
			*result = -EFAULT;
		else
			return true;
	}

	/*
	 * Part of a secret may be there from an earlier round; nobody is to take it for the whole.
	 */
	if (*result < 0 && clear_user(work->fault, work->fault_length))
		*result = -EFAULT;
	return false;
}

int keybag_operation_take_blob(struct keybag_work *work, u8 *blob, u32 length)
{
	int error = kb_blob_header_read(&work->header, blob, length);

	if (error)
		return error;

	memcpy(work->front, blob, KB_BLOB_HEADER_SIZE);
	memcpy(work->iv, blob + KB_BLOB_HEADER_SIZE, KB_BLOB_NONCE_SIZE);
	work->content = blob + KEYBAG_BLOB_FRONT;
	work->content_length = length - KB_BLOB_OVERHEAD;
	return 0;
}

static int place_aad(struct keybag_work *work, const struct keybag_item *item, u8 *aad)
{
	work->aad_length = item->aad_length;
	work->content = aad + item->aad_length;
	if (item->aad_length && copy_from_user(aad, u64_to_user_ptr(item->aad), item->aad_length))
		return -EFAULT;
	return 0;
}

int keybag_operation_place_aad(struct keybag_work *work, const struct keybag_item *item)
{
	return place_aad(work, item, work->buffer + KEYBAG_SEAL_FRONT);
}

int keybag_operation_place_blob(struct keybag_work *work, const struct keybag_item *item, u32 room)
{
	u8 *aad = work->buffer + KEYBAG_SEAL_FRONT + room;
	u8 *blob = aad + item->aad_length - KEYBAG_BLOB_FRONT;
	int error;

	if (copy_from_user(blob, u64_to_user_ptr(item->input), item->input_length))
		return -EFAULT;
	error = keybag_operation_take_blob(work, blob, item->input_length);
	if (error)
		return error;

	/* Only now, for it goes where the front of the blob was. */
	error = place_aad(work, item, aad);
	if (!error)
		keybag_operation_put_front(work);
	return error;
}

/* The one entry [AAD | content | tag]; two entries, or a second one as destination, cost more. */
static void prepare(struct keybag_work *work, struct crypto_aead *aead, u32 crypt_length)
{
	u32 aad_length = KEYBAG_AAD_FRONT + work->aad_length;

	sg_set_buf(&work->sg, work->content - aad_length,
		   aad_length + work->content_length + KB_BLOB_TAG_SIZE);
	aead_request_set_tfm(work->request, aead);
	aead_request_set_ad(work->request, aad_length);
	aead_request_set_crypt(work->request, &work->sg, &work->sg, crypt_length, work->iv);
}

static int finish(struct keybag_work *work, struct crypto_aead *aead, int error)
{
	error = crypto_wait_req(error, &work->wait);
	memzero_explicit(work->request->__ctx, crypto_aead_reqsize(aead));
	return error;
}

int keybag_operation_open(struct keybag_work *work, struct crypto_aead *aead)
{
	prepare(work, aead, work->content_length + KB_BLOB_TAG_SIZE);
	return finish(work, aead, crypto_aead_decrypt(work->request));
}

/*
 * The first 12 bytes of @iv; see docs/format.md for why it is neither a counter nor random alone.
 */
static int make_nonce(struct keybag_work *work, struct crypto_shash *nonce, u8 *random)
{
	u32 length = KEYBAG_SEAL_FRONT + work->aad_length + work->content_length;
	int error;

	/* Batched random numbers: a tenth of the price, and the nonce is public anyway. */
	put_unaligned(get_random_u64(), (u64 *)random);
	put_unaligned(get_random_u64(), (u64 *)(random + sizeof(u64)));

	work->digest->tfm = nonce;
	error = crypto_shash_digest(work->digest, random, length, work->iv);
	memzero_explicit(shash_desc_ctx(work->digest), crypto_shash_descsize(nonce));
	return error;
}

int keybag_operation_seal(struct keybag_work *work, struct crypto_aead *aead,
			  struct crypto_shash *nonce, const struct kb_blob_header *header)
{
	u8 *front = work->content - work->aad_length - KEYBAG_AAD_FRONT;
	u8 *blob = keybag_operation_blob(work);
	int error;

	kb_blob_header_write(front, header);
	memcpy(work->front, front, KB_BLOB_HEADER_SIZE);
	put_unaligned_le32(work->aad_length, front + KB_BLOB_HEADER_SIZE);

	error = make_nonce(work, nonce, front - KEYBAG_NONCE_RANDOM);
	if (likely(!error)) {
		prepare(work, aead, work->content_length);
		error = finish(work, aead, crypto_aead_encrypt(work->request));
	}
	if (unlikely(error)) {
		keybag_operation_wipe(work);
		return error;
	}

	memcpy(blob, work->front, KB_BLOB_HEADER_SIZE);
	memcpy(blob + KB_BLOB_HEADER_SIZE, work->iv, KB_BLOB_NONCE_SIZE);
	return 0;
}
