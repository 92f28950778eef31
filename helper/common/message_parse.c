// SPDX-License-Identifier: LGPL-2.1-or-later
#include "message.h"

#include <cbor.h>
#include <errno.h>
#include <string.h>

/* What the decoder is waiting for. */
enum expected {
	EXPECT_MAP,
	EXPECT_KEY,
	EXPECT_VALUE,
	EXPECT_END,
	REFUSED,
};

struct parser {
	struct message *message;
	enum expected expected;
	bool counted;		/* the map states its number of fields */
	uint64_t remaining;
};

static void refuse(void *context)
{
	struct parser *parser = context;

	parser->expected = REFUSED;
}

static void start_map(struct parser *parser, bool counted, uint64_t fields)
{
	if (parser->expected != EXPECT_MAP || fields > MESSAGE_MAX_FIELDS) {
		parser->expected = REFUSED;
		return;
	}
	parser->counted = counted;
	parser->remaining = fields;
	parser->expected = counted && !fields ? EXPECT_END : EXPECT_KEY;
}

static void on_map(void *context, uint64_t fields)
{
	start_map(context, true, fields);
}

static void on_open_map(void *context)
{
	start_map(context, false, 0);
}

static void on_break(void *context)
{
	struct parser *parser = context;

	parser->expected = parser->expected == EXPECT_KEY && !parser->counted ? EXPECT_END : REFUSED;
}

static struct field *value_field(struct parser *parser)
{
	if (parser->expected != EXPECT_VALUE) {
		parser->expected = REFUSED;
		return NULL;
	}
	parser->expected = EXPECT_KEY;
	if (parser->counted && --parser->remaining == 0)
		parser->expected = EXPECT_END;
	return &parser->message->fields[parser->message->count++];
}

static void on_number(struct parser *parser, enum field_type type, uint64_t number)
{
	struct field *field = value_field(parser);

	if (!field)
		return;
	field->type = type;
	field->number = number;
}

static void on_unsigned_8(void *context, uint8_t number)
{
	on_number(context, FIELD_UNSIGNED, number);
}

static void on_unsigned_16(void *context, uint16_t number)
{
	on_number(context, FIELD_UNSIGNED, number);
}

static void on_unsigned_32(void *context, uint32_t number)
{
	on_number(context, FIELD_UNSIGNED, number);
}

static void on_unsigned_64(void *context, uint64_t number)
{
	on_number(context, FIELD_UNSIGNED, number);
}

static void on_negative_8(void *context, uint8_t number)
{
	on_number(context, FIELD_NEGATIVE, number);
}

static void on_negative_16(void *context, uint16_t number)
{
	on_number(context, FIELD_NEGATIVE, number);
}

static void on_negative_32(void *context, uint32_t number)
{
	on_number(context, FIELD_NEGATIVE, number);
}

static void on_negative_64(void *context, uint64_t number)
{
	on_number(context, FIELD_NEGATIVE, number);
}

static void on_boolean(void *context, bool value)
{
	on_number(context, FIELD_BOOLEAN, value);
}

static void on_bytes(void *context, cbor_data bytes, size_t length)
{
	struct field *field = value_field(context);

	if (!field)
		return;
	field->type = FIELD_BYTES;
	field->bytes = bytes;
	field->length = length;
}

static void on_key(struct parser *parser, cbor_data text, size_t length)
{
	struct message *message = parser->message;
	size_t i;

	parser->expected = REFUSED;
	if (length < 1 || length > MESSAGE_MAX_KEY || message->count == MESSAGE_MAX_FIELDS)
		return;
	for (i = 0; i < message->count; i++)
		if (message->fields[i].key_length == length &&
		    !memcmp(message->fields[i].key, text, length))
			return;
	message->fields[message->count] = (struct field){
		.key = (const char *)text,
		.key_length = length,
	};
	parser->expected = EXPECT_VALUE;
}

static void on_text(void *context, cbor_data text, size_t length)
{
	struct parser *parser = context;
	struct field *field;

	if (parser->expected == EXPECT_KEY) {
		on_key(parser, text, length);
		return;
	}
	field = value_field(parser);
	if (!field)
		return;
	field->type = FIELD_TEXT;
	field->bytes = text;
	field->length = length;
}

static void on_sized(void *context, uint64_t size)
{
	(void)size;
	refuse(context);
}

static void on_float(void *context, float number)
{
	(void)number;
	refuse(context);
}

static void on_double(void *context, double number)
{
	(void)number;
	refuse(context);
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
	.array_start = on_sized,
	.indef_array_start = refuse,
	.map_start = on_map,
	.indef_map_start = on_open_map,
	.tag = on_sized,
	.boolean = on_boolean,
	.null = refuse,
	.undefined = refuse,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.indef_break = on_break,
};

int message_parse(struct message *message, const void *bytes, size_t length)
{
	struct parser parser = { .message = message, .expected = EXPECT_MAP };
	struct cbor_decoder_result step;
	size_t offset = 0;

	message->count = 0;
	while (parser.expected != EXPECT_END) {
		step = cbor_stream_decode((cbor_data)bytes + offset, length - offset, &callbacks,
					  &parser);
		if (step.status != CBOR_DECODER_FINISHED || parser.expected == REFUSED)
			return -EPROTO;
		offset += step.read;
	}
	return offset == length ? 0 : -EPROTO;
}
