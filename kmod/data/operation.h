/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all data operations are made of.
 *
 * An operation copies in from user memory, then does everything else in a stay (stay.h): checks
 * rights and state, uses the ciphers, copies a secret out with page faults disabled, wipes what it
 * wrote and burns the stack. So what holds a lock up is bounded, and when lock has returned nothing
 * more is delivered. Where the copy out meets a page that is not there, it leaves, has the page
 * brought in, and starts over from the copy in.
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
/* The buffer is too small for what the caller's structure turned out to ask for; likewise. */
#define KEYBAG_TOO_SMALL	(-MAX_ERRNO + 1)
/* An item of a batch has to be run by itself, where memory may be brought in; likewise. */
#define KEYBAG_OUTSIDE		(-MAX_ERRNO + 2)
/* Attempts before EFAULT. */
#define KEYBAG_MAX_ROUNDS	16

/*
 * An operation attempts until it is not told to try again, and ends:
 *
 *	do
 *		result = attempt(work);
 *	while (keybag_operation_again(work, result));
 *	result = keybag_operation_end(access, work, result);
 *
 * Again after KEYBAG_FAULTED, where the page could be brought in. The end tells @access, takes back
 * what was delivered of a secret in part, and gives what to return: @result, -EFAULT, or -EINTR
 * after a fatal signal.
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
static __always_inline int keybag_operation_deliver(struct keybag_work *work, void __user *to,
						    const u8 *from, size_t length)
{
	int error = keybag_copy_out_nofault(to, from, length);

	if (likely(error != -EAGAIN))
		return error;
	work->fault = to;
	work->fault_length = length;
	return KEYBAG_FAULTED;
}

/* Whether a blob may be that long. */
static inline bool keybag_blob_length_valid(u32 length)
{
	return length - KEYBAG_BLOB_OVERHEAD - 1 < KEYBAG_MAX_PAYLOAD;
}

/*
 * Takes the blob at @blob, inside the buffer, apart: header, nonce, content. @length is that of the
 * whole, and was checked. Errors: those of kb_blob_header_read().
 */
static __always_inline int keybag_operation_take_blob(struct keybag_work *work, u8 *blob,
						      u32 length)
{
	int error = kb_blob_header_read(&work->header, blob, length);

	if (unlikely(error))
		return error;

	memcpy(work->front, blob, KB_BLOB_HEADER_SIZE);
	memcpy(work->iv, blob + KB_BLOB_HEADER_SIZE, KB_BLOB_NONCE_SIZE);
	work->content = blob + KEYBAG_BLOB_FRONT;
	work->content_length = length - KB_BLOB_OVERHEAD;
	return 0;
}

/* Completes the AAD of a blob taken apart, the caller's part of which stands before the content. */
static inline void keybag_operation_put_front(struct keybag_work *work)
{
	u8 *aad = work->content - work->aad_length;

	put_unaligned_le32(work->aad_length, aad - sizeof(__le32));
	memcpy(aad - KEYBAG_AAD_FRONT, work->front, KB_BLOB_HEADER_SIZE);
}

/*
 * Items give addresses: places content after the caller's associated data, and copies that in;
 * then, where the input is a blob, copies it in and takes it apart. @room: for other associated
 * data in its place. The buffer fits. Returns 0, -EFAULT, or what keybag_operation_take_blob()
 * does.
 */
int keybag_operation_place_aad(struct keybag_work *work, const struct keybag_item *item);
int keybag_operation_place_blob(struct keybag_work *work, const struct keybag_item *item, u32 room);

/* What only other operations use. */
static inline bool keybag_item_has_extras(const struct keybag_item *item)
{
	return item->flags | item->class_number | item->target | item->new_aad_length ||
	       item->new_aad || item->aad_length > KEYBAG_MAX_AAD;
}

/* Of an item that opens a blob: 0, -EINVAL or -EMSGSIZE. */
static __always_inline int keybag_item_check_open(const struct keybag_item *item)
{
	if (keybag_item_has_extras(item) || !keybag_blob_length_valid(item->input_length))
		return -EINVAL;
	return item->output_capacity < item->input_length - KEYBAG_BLOB_OVERHEAD ? -EMSGSIZE : 0;
}

/* Size of the buffer that takes. */
static inline size_t keybag_item_open_size(const struct keybag_item *item)
{
	return keybag_content_place(item->aad_length) + item->input_length;
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

/*
 * Copies the sealed blob out. It is no secret, so this is for after the stay, and may fault.
 * Returns its length or -EFAULT.
 */
static inline long keybag_operation_return_blob(struct keybag_work *work, u8 __user *to)
{
	long length = work->content_length + KB_BLOB_OVERHEAD;

	return keybag_copy_out(to, keybag_operation_blob(work), length) ? -EFAULT : length;
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
