// SPDX-License-Identifier: GPL-2.0-or-later
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST	256
/* Nothing that is put together here is near it. */
#define MOST	(1 << 20)

static bool make_room(struct buffer *buffer, size_t length)
{
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST;
	uint8_t *data;

	if (buffer->failed || length > MOST - buffer->length) {
		buffer->failed = true;
		return false;
	}
	while (capacity < buffer->length + length)
		capacity *= 2;
	if (capacity == buffer->capacity)
		return true;
	data = realloc(buffer->data, capacity);
	buffer->failed = !data;
	if (data) {
		buffer->data = data;
		buffer->capacity = capacity;
	}
	return data;
}

void buffer_bytes(struct buffer *buffer, struct bytes bytes)
{
	if (!make_room(buffer, bytes.length) || !bytes.length)
		return;
	memcpy(buffer->data + buffer->length, bytes.data, bytes.length);
	buffer->length += bytes.length;
}

void buffer_u8(struct buffer *buffer, uint8_t number)
{
	buffer_bytes(buffer, (struct bytes){ &number, 1 });
}

void buffer_u32(struct buffer *buffer, uint32_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };

	buffer_bytes(buffer, (struct bytes){ bytes, sizeof(bytes) });
}

void buffer_string(struct buffer *buffer, struct bytes bytes)
{
	buffer_u32(buffer, (uint32_t)bytes.length);
	buffer_bytes(buffer, bytes);
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_string(buffer, bytes_of_text(text));
}

void buffer_number(struct buffer *buffer, struct bytes bytes)
{
	bool high = bytes.length && *bytes.data & 0x80;

	buffer_u32(buffer, (uint32_t)(bytes.length + high));
	if (high)
		buffer_u8(buffer, 0);
	buffer_bytes(buffer, bytes);
}

size_t buffer_begin(struct buffer *buffer)
{
	buffer_u32(buffer, 0);
	return buffer->length;
}

void buffer_end(struct buffer *buffer, size_t begun)
{
	size_t length = buffer->length - begun;
	struct buffer number = { .data = buffer->data + begun - 4, .capacity = 4 };

	if (!buffer->failed)
		buffer_u32(&number, (uint32_t)length);
}

struct bytes buffer_content(const struct buffer *buffer)
{
	return (struct bytes){ buffer->data, buffer->length };
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->failed = false;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = BUFFER_NONE;
}
