/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules for every value that was read from outside.
 */
#ifndef TESTS_FUZZ_CHECK_VALUE_H
#define TESTS_FUZZ_CHECK_VALUE_H

#include <stdlib.h>
#include <string.h>

#include "helper/keychain/base/cbor.h"
#include "helper/keychain/base/cbor_read.h"
#include "must.h"

static inline void check_bounds(const struct value *value, unsigned int depth)
{
	must(depth <= VALUE_MAX_DEPTH && value_count(value) <= VALUE_MAX_ENTRIES);
	for (size_t number = 0; number < value_count(value); number++) {
		const char *key = value_is(value, VALUE_DICTIONARY) ? value_key_at(value, number)
								    : NULL;

		must(!key || strlen(key) <= VALUE_MAX_KEY);
		must(!key || value_get(value, key) == value_at(value, number));
		check_bounds(value_at(value, number), depth + 1);
	}
}

/* Written as CBOR and read again it is the same. */
static inline void check_cbor(const struct value *value)
{
	size_t size = cbor_value_size(value);
	unsigned char *bytes = malloc(size);
	struct value *again = NULL;

	must(size && bytes && cbor_value_write(value, bytes, size) == size);
	must(cbor_value_read(bytes, size, VALUE_MAX_ENTRIES, &again) == 0 && value_equal(value, again));
	value_free(again);
	free(bytes);
}

#endif /* TESTS_FUZZ_CHECK_VALUE_H */
