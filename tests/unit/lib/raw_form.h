/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealed forms to damage on purpose: a form as a list of TLVs that can be edited at will.
 */
#ifndef UNIT_RAW_FORM_H
#define UNIT_RAW_FORM_H

#include "forms.h"

#define RAW_MOST_TLVS	128

struct raw_tlv {
	u16 tag;
	u16 zero;		/* what stands in the place of zero */
	u32 claimed_length;	/* what stands in the place of the length */
	size_t length;
	u8 *value;
};

struct raw_form {
	unsigned int count;
	struct raw_tlv tlvs[RAW_MOST_TLVS];
};

/* Takes sound bytes apart; free with raw_free(). */
struct raw_form *raw_take_apart(const struct bytes *bytes);
void raw_free(struct raw_form *raw);

/* Puts it together again, with a header that suits. */
struct bytes raw_put_together(const struct raw_form *raw);

/* The place of the TLV number @nth, from 0, with that tag; ends the program when there is none. */
unsigned int raw_find(const struct raw_form *raw, u16 tag, unsigned int nth);

/* Puts a TLV before place @at. */
void raw_insert(struct raw_form *raw, unsigned int at, u16 tag, const void *value, size_t length);
void raw_remove(struct raw_form *raw, unsigned int at);
void raw_swap(struct raw_form *raw, unsigned int first, unsigned int second);

/* Makes a value longer, with zeros, or shorter. */
void raw_resize(struct raw_form *raw, unsigned int at, size_t length);

#endif /* UNIT_RAW_FORM_H */
