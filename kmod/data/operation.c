// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pagemap.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include "../crypto/cmac.h"
#include "operation.h"

bool keybag_operation_again_slow(struct keybag_work *work)
{
	return ++work->rounds < KEYBAG_MAX_ROUNDS && !fatal_signal_pending(current) &&
	       !fault_in_writeable(work->fault, work->fault_length);
}

long keybag_operation_end_slow(struct keybag_work *work, long result)
{
	if (result == KEYBAG_FAULTED)
		result = fatal_signal_pending(current) ? -EINTR : -EFAULT;
	/* Part of a secret may be there from an earlier round, and be taken for the whole. */
	if (result < 0 && clear_user(work->fault, work->fault_length))
		result = -EFAULT;
	return result;
}

int keybag_operation_place_aad(struct keybag_work *work, const struct keybag_item *item)
{
	keybag_operation_place(work, item->aad_length, 0);
	return keybag_copy_in_short(work->content - item->aad_length, u64_to_user_ptr(item->aad),
				    item->aad_length);
}

int keybag_operation_place_plain(struct keybag_work *work, const struct keybag_item *item)
{
	int error = keybag_operation_place_aad(work, item);

	if (error)
		return error;
	/* No blob is opened. */
	work->header.class = 0;
	work->content_length = item->input_length;
	if (likely(!keybag_copy_in_short(work->content, u64_to_user_ptr(item->input),
					 item->input_length)))
		return 0;
	keybag_operation_wipe(work);
	return -EFAULT;
}

int keybag_operation_seal(struct keybag_work *work, const struct keybag_gcm_key *key,
			  const struct keybag_cmac_key *nonce,
			  const struct kb_blob_header *header)
{
	u32 aad_length = KEYBAG_AAD_FRONT + work->aad_length;
	u8 *front = keybag_operation_front(work);
	u8 *blob = keybag_operation_blob(work);
	u8 *random = front - KEYBAG_NONCE_RANDOM;
	int error;

	kb_blob_header_write(front, header);
	memcpy(work->front, front, KB_BLOB_HEADER_SIZE);
	put_unaligned_le32(work->aad_length, front + KB_BLOB_HEADER_SIZE);

	/* Batched random numbers: a tenth of the price, and the nonce is public anyway. */
	put_unaligned(get_random_u64(), (u64 *)random);
	put_unaligned(get_random_u64(), (u64 *)(random + sizeof(u64)));
	error = keybag_cmac(&work->bench, nonce, random,
			    KEYBAG_NONCE_RANDOM + aad_length + work->content_length, work->iv);
	if (likely(!error))
		error = keybag_gcm_encrypt(&work->bench, key, front, aad_length,
					   work->content_length, work->iv);
	if (unlikely(error)) {
		keybag_operation_wipe(work);
		return error;
	}

	memcpy(blob, work->front, KB_BLOB_HEADER_SIZE);
	memcpy(blob + KB_BLOB_HEADER_SIZE, work->iv, KB_BLOB_NONCE_SIZE);
	return 0;
}
