// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the body of a message: refused, or a value within the bounds that is the same after
 * it was written and read again.
 */
#include <stdlib.h>

#include "helper/keychain/common/cbor.h"
#include "helper/keychain/common/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_bounds(const struct value *value, unsigned int depth)
{
	must(depth <= VALUE_MAX_DEPTH && value_count(value) <= VALUE_MAX_ENTRIES);
	for (size_t number = 0; number < value_count(value); number++)
		check_bounds(value_at(value, number), depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value *value = cbor_value_read(data, size, VALUE_MAX_ENTRIES), *again;
	unsigned char *bytes;
	size_t written;

	if (!value)
		return 0;
	check_bounds(value, 0);
	written = cbor_value_size(value);
	bytes = malloc(written);
	must(written && bytes && !cbor_value_write(value, bytes, written));
	again = cbor_value_read(bytes, written, VALUE_MAX_ENTRIES);
	must(again && value_equal(value, again));
	value_free(again);
	value_free(value);
	free(bytes);
	return 0;
}
