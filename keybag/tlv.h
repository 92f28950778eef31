/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Bounded reading and writing of fields and of TLVs (docs/format.md, The sealed form).
 *
 * Both keep going after an error and remember it, so that a sequence of fields is read or written
 * without a check after each; the caller asks once, at the end.
 */
#ifndef KEYBAG_TLV_H
#define KEYBAG_TLV_H

#include "port.h"

#define KB_TLV_HEADER_SIZE	8
#define KB_TLV_CRITICAL		0x8000
#define KB_TLV_NUMBER(tag)	((tag) & 0x7fff)	/* what TLVs are ordered by */

struct kb_reader {
	const u8 *next;
	size_t left;
	bool failed;
};

struct kb_tlv {
	u16 tag;
	u32 length;
	const u8 *value;
};

static inline struct kb_reader kb_reader_of(const u8 *bytes, size_t length)
{
	return (struct kb_reader){ .next = bytes, .left = length };
}

/* The next @length bytes; NULL once the reader has failed. */
const u8 *kb_read_bytes(struct kb_reader *reader, size_t length);

/* Fails unless @sound. */
static inline void kb_read_check(struct kb_reader *reader, bool sound)
{
	if (!sound)
		reader->failed = true;
}

/* Fails where one of the next @length bytes is not zero. */
void kb_read_zeros(struct kb_reader *reader, size_t length);

/* The next integer; 0 once the reader has failed. */
u8 kb_read_u8(struct kb_reader *reader);
u16 kb_read_u16(struct kb_reader *reader);
u32 kb_read_u32(struct kb_reader *reader);
u64 kb_read_u64(struct kb_reader *reader);

/* Reads a whole TLV. False once the reader has failed. */
bool kb_read_tlv(struct kb_reader *reader, struct kb_tlv *tlv);

/* Whether everything was read, nothing more and nothing less. */
bool kb_reader_finished(const struct kb_reader *reader);

struct kb_writer {
	u8 *out;
	size_t capacity;
	u64 length;	/* what was asked for; over @capacity: did not fit, @out is cut short */
};

/* A writer of capacity 0 only counts; @out may then be NULL. */
static inline struct kb_writer kb_writer_of(u8 *out, size_t capacity)
{
	return (struct kb_writer){ .out = out, .capacity = capacity };
}

void kb_write_bytes(struct kb_writer *writer, const u8 *bytes, size_t length);
void kb_write_zeros(struct kb_writer *writer, size_t length);
void kb_write_u8(struct kb_writer *writer, u8 value);
void kb_write_u16(struct kb_writer *writer, u16 value);
void kb_write_u32(struct kb_writer *writer, u32 value);
void kb_write_u64(struct kb_writer *writer, u64 value);

/* The part of a TLV before its value. */
void kb_write_tlv_header(struct kb_writer *writer, u16 tag, u32 length);

#endif /* KEYBAG_TLV_H */
