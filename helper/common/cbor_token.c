// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cbor_token.h"

#include <cbor.h>

/* Callbacks of libcbor's decoder, with the token as context: it calls one for each token. */

static void set_number(struct cbor_token *token, enum cbor_token_kind kind, uint64_t number)
{
	token->kind = kind;
	token->number = number;
}

static void set_string(struct cbor_token *token, enum cbor_token_kind kind, cbor_data bytes,
		       size_t length)
{
	token->kind = kind;
	token->bytes = bytes;
	token->length = length;
}

static void on_unsigned_8(void *token, uint8_t number)
{
	set_number(token, CBOR_UNSIGNED, number);
}

static void on_unsigned_16(void *token, uint16_t number)
{
	set_number(token, CBOR_UNSIGNED, number);
}

static void on_unsigned_32(void *token, uint32_t number)
{
	set_number(token, CBOR_UNSIGNED, number);
}

static void on_unsigned_64(void *token, uint64_t number)
{
	set_number(token, CBOR_UNSIGNED, number);
}

static void on_negative_8(void *token, uint8_t number)
{
	set_number(token, CBOR_NEGATIVE, number);
}

static void on_negative_16(void *token, uint16_t number)
{
	set_number(token, CBOR_NEGATIVE, number);
}

static void on_negative_32(void *token, uint32_t number)
{
	set_number(token, CBOR_NEGATIVE, number);
}

static void on_negative_64(void *token, uint64_t number)
{
	set_number(token, CBOR_NEGATIVE, number);
}

static void on_bytes(void *token, cbor_data bytes, size_t length)
{
	set_string(token, CBOR_BYTES, bytes, length);
}

static void on_text(void *token, cbor_data text, size_t length)
{
	set_string(token, CBOR_TEXT, text, length);
}

static void on_array(void *token, uint64_t count)
{
	set_number(token, CBOR_ARRAY, count);
}

static void on_map(void *token, uint64_t count)
{
	set_number(token, CBOR_MAP, count);
}

static void on_open_map(void *token)
{
	set_number(token, CBOR_OPEN_MAP, 0);
}

static void on_break(void *token)
{
	set_number(token, CBOR_BREAK, 0);
}

static void on_tag(void *token, uint64_t tag)
{
	set_number(token, CBOR_TAG, tag);
}

static void on_boolean(void *token, bool boolean)
{
	set_number(token, CBOR_BOOLEAN, boolean);
}

static void on_null(void *token)
{
	set_number(token, CBOR_NULL, 0);
}

static void on_double(void *context, double number)
{
	struct cbor_token *token = context;

	token->kind = CBOR_DOUBLE;
	token->real = number;
}

static void refuse(void *token)
{
	set_number(token, CBOR_REFUSED, 0);
}

static void refuse_float(void *token, float number)
{
	(void)number;
	refuse(token);
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
	.indef_map_start = on_open_map,
	.tag = on_tag,
	.boolean = on_boolean,
	.null = on_null,
	.undefined = refuse,
	.float2 = refuse_float,
	.float4 = refuse_float,
	.float8 = on_double,
	.indef_break = on_break,
};

size_t cbor_token_read(const void *bytes, size_t length, struct cbor_token *ret_token)
{
	struct cbor_decoder_result step;

	*ret_token = (struct cbor_token){ .kind = CBOR_REFUSED };
	step = cbor_stream_decode(bytes, length, &callbacks, ret_token);
	if (step.status != CBOR_DECODER_FINISHED)
		ret_token->kind = CBOR_REFUSED;
	return ret_token->kind == CBOR_REFUSED ? 0 : step.read;
}
