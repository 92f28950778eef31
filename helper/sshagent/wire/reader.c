// SPDX-License-Identifier: GPL-2.0-or-later
#include "reader.h"

#include <string.h>

struct reader reader_of(const void *bytes, size_t length)
{
	return (struct reader){ .at = bytes, .left = length };
}

struct reader reader_of_bytes(struct bytes bytes)
{
	return reader_of(bytes.data, bytes.length);
}

void reader_fail(struct reader *reader)
{
	reader->failed = true;
	reader->left = 0;
}

static struct bytes take(struct reader *reader, size_t length)
{
	struct bytes taken = { .data = reader->at, .length = length };

	if (length > reader->left)
		reader_fail(reader);
	if (reader->failed)
		return (struct bytes){ .data = (const uint8_t *)"" };
	reader->at += length;
	reader->left -= length;
	return taken;
}

uint8_t reader_u8(struct reader *reader)
{
	struct bytes taken = take(reader, 1);

	return taken.length ? *taken.data : 0;
}

uint32_t reader_u32(struct reader *reader)
{
	struct bytes taken = take(reader, 4);

	return taken.length ? (uint32_t)taken.data[0] << 24 | (uint32_t)taken.data[1] << 16 | (uint32_t)taken.data[2] << 8 | taken.data[3]
			    : 0;
}

bool reader_boolean(struct reader *reader)
{
	return reader_u8(reader);
}

struct bytes reader_string(struct reader *reader)
{
	uint32_t length = reader_u32(reader);

	return take(reader, length);
}

struct bytes reader_text(struct reader *reader)
{
	struct bytes text = reader_string(reader);

	if (text.length && memchr(text.data, 0, text.length)) {
		reader_fail(reader);
		return (struct bytes){ .data = (const uint8_t *)"" };
	}
	return text;
}

struct bytes reader_number(struct reader *reader, size_t maximum)
{
	struct bytes number = reader_string(reader);

	if (number.length && number.data[0] & 0x80)
		reader_fail(reader);
	while (number.length && !*number.data) {
		number.data++;
		number.length--;
	}
	if (number.length > maximum)
		reader_fail(reader);
	return reader->failed ? (struct bytes){ .data = (const uint8_t *)"" } : number;
}

struct bytes reader_rest(struct reader *reader)
{
	return take(reader, reader->left);
}

bool reader_ended(const struct reader *reader)
{
	return reader->failed || !reader->left;
}

bool reader_done(const struct reader *reader)
{
	return !reader->failed && !reader->left;
}

bool bytes_are(struct bytes bytes, const char *text)
{
	return bytes_equal(bytes, bytes_of_text(text));
}

bool bytes_equal(struct bytes one, struct bytes other)
{
	return one.length == other.length && (!one.length || !memcmp(one.data, other.data, one.length));
}

struct bytes bytes_of_text(const char *text)
{
	return (struct bytes){ .data = (const uint8_t *)text, .length = strlen(text) };
}
