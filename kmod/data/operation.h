/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps that data operations are made of; task.h puts them together.
 */
#ifndef _KEYBAG_OPERATION_H
#define _KEYBAG_OPERATION_H

#include "../compat.h"
#include "../crypto/gcm.h"
#include "access.h"
#include "usercopy.h"
#include "work.h"

/* Result of an attempt that met a missing page; no errno a caller ever sees. */
#define KEYBAG_FAULTED		(-MAX_ERRNO)
/* Attempts before EFAULT. */
#define KEYBAG_MAX_ROUNDS	16

/*
 * An operation attempts until it is not told to try again, and ends. Again after KEYBAG_FAULTED,
 * where the page could be brought in. The end tells @access, takes back what was delivered of a
 * secret in part, and gives what to return: @result, -EFAULT, or -EINTR after a fatal signal.
 */
bool keybag_operation_again_slow(struct keybag_work *work);
long keybag_operation_end_slow(struct keybag_work *work, long result);

static __always_inline bool keybag_operation_again(struct keybag_work *work, long result)
{
	return unlikely(result == KEYBAG_FAULTED) && keybag_operation_again_slow(work);
}

static __always_inline long keybag_operation_end(struct keybag_access *access,
						 struct keybag_work *work, long result)
{
	/* A part that was delivered counts like the whole. */
	if (unlikely(access->limited) && (result >= 0 || work->rounds))
		keybag_access_spend(access);
	return likely(!work->rounds) ? result : keybag_operation_end_slow(work, result);
}

/* Copies to user memory in a stay. Returns 0, -EFAULT or KEYBAG_FAULTED. */
static __always_inline int keybag_operation_deliver(struct keybag_work *work, u64 address,
						    const u8 *from, size_t length)
{
	void __user *to = u64_to_user_ptr(address);
	int error;

	/* A key, mostly. What is copied is aligned like content. */
	if (likely(length == KEYBAG_KEY_SIZE && keybag_copy_words_fit(address)))
		error = keybag_copy_key_out_nofault(to, (const u64 *)from);
	else
		error = keybag_copy_out_nofault(to, from, length);
	if (likely(error != -EAGAIN))
		return error;
	work->fault = to;
	work->fault_length = length;
	return KEYBAG_FAULTED;
}

/* Whether a blob may be that long, for all that is known before its header is read. */
static inline bool keybag_blob_length_valid(u32 length)
{
	return length - KEYBAG_BLOB_OVERHEAD - 1 < KEYBAG_MAX_PAYLOAD + KB_BLOB_EPHEMERAL_SIZE;
}

/* Where the content goes: behind so much associated data of the caller's, and @room for other. */
static __always_inline void keybag_operation_place(struct keybag_work *work, u32 aad_length,
						   u32 room)
{
	work->aad_length = aad_length;
	work->content = work->buffer + keybag_content_place(aad_length + room);
}

/* All that is authenticated: blob header, length, associated data. */
static inline u8 *keybag_operation_front(const struct keybag_work *work)
{
	return work->content - work->aad_length - KEYBAG_AAD_FRONT;
}

/*
 * Reads the header of a blob of @length, which was checked, from where it stands at the front, and
 * completes what is authenticated but for the caller's associated data. Errors: those of
 * kb_blob_header_read(), -EINVAL (too long).
 */
static __always_inline int keybag_operation_read_front(struct keybag_work *work, u8 *front,
						       u32 length)
{
	int error;

	put_unaligned_le32(work->aad_length, front + KB_BLOB_HEADER_SIZE);
	work->content_length = length - KB_BLOB_OVERHEAD;
	error = kb_blob_header_read(&work->header, front, length);
	if (unlikely(error))
		return error;
	if (unlikely(work->header.class == KB_CLASS_B))
		work->content_length -= KB_BLOB_EPHEMERAL_SIZE;
	else if (unlikely(work->content_length > KEYBAG_MAX_PAYLOAD))
		return -EINVAL;
	return 0;
}

/*
 * Items give addresses: places the content, and copies in the caller's associated data; then the
 * input, if it is plaintext. Returns 0 or -EFAULT; on an error nothing of plaintext is left.
 */
int keybag_operation_place_aad(struct keybag_work *work, const struct keybag_item *item);
int keybag_operation_place_plain(struct keybag_work *work, const struct keybag_item *item);

/* Copies header, nonce and content of a blob to their places. Returns 0 or -EFAULT. */
static __always_inline int keybag_operation_take_blob(u8 *front, u8 *nonce, u8 *content,
						      const u8 __user *blob, u32 length)
{
	const u8 __user *rest = blob + KEYBAG_BLOB_FRONT;
	bool done;

	if (unlikely(!keybag_copy_short(length)))
		return keybag_copy_in(front, blob, KB_BLOB_HEADER_SIZE) ?:
		       keybag_copy_in(nonce, blob + KB_BLOB_HEADER_SIZE, KB_BLOB_NONCE_SIZE) ?:
		       keybag_copy_in(content, rest, length - KEYBAG_BLOB_FRONT);

	if (unlikely(!user_read_access_begin(blob, length)))
		return -EFAULT;
	done = keybag_copy_in_words(front, blob, KB_BLOB_HEADER_SIZE) &&
	       keybag_copy_in_words(nonce, blob + KB_BLOB_HEADER_SIZE, KB_BLOB_NONCE_SIZE) &&
	       keybag_copy_in_words(content, rest, length - KEYBAG_BLOB_FRONT);
	user_read_access_end();
	return likely(done) ? 0 : -EFAULT;
}

