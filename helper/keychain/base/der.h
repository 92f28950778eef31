/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading DER in place: nothing is copied, so that what is secret stays where it is.
 */
#ifndef KEYCHAIN_DER_H
#define KEYCHAIN_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0,
	DER_CONTEXT_1 = 0xa1,
	DER_CONTEXT_2 = 0xa2,
	DER_CONTEXT_3 = 0xa3,
};

/* Bytes that belong to someone else, and are read from the front. */
struct der {
	const uint8_t *at;
	size_t left;
};

#define DER_NONE ((struct der){ 0 })

/* @bytes NULL: DER_NONE, whatever @length. */
struct der der_of(const void *bytes, size_t length);

/*
 * Takes the next element off, whatever it is: its tag, what is in it, and all of it; @ret_tag, @ret_content and @ret_whole may be NULL. False:
 * there is none that is whole, of a tag of one byte and a definite length of at most four; @from is as it was.
 */
bool der_next(struct der *from, uint8_t *ret_tag, struct der *ret_content, struct der *ret_whole);

/* Takes the next element off if it has this tag. False: another, or none; @from is as it was. */
bool der_enter(struct der *from, enum der_tag tag, struct der *ret_content);

/* Takes off an INTEGER that is not negative: its bytes without the zero in front that only says so; 0 has one byte. False: something else. */
bool der_unsigned(struct der *from, struct der *ret_number);

/* Takes off a BIT STRING of whole bytes. False: something else. */
bool der_bits(struct der *from, struct der *ret_bytes);

/* Whether these are the bytes. */
bool der_is(struct der bytes, const void *other, size_t length);

#endif
