// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cbor.h"

#include <cbor.h>
#include <string.h>

#include "helper/common/registers.h"

#define VECTOR_REGISTER	16	/* bytes of the smallest */

/* ---- Writing: once to measure, with nowhere to write to, and once for good. ---- */

struct output {
	uint8_t *bytes;		/* NULL: only measured */
	size_t capacity;
	size_t length;
	bool failed;
};

static void put(struct output *output, const void *bytes, size_t length)
{
	if (output->bytes) {
		if (output->capacity - output->length < length) {
			output->failed = true;
			return;
		}
		if (length)
			memcpy(output->bytes + output->length, bytes, length);
		/* As in value.c. */
		if (length >= VECTOR_REGISTER)
			clear_vector_registers();
	}
	output->length += length;
}

static void put_head(struct output *output, const uint8_t *head, size_t length)
{
	if (!length)
		output->failed = true;
	else
		put(output, head, length);
}

static void put_integer(struct output *output, int64_t integer)
{
	uint8_t head[16];

	put_head(output, head, integer < 0 ?
		 cbor_encode_negint((uint64_t)(-1 - integer), head, sizeof(head)) :
		 cbor_encode_uint((uint64_t)integer, head, sizeof(head)));
}

static void put_text(struct output *output, const char *text, size_t length)
{
	uint8_t head[16];

	put_head(output, head, cbor_encode_string_start(length, head, sizeof(head)));
	put(output, text, length);
}

static void put_value(struct output *output, const struct value *value, unsigned int depth);

static void put_entries(struct output *output, const struct value *value, unsigned int depth)
{
	bool keyed = value_is(value, VALUE_DICTIONARY);
	size_t count = value_count(value);
	uint8_t head[16];
	size_t i;

	put_head(output, head, keyed ? cbor_encode_map_start(count, head, sizeof(head)) :
				       cbor_encode_array_start(count, head, sizeof(head)));
	for (i = 0; i < count && !output->failed; i++) {
		if (keyed)
			put_text(output, value_key_at(value, i), strlen(value_key_at(value, i)));
		put_value(output, value_at(value, i), depth + 1);
	}
}

static void put_value(struct output *output, const struct value *value, unsigned int depth)
{
	uint8_t head[16];
	const void *bytes;
	size_t length;

	if (depth > VALUE_MAX_DEPTH) {
		output->failed = true;
		return;
	}
	switch (value_kind(value)) {
	case VALUE_NULL:
		put_head(output, head, cbor_encode_null(head, sizeof(head)));
		break;
	case VALUE_BOOLEAN:
		put_head(output, head, cbor_encode_bool(value_as_boolean(value), head,
							sizeof(head)));
		break;
	case VALUE_INTEGER:
		put_integer(output, value_as_integer(value));
		break;
	case VALUE_REAL:
		put_head(output, head, cbor_encode_double(value_as_real(value), head,
							  sizeof(head)));
		break;
	case VALUE_STRING:
		bytes = value_bytes(value, &length);
		put_text(output, bytes, length);
		break;
	case VALUE_DATA:
		bytes = value_bytes(value, &length);
		put_head(output, head, cbor_encode_bytestring_start(length, head, sizeof(head)));
		put(output, bytes, length);
		break;
	case VALUE_DATE:
		put_head(output, head, cbor_encode_tag(CBOR_TAG_DATE, head, sizeof(head)));
		put_integer(output, value_as_date(value));
		break;
	case VALUE_ARRAY:
	case VALUE_DICTIONARY:
		put_entries(output, value, depth);
		break;
	}
}

size_t cbor_value_size(const struct value *value)
{
	struct output output = { 0 };

	if (!value)
		return 0;
	put_value(&output, value, 0);
	return output.failed ? 0 : output.length;
}

size_t cbor_value_write(const struct value *value, void *bytes, size_t size)
{
	struct output output = { .bytes = bytes, .capacity = size };

	put_value(&output, value, 0);
	return output.failed ? 0 : output.length;
}