/*
 * The same where the input is a blob: takes it apart. @room: for other associated data in the place
 * of the caller's. The buffer fits. Returns 0, -EFAULT, or what keybag_operation_read_front() does.
 */
static __always_inline int keybag_operation_place_blob(struct keybag_work *work,
						       const struct keybag_item *item, u32 room)
{
	u32 length = item->input_length;
	u32 aad_length = item->aad_length;
	u8 *content = work->buffer + keybag_content_place(aad_length + room);
	u8 *front = content - aad_length - KEYBAG_AAD_FRONT;
	int error;

	work->aad_length = aad_length;
	work->content = content;
	error = keybag_operation_take_blob(front, work->iv, content, u64_to_user_ptr(item->input),
					   length);
	if (likely(!error))
		error = keybag_operation_read_front(work, front, length);
	if (likely(!error))
		error = keybag_copy_in_short(content - aad_length, u64_to_user_ptr(item->aad),
					     aad_length);
	return error;
}

/* Whether it uses fields that only other operations have. */
static inline bool keybag_item_has_extras(const struct keybag_item *item)
{
	return item->flags | item->class_number | item->target | item->new_aad_length ||
	       item->new_aad || item->aad_length > KEYBAG_MAX_AAD;
}

/* The same where what is in it is delivered; -EMSGSIZE too. */
static __always_inline int keybag_operation_place_open(struct keybag_work *work,
						       const struct keybag_item *item)
{
	int error = keybag_operation_place_blob(work, item, 0);

	if (likely(!error) && unlikely(item->output_capacity < work->content_length))
		return -EMSGSIZE;
	return error;
}

/* Size of the buffer for an item that opens or makes a blob; or -EINVAL; to make one -EMSGSIZE. */
static __always_inline long keybag_operation_check_open(const struct keybag_item *item)
{
	if (keybag_item_has_extras(item) || !keybag_blob_length_valid(item->input_length))
		return -EINVAL;
	return keybag_content_place(item->aad_length) + item->input_length;
}

static inline long keybag_operation_check_seal(const struct keybag_item *item)
{
	size_t overhead = kb_blob_overhead(item->class_number);

	if (item->input_length - 1 >= KEYBAG_MAX_PAYLOAD || item->aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	if (item->output_capacity < item->input_length + overhead)
		return -EMSGSIZE;
	return keybag_content_place(item->aad_length) + item->input_length + overhead -
	       KEYBAG_BLOB_FRONT;
}

/* Decrypts the content in place. Call in a stay. Returns 0 or -EBADMSG. */
static __always_inline int keybag_operation_open(struct keybag_work *work,
						 const struct keybag_gcm_key *key)
{
	u32 aad_length = KEYBAG_AAD_FRONT + work->aad_length;

	return keybag_gcm_decrypt(&work->bench, key, work->content - aad_length, aad_length,
				  work->content_length, work->iv);
}

/*
 * Encrypts the content in place, with a new nonce and @header, and puts both right before it, so
 * that the blob begins at keybag_operation_blob(). Wants KEYBAG_SEAL_FRONT and the caller's AAD
 * before the content, room for the tag after it. Call in a stay. On error nothing of the content is
 * left.
 */
int keybag_operation_seal(struct keybag_work *work, const struct keybag_gcm_key *key,
			  const struct keybag_cmac_key *nonce,
			  const struct kb_blob_header *header);

static inline u8 *keybag_operation_blob(const struct keybag_work *work)
{
	return work->content - KEYBAG_BLOB_FRONT;
}

static inline u32 keybag_operation_blob_length(const struct keybag_work *work)
{
	return work->content_length + kb_blob_overhead(keybag_operation_blob(work)[KB_BLOB_CLASS]);
}

/*
 * Copies the sealed blob out. It is no secret, so this is for after the stay, and may fault.
 * Returns its length or -EFAULT.
 */
static inline long keybag_operation_return_blob(struct keybag_work *work, u64 to)
{
	long length = keybag_operation_blob_length(work);

	return keybag_copy_out(u64_to_user_ptr(to), keybag_operation_blob(work), length) ?
	       -EFAULT : length;
}

/* Wipes the content. Call before the end of the stay. */
static __always_inline void keybag_operation_wipe(struct keybag_work *work)
{
	/* A key, mostly: that is a few stores and no call. */
	if (likely(work->content_length == KEYBAG_KEY_SIZE))
		memzero_explicit(work->content, KEYBAG_KEY_SIZE);
	else
		memzero_explicit(work->content, work->content_length);
}

#endif /* _KEYBAG_OPERATION_H */
