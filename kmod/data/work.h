/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an operation works: a buffer that takes input, associated data and result in one piece, and
 * a workbench. Prepared once, because allocating costs as much as decrypting.
 *
 *   buffer .. | random (16) | blob header (24) | length (4) | caller's AAD | content | tag (16) |
 *   ..
 *             |---- input of the nonce -------------------------------------|
 *                           |---- AAD -------------------------|-- in place --|
 *
 * Header and nonce of the blob stand right before the content on the way in and out, that is, over
 * the end of what precedes it here. A blob of class B ends with its ephemeral public half (32),
 * right after the tag.
 */
#ifndef _KEYBAG_WORK_H
#define _KEYBAG_WORK_H

#include <linux/bitops.h>
#include <linux/math.h>
#include "../../keybag/blob.h"
#include "../crypto/sizes.h"
#include "../crypto/workbench.h"
#include "../uapi/keybag.h"

/*
 * Buffer that is always there; what needs more pays for an allocation. With it a descriptor's
 * structure is a page.
 */
#define KEYBAG_WORK_SMALL	1024
/* Fresh random bytes that go into a nonce. */
#define KEYBAG_NONCE_RANDOM	16
/* Blob header and nonce. */
#define KEYBAG_BLOB_FRONT	(KB_BLOB_HEADER_SIZE + KB_BLOB_NONCE_SIZE)
/* Blob header and length: what precedes the caller's associated data. */
#define KEYBAG_AAD_FRONT	(KB_BLOB_HEADER_SIZE + sizeof(__le32))
/* All that precedes it when sealing. */
#define KEYBAG_SEAL_FRONT	(KEYBAG_NONCE_RANDOM + KEYBAG_AAD_FRONT)
/*
 * Alignment of content: with it no block of a cipher straddles two pages, and drivers take it as it
 * is. Otherwise the crypto API copies it to memory that it allocates, and does not wipe.
 */
#define KEYBAG_CONTENT_ALIGN	KEYBAG_BLOCK_SIZE

struct keybag_exchange;

/**
 * struct keybag_work - state of one operation at a time
 * @busy: bit 0: in use (only that of a descriptor; others belong to who allocated them). Nobody
 *        ever waits for it, so it is no mutex, which costs more
 * @exchange: in a stay under class B (exchange.h)
 * @buffer: @small, or an allocated one
 * @capacity: size of @buffer
 * @content: plaintext or ciphertext, in @buffer
 * @content_length: without the tag
 * @aad_length: of the caller's
 * @header: of the blob being opened
 * @front: that of the blob being sealed, as bytes
 * @iv: the nonce, and what of the CMAC is not used of it
 * @rounds: attempts of the operation that met a page fault
 * @fault: user memory that was not there
 * @fault_length: of it
 * @bench: where the ciphers compute
 */
struct keybag_work {
	unsigned long busy;
	struct keybag_exchange *exchange;
	u8 *buffer;
	size_t capacity;
	u8 *content;
	u32 content_length;
	u32 aad_length;
	struct kb_blob_header header;
	u64 front[KB_BLOB_HEADER_SIZE / sizeof(u64)];
	u8 iv[KEYBAG_CMAC_SIZE] __aligned(KEYBAG_BLOCK_SIZE);
	unsigned int rounds;
	void __user *fault;
	size_t fault_length;
	struct keybag_workbench bench;
	u8 small[KEYBAG_WORK_SMALL] __aligned(KEYBAG_CONTENT_ALIGN);
};

/* Where in a buffer content goes that has so much associated data of the caller's before it. */
static inline u32 keybag_content_place(u32 aad_length)
{
	return round_up((u32)KEYBAG_SEAL_FRONT + aad_length, KEYBAG_CONTENT_ALIGN);
}

int keybag_work_init_cache(void);
void keybag_work_exit_cache(void);

/* Prepares memory for use. Whoever uses it wipes what was written there. */
void keybag_work_init(struct keybag_work *work);

/*
 * A work with a buffer of at least @size bytes: @own if it is idle and large enough, else an
 * allocated one, NULL without memory. Give it back with @own.
 */
struct keybag_work *keybag_work_allocate(size_t size);
void keybag_work_free(struct keybag_work *work);

static inline struct keybag_work *keybag_work_get(struct keybag_work *own, size_t size)
{
	if (unlikely(size > KEYBAG_WORK_SMALL || test_and_set_bit_lock(0, &own->busy)))
		return keybag_work_allocate(size);
	own->rounds = 0;
	return own;
}

static inline void keybag_work_put(struct keybag_work *own, struct keybag_work *work)
{
	if (likely(own == work))
		clear_bit_unlock(0, &own->busy);
	else
		keybag_work_free(work);
}

/* The same for one who holds a work already: @held where that is large enough. */
static inline struct keybag_work *keybag_work_fit(struct keybag_work *held, size_t size)
{
	return likely(size <= held->capacity) ? held : keybag_work_allocate(size);
}

static inline void keybag_work_unfit(struct keybag_work *held, struct keybag_work *work)
{
	if (unlikely(work != held))
		keybag_work_free(work);
}

#endif /* _KEYBAG_WORK_H */
