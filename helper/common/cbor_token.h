/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CBOR (RFC 8949) taken apart, token by token: what both protocols of this project are read with.
 * Allocates nothing, is bounded and total. Strings and arrays of indefinite length, floats shorter
 * than a double, and undefined are refused: neither protocol has them.
 */
#ifndef KEYBAG_COMMON_CBOR_TOKEN_H
#define KEYBAG_COMMON_CBOR_TOKEN_H

#include <stddef.h>
#include <stdint.h>

enum cbor_token_kind {
	CBOR_REFUSED,
	CBOR_UNSIGNED,
	CBOR_NEGATIVE,		/* -1 - number */
	CBOR_BYTES,
	CBOR_TEXT,		/* not checked to be UTF-8 */
	CBOR_ARRAY,		/* so many entries follow */
	CBOR_MAP,		/* so many pairs follow */
	CBOR_OPEN_MAP,		/* pairs follow until CBOR_BREAK */
	CBOR_BREAK,
	CBOR_TAG,		/* of what follows */
	CBOR_BOOLEAN,
	CBOR_NULL,
	CBOR_DOUBLE,
};

struct cbor_token {
	enum cbor_token_kind kind;
	uint64_t number;	/* integer, count, tag, boolean */
	double real;
	const uint8_t *bytes;	/* of bytes and text; inside of what was read */
	size_t length;
};

/*
 * Reads the token at @bytes. Returns how many bytes it takes, or 0, with CBOR_REFUSED, where it is none
 * of these or is cut off.
 */
size_t cbor_token_read(const void *bytes, size_t length, struct cbor_token *ret_token);

#endif /* KEYBAG_COMMON_CBOR_TOKEN_H */
