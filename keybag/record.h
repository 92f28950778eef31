/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The record of guesses and wraps (docs/format.md), outside and inside its seal.
 */
#ifndef KEYBAG_RECORD_H
#define KEYBAG_RECORD_H

#include "class.h"

#define KB_RECORD_VERSION	1
#define KB_RECORD_HEADER_SIZE	16	/* the associated data, after the UUID */
#define KB_RECORD_CONTENT_SIZE	136
#define KB_RECORD_SIZE		180	/* header, nonce (12), content, tag (16) */
#define KB_RECORD_WRAP_STEP	0x100000U	/* 2^20 */
#define KB_RECORD_MAX_STEPS	4096	/* 2^32 wraps */

struct kb_record {
	u32 failures;
	u32 assumed;		/* 1: no authentic record was there, not all failures were seen */
	struct {
		u32 key_generation;	/* 0: no wraps yet */
		u32 steps;		/* of KB_RECORD_WRAP_STEP wraps, rounded up */
	} wraps[KB_CLASS_SLOTS];
};

/* Writes KB_RECORD_HEADER_SIZE bytes. */
void kb_record_header_write(u8 *out, u64 sequence);

/* Returns 0, -EPROTONOSUPPORT (newer version) or -EBADMSG. @length is that of the whole record. */
int kb_record_header_read(u64 *ret_sequence, const u8 *record, size_t length);

/* Writes KB_RECORD_CONTENT_SIZE bytes. */
void kb_record_content_write(u8 *out, const struct kb_record *record);

/* Returns 0 or -EBADMSG. */
int kb_record_content_read(struct kb_record *record, const u8 *content);

#endif /* KEYBAG_RECORD_H */
