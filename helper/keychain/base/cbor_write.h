/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CBOR written piece by piece, in the shortest form: values, by cbor.h, and what has no values of its own.
 */
#ifndef KEYCHAIN_CBOR_WRITE_H
#define KEYCHAIN_CBOR_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CBOR_TAG_DATE	40001	/* milliseconds since 1970-01-01 UTC */

/* Where it goes. What does not fit fails, and with it the whole. */
struct cbor_output {
	uint8_t *bytes;		/* NULL: only measured */
	size_t capacity;
	size_t length;
	bool failed;
};

void cbor_put_null(struct cbor_output *output);
void cbor_put_boolean(struct cbor_output *output, bool boolean);
void cbor_put_integer(struct cbor_output *output, int64_t integer);
void cbor_put_real(struct cbor_output *output, double real);
void cbor_put_date(struct cbor_output *output, int64_t milliseconds);
void cbor_put_text(struct cbor_output *output, const char *text, size_t length);
void cbor_put_data(struct cbor_output *output, const void *bytes, size_t length);

/* Something that is CBOR already. */
void cbor_put_encoded(struct cbor_output *output, const void *bytes, size_t length);

/* So many entries follow; in a map, each a text and what belongs to it. */
void cbor_put_array(struct cbor_output *output, size_t count);
void cbor_put_map(struct cbor_output *output, size_t count);

#endif
