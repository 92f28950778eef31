/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values as CBOR (RFC 8949): the bodies of requests and answers.
 *
 *   null, boolean, integer (-2^63..2^63-1), double, text, bytes    as such
 *   date                                                           tag CBOR_TAG_DATE, integer
 *   array, dictionary                                              of definite length; keys are
 *   text
 *
 * Decoding is bounded and total: it refuses anything else, text that is not UTF-8, a key twice,
 * bytes left over, more entries than @max_entries, more values in all than CBOR_VALUES_PER_ENTRY times
 * that, deeper than VALUE_MAX_DEPTH.
 */
#ifndef KEYCHAIN_CBOR_H
#define KEYCHAIN_CBOR_H

#include <stddef.h>
#include <stdint.h>

#include "cbor_write.h"
#include "value.h"

/*
 * A value takes far more memory than the one byte that may encode it, so arrays in arrays have a
 * bound as a whole: with VALUE_MAX_ENTRIES, of a request, it is 65536 values.
 */
#define CBOR_VALUES_PER_ENTRY	64

/* Writes @value among others. @depth: of what it is in, 0 outermost. */
void cbor_put_value(struct cbor_output *output, const struct value *value, unsigned int depth);

/* Size of the encoding of @value, or 0 where it cannot be encoded (NULL, too deep). */
size_t cbor_value_size(const struct value *value);

/* Writes cbor_value_size() bytes. Returns how many, or 0 where @size is less or that is 0. */
size_t cbor_value_write(const struct value *value, void *bytes, size_t size);

#endif
