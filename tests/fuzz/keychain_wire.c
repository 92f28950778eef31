// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the body of a message: refused, or a value within the bounds that is the same after
 * it was written and read again.
 */
#include "check_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value *value = cbor_value_read(data, size, VALUE_MAX_ENTRIES);

	if (!value)
		return 0;
	check_bounds(value, 0);
	check_cbor(value);
	value_free(value);
	return 0;
}
