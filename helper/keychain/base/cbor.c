// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cbor.h"

#include "value_node.h"

/* Writing: once to measure, with nowhere to write to, and once for good. */

static void put_entries(struct cbor_output *output, const struct value *value, unsigned int depth)
{
	bool keyed = value->kind == VALUE_DICTIONARY;
	size_t count = value->list.count;

	if (keyed)
		cbor_put_map(output, count);
	else
		cbor_put_array(output, count);
	for (size_t i = 0; i < count && !output->failed; i++) {
		const struct value_entry *entry = &value->list.entries[i];

		if (keyed)
			cbor_put_text(output, value_entry_key(entry), strlen(value_entry_key(entry)));
		cbor_put_value(output, entry->element, depth + 1);
	}
}

void cbor_put_value(struct cbor_output *output, const struct value *value, unsigned int depth)
{
	if (depth > VALUE_MAX_DEPTH) {
		output->failed = true;
		return;
	}
	switch (value_kind(value)) {
	case VALUE_NULL:
		cbor_put_null(output);
		break;
	case VALUE_BOOLEAN:
		cbor_put_boolean(output, value->boolean);
		break;
	case VALUE_INTEGER:
		cbor_put_integer(output, value->integer);
		break;
	case VALUE_REAL:
		cbor_put_real(output, value->real);
		break;
	case VALUE_STRING:
		cbor_put_text(output, (const char *)value->bytes, value->length);
		break;
	case VALUE_DATA:
		cbor_put_data(output, value->bytes, value->length);
		break;
	case VALUE_DATE:
		cbor_put_date(output, value->integer);
		break;
	case VALUE_ENCODED:
		cbor_put_encoded(output, value->bytes, value->length);
		break;
	case VALUE_ARRAY:
	case VALUE_DICTIONARY:
		put_entries(output, value, depth);
		break;
	}
}

size_t cbor_value_size(const struct value *value)
{
	struct cbor_output output = { 0 };

	if (!value)
		return 0;
	cbor_put_value(&output, value, 0);
	return output.failed ? 0 : output.length;
}

size_t cbor_value_write(const struct value *value, void *bytes, size_t size)
{
	struct cbor_output output = { .bytes = bytes, .capacity = size };

	cbor_put_value(&output, value, 0);
	return output.failed ? 0 : output.length;
}
