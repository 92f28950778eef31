// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading: libcbor's decoder takes the bytes apart, this puts the values together.
 */
#include <cbor.h>
#include <math.h>
#include <string.h>

#include "cbor.h"
#include "utf8.h"

struct level {
	struct value *container;
	uint64_t remaining;		/* entries yet to come */
	bool has_key;
	char key[VALUE_MAX_KEY + 1];
};

struct reader {
	struct level levels[VALUE_MAX_DEPTH];
	size_t depth;			/* levels that are open */
	struct value *root;
	size_t max_entries;
	size_t values_left;		/* that the whole may still have */
	bool date;			/* a tag came: the next is its integer */
	bool refused;
};

static void refuse(void *context)
{
	struct reader *reader = context;

	reader->refused = true;
}

static struct level *top(struct reader *reader)
{
	return reader->depth ? &reader->levels[reader->depth - 1] : NULL;
}

/* Closes containers that have all their entries. */
static void close_full(struct reader *reader)
{
	while (reader->depth && !top(reader)->remaining)
		reader->depth--;
}

/* Takes @value: into the container that is open, or as the root. */
static void add(struct reader *reader, struct value *value)
{
	struct level *level = top(reader);
	int result;

	if (!value || reader->refused || reader->date || !reader->values_left ||
	    (level && !level->remaining) || (!level && reader->root) ||
	    (level && value_is(level->container, VALUE_DICTIONARY) && !level->has_key)) {
		value_free(value);
		reader->refused = true;
		return;
	}
	reader->values_left--;
	if (!level) {
		reader->root = value;
		return;
	}
	result = level->has_key ? value_set(level->container, level->key, value) :
				  value_append(level->container, value);
	if (result < 0)
		reader->refused = true;
	level->has_key = false;
	level->remaining--;
}

static void on_integer(struct reader *reader, bool negative, uint64_t number)
{
	int64_t integer = negative ? -1 - (int64_t)number : (int64_t)number;
	bool date = reader->date;

	reader->date = false;
	if (number > INT64_MAX) {
		refuse(reader);
		return;
	}
	add(reader, date ? value_date(integer) : value_integer(integer));
	close_full(reader);
}

static void on_unsigned_8(void *context, uint8_t number)
{
	on_integer(context, false, number);
}

static void on_unsigned_16(void *context, uint16_t number)
{
	on_integer(context, false, number);
}

static void on_unsigned_32(void *context, uint32_t number)
{
	on_integer(context, false, number);
}

static void on_unsigned_64(void *context, uint64_t number)
{
	on_integer(context, false, number);
}

static void on_negative_8(void *context, uint8_t number)
{
	on_integer(context, true, number);
}

static void on_negative_16(void *context, uint16_t number)
{
	on_integer(context, true, number);
}

static void on_negative_32(void *context, uint32_t number)
{
	on_integer(context, true, number);
}

static void on_negative_64(void *context, uint64_t number)
{
	on_integer(context, true, number);
}

static void on_bytes(void *context, cbor_data bytes, size_t length)
{
	add(context, value_data(bytes, length));
	close_full(context);
}

static void on_key(struct reader *reader, struct level *level, cbor_data text, size_t length)
{
	if (reader->date || length > VALUE_MAX_KEY || memchr(text, 0, length)) {
		refuse(reader);
		return;
	}
	memcpy(level->key, text, length);
	level->key[length] = 0;
	if (value_get(level->container, level->key))
		refuse(reader);
	level->has_key = true;
}

static void on_text(void *context, cbor_data text, size_t length)
{
	struct reader *reader = context;
	struct level *level = top(reader);

	if (!utf8_valid(text, length)) {
		refuse(reader);
		return;
	}
	if (level && value_is(level->container, VALUE_DICTIONARY) && !level->has_key) {
		on_key(reader, level, text, length);
		return;
	}
	add(reader, value_string_of((const char *)text, length));
	close_full(reader);
}

static void open_container(struct reader *reader, struct value *container, uint64_t count)
{
	if (count > reader->max_entries || reader->depth == VALUE_MAX_DEPTH) {
		value_free(container);
		refuse(reader);
		return;
	}
	add(reader, container);
	if (reader->refused)
		return;
	reader->levels[reader->depth++] = (struct level){
		.container = container,
		.remaining = count,
	};
	close_full(reader);
}

static void on_array(void *context, uint64_t count)
{
	open_container(context, value_array(), count);
}

static void on_map(void *context, uint64_t count)
{
	open_container(context, value_dictionary(), count);
}

static void on_tag(void *context, uint64_t tag)
{
	struct reader *reader = context;

	if (tag != CBOR_TAG_DATE || reader->date)
		refuse(reader);
	reader->date = true;
}

static void on_boolean(void *context, bool boolean)
{
	add(context, value_boolean(boolean));
	close_full(context);
}

static void on_null(void *context)
{
	add(context, value_null());
	close_full(context);
}

static void on_float(void *context, float number)
{
	(void)number;
	refuse(context);
}

static void on_double(void *context, double number)
{
	if (!isfinite(number)) {
		refuse(context);
		return;
	}
	add(context, value_real(number));
	close_full(context);
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_unsigned_8,
	.uint16 = on_unsigned_16,
	.uint32 = on_unsigned_32,
	.uint64 = on_unsigned_64,
	.negint8 = on_negative_8,
	.negint16 = on_negative_16,
	.negint32 = on_negative_32,
	.negint64 = on_negative_64,
	.byte_string = on_bytes,
	.byte_string_start = refuse,
	.string = on_text,
	.string_start = refuse,
	.array_start = on_array,
	.indef_array_start = refuse,
	.map_start = on_map,
	.indef_map_start = refuse,
	.tag = on_tag,
	.boolean = on_boolean,
	.null = on_null,
	.undefined = refuse,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.indef_break = refuse,
};

struct value *cbor_value_read(const void *bytes, size_t length, size_t max_entries)
{
	struct reader reader = {
		.max_entries = max_entries,
		.values_left = max_entries * CBOR_VALUES_PER_ENTRY,
	};
	struct cbor_decoder_result step;
	size_t offset = 0;

	do {
		step = cbor_stream_decode((cbor_data)bytes + offset, length - offset, &callbacks,
					  &reader);
		if (step.status != CBOR_DECODER_FINISHED)
			refuse(&reader);
		offset += step.read;
	} while (!reader.refused && (reader.depth || !reader.root));
	/* Keys are attributes' names, but who knows what a client takes for one. */
	explicit_bzero(reader.levels, sizeof(reader.levels));
	if (reader.refused || offset != length) {
		value_free(reader.root);
		return NULL;
	}
	return reader.root;
}
