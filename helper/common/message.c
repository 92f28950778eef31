// SPDX-License-Identifier: LGPL-2.1-or-later
#include "message.h"

#include <cbor.h>
#include <errno.h>
#include <string.h>

static struct field *find(struct message *message, const char *key)
{
	size_t length = strlen(key);
	size_t i;

	for (i = 0; i < message->count; i++) {
		struct field *field = &message->fields[i];

		if (field->key_length == length && !memcmp(field->key, key, length)) {
			field->used = true;
			return field;
		}
	}
	return NULL;
}

int message_unsigned(struct message *message, const char *key, uint64_t maximum,
		     uint64_t *ret_number)
{
	struct field *field = find(message, key);

	if (!field)
		return -ENOENT;
	if (field->type != FIELD_UNSIGNED || field->number > maximum)
		return -EPROTO;
	*ret_number = field->number;
	return 0;
}

int message_u32(struct message *message, const char *key, uint32_t *ret_number)
{
	uint64_t number;
	int result = message_unsigned(message, key, UINT32_MAX, &number);

	if (!result)
		*ret_number = (uint32_t)number;
	return result;
}

int message_boolean(struct message *message, const char *key, bool *ret_value)
{
	struct field *field = find(message, key);

	if (!field)
		return -ENOENT;
	if (field->type != FIELD_BOOLEAN)
		return -EPROTO;
	*ret_value = field->number;
	return 0;
}

int message_bytes(struct message *message, const char *key, const uint8_t **ret_bytes,
		  size_t *ret_length)
{
	struct field *field = find(message, key);

	if (!field)
		return -ENOENT;
	if (field->type != FIELD_BYTES)
		return -EPROTO;
	*ret_bytes = field->bytes;
	*ret_length = field->length;
	return 0;
}

int message_exact(struct message *message, const char *key, uint8_t *ret_bytes, size_t length)
{
	const uint8_t *bytes;
	size_t present;
	int result = message_bytes(message, key, &bytes, &present);

	if (result < 0)
		return result;
	if (present != length)
		return -EPROTO;
	memcpy(ret_bytes, bytes, length);
	return 0;
}

int message_text(struct message *message, const char *key, char *ret_text, size_t capacity)
{
	struct field *field = find(message, key);

	if (!field)
		return -ENOENT;
	if (field->type != FIELD_TEXT || field->length >= capacity ||
	    memchr(field->bytes, 0, field->length))
		return -EPROTO;
	memcpy(ret_text, field->bytes, field->length);
	ret_text[field->length] = 0;
	return 0;
}

const struct field *message_unused(const struct message *message)
{
	size_t i;

	for (i = 0; i < message->count; i++)
		if (!message->fields[i].used)
			return &message->fields[i];
	return NULL;
}

static void advance(struct writer *writer, size_t written)
{
	if (!written)
		writer->failed = true;
	else
		writer->length += written;
}

static uint8_t *end(struct writer *writer)
{
	return writer->bytes + writer->length;
}

static size_t space(const struct writer *writer)
{
	return writer->failed ? 0 : writer->capacity - writer->length;
}

static void append(struct writer *writer, const void *bytes, size_t length)
{
	if (space(writer) < length) {
		writer->failed = true;
		return;
	}
	if (length)
		memcpy(end(writer), bytes, length);
	writer->length += length;
}

static void add_key(struct writer *writer, const char *key)
{
	size_t length = strlen(key);

	advance(writer, cbor_encode_string_start(length, end(writer), space(writer)));
	append(writer, key, length);
}

void message_start(struct writer *writer, void *bytes, size_t capacity)
{
	*writer = (struct writer){ .bytes = bytes, .capacity = capacity };
	advance(writer, cbor_encode_indef_map_start(end(writer), space(writer)));
}

void message_add_unsigned(struct writer *writer, const char *key, uint64_t number)
{
	add_key(writer, key);
	advance(writer, cbor_encode_uint(number, end(writer), space(writer)));
}

void message_add_boolean(struct writer *writer, const char *key, bool value)
{
	add_key(writer, key);
	advance(writer, cbor_encode_bool(value, end(writer), space(writer)));
}

void message_add_text(struct writer *writer, const char *key, const char *text)
{
	size_t length = strlen(text);

	add_key(writer, key);
	advance(writer, cbor_encode_string_start(length, end(writer), space(writer)));
	append(writer, text, length);
}

void message_add_bytes(struct writer *writer, const char *key, const void *bytes, size_t length)
{
	add_key(writer, key);
	advance(writer, cbor_encode_bytestring_start(length, end(writer), space(writer)));
	append(writer, bytes, length);
}

int message_finish(struct writer *writer)
{
	advance(writer, cbor_encode_break(end(writer), space(writer)));
	return writer->failed ? -EMSGSIZE : 0;
}
