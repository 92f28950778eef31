/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading DER in place: nothing is copied, so that what is secret stays where it is.
 */
#ifndef KEYCHAIN_PKCS11_DER_H
#define KEYCHAIN_PKCS11_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
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

struct der der_of(const void *bytes, size_t length);

/* Takes the next element off, whatever it is; *@ret_tag and *@ret_content may be NULL, *@ret_whole as well. False: there is none. */
bool der_next(struct der *from, uint8_t *ret_tag, struct der *ret_content, struct der *ret_whole);

/* Takes the next element off if it has this tag, and leaves @from as it is otherwise. */
bool der_enter(struct der *from, enum der_tag tag, struct der *ret_content);

/* An INTEGER that is not negative, without the zero in front that only says so; 0 has one byte. */
bool der_unsigned(struct der *from, struct der *ret_number);

/* A BIT STRING of whole bytes. */
bool der_bits(struct der *from, struct der *ret_bytes);

bool der_is(struct der bytes, const void *other, size_t length);

#endif
