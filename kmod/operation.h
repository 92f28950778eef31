/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all data operations are made of.
 *
 * An operation copies in from user memory, then does everything else in the read side of
 * bag->rwsem: checks rights and state, uses the ciphers, copies a secret out with page faults
 * disabled, wipes what it wrote and burns the stack. So what holds a lock up is bounded, and when
 * lock has returned nothing more is delivered. Where the copy out meets a page that is not there,
 * it leaves, has the page brought in, and starts over from the copy in.
 */
#ifndef _KEYBAG_OPERATION_H
#define _KEYBAG_OPERATION_H

#include <linux/uaccess.h>
#include "access.h"
#include "compat.h"
#include "work.h"

/* Result of an attempt that met a missing page; no errno a caller ever sees. */
#define KEYBAG_FAULTED		(-MAX_ERRNO)
/* The buffer is too small for what the caller's structure turned out to ask for; likewise. */
#define KEYBAG_TOO_SMALL	(-MAX_ERRNO + 1)
/* Attempts before EFAULT. */
#define KEYBAG_MAX_ROUNDS	16

/*
 * Whether to try again after @result: only KEYBAG_FAULTED, and when the page could be brought in.
 * Else sets what to return: -EFAULT, -EINTR (a fatal signal), or @result as it was. @rounds begins
 * at 0.
 */
bool keybag_operation_again_slow(struct keybag_work *work, unsigned int *rounds, long *result);

static __always_inline bool keybag_operation_again(struct keybag_work *work, unsigned int *rounds,
						   long *result)
{
	if (likely(*result != KEYBAG_FAULTED && !*rounds))
		return false;
	return keybag_operation_again_slow(work, rounds, result);
}

/* Copies to user memory under bag->rwsem. Returns 0, -EFAULT or KEYBAG_FAULTED. */
static __always_inline int keybag_operation_deliver(struct keybag_work *work, void __user *to,
						    const u8 *from, size_t length)
{
	unsigned long left;

	if (unlikely(!access_ok(to, length)))
		return -EFAULT;
	pagefault_disable();
	left = __copy_to_user_inatomic(to, from, length);
	pagefault_enable();
	if (likely(!left))
		return 0;
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
int keybag_operation_take_blob(struct keybag_work *work, u8 *blob, u32 length);

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

/* Decrypts the content in place. Call under bag->rwsem. Returns 0 or -EBADMSG. */
int keybag_operation_open(struct keybag_work *work, struct crypto_aead *aead);

/*
 * Encrypts the content in place, with a new nonce and @header, and puts both right before it, so
 * that the blob begins at keybag_operation_blob(). Wants KEYBAG_SEAL_FRONT and the caller's AAD
 * before the content, room for the tag after it. Call under bag->rwsem. On error nothing of the
 * content is left.
 */
int keybag_operation_seal(struct keybag_work *work, struct crypto_aead *aead,
			  struct crypto_shash *nonce, const struct kb_blob_header *header);

static inline u8 *keybag_operation_blob(const struct keybag_work *work)
{
	return work->content - KEYBAG_BLOB_FRONT;
}

/*
 * Copies the sealed blob out. It is no secret, so this is for after bag->rwsem, and may fault.
 * Returns its length or -EFAULT.
 */
static inline long keybag_operation_return_blob(struct keybag_work *work, u8 __user *to)
{
	u32 length = work->content_length + KB_BLOB_OVERHEAD;

	return copy_to_user(to, keybag_operation_blob(work), length) ? -EFAULT : length;
}

/* Wipes the content. Call before leaving bag->rwsem. */
static inline void keybag_operation_wipe(struct keybag_work *work)
{
	memzero_explicit(work->content, work->content_length);
}

#endif /* _KEYBAG_OPERATION_H */
