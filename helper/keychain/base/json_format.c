// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json_format.h"
#include "json_date.h"
#include "real.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/printable.h"

/* Written twice: first only counted, so that the text is never moved and left behind unwiped. */
struct writer {
	char *text;		/* NULL: count */
	size_t length;
	bool indent;
};

static void put(struct writer *writer, const char *bytes, size_t length)
{
	if (writer->text)
		memcpy(writer->text + writer->length, bytes, length);
	writer->length += length;
}

static void put_text(struct writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

static void new_line(struct writer *writer, unsigned int depth)
{
	if (!writer->indent)
		return;
	put_text(writer, "\n");
	while (depth--)
		put_text(writer, "  ");
}

static void write_characters(struct writer *writer, const char *text, size_t length)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";

	size_t plain = 0, size;

	for (size_t i = 0; i < length; i += size) {
		const char *found = text[i] ? strchr(from, text[i]) : NULL;
		uint32_t character;
		char escape[8];

		size = printable_character(text + i, length - i, &character);
		if (!found && printable(character))
			continue;
		if (found)
			snprintf(escape, sizeof(escape), "\\%c", to[found - from]);
		else
			snprintf(escape, sizeof(escape), "\\u%04x", character);
		put(writer, text + plain, i - plain);
		put_text(writer, escape);
		plain = i + size;
	}
	put(writer, text + plain, length - plain);
}

static void write_string(struct writer *writer, const char *text, size_t length)
{
	put_text(writer, "\"");
	write_characters(writer, text, length);
	put_text(writer, "\"");
}

/* Whether a dictionary would be read as data or a date, or with one "=" less: see json_parse.h. */
static bool is_like_one_value(const struct value *value)
{
	const char *key = value_key_at(value, 0), *plain = key ? key + strspn(key, "=") : NULL;

	return plain && value_count(value) == 1 && value_is(value_at(value, 0), VALUE_STRING) &&
	       strlen(key) < VALUE_MAX_KEY && (!strcmp(plain, "data") || !strcmp(plain, "date"));
}

static void write_data(struct writer *writer, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	put_text(writer, writer->indent ? "{\"data\": \"" : "{\"data\":\"");
	for (size_t i = 0; i < length; i += 3) {
		size_t rest = length - i;
		unsigned int group = (unsigned int)bytes[i] << 16;
		char quad[4];

		if (rest > 1)
			group |= (unsigned int)bytes[i + 1] << 8;
		if (rest > 2)
			group |= bytes[i + 2];
		quad[0] = digits[group >> 18];
		quad[1] = digits[group >> 12 & 63];
		quad[2] = '=';
		quad[3] = '=';
		if (rest > 1)
			quad[2] = digits[group >> 6 & 63];
		if (rest > 2)
			quad[3] = digits[group & 63];
		put(writer, quad, sizeof(quad));
	}
	put_text(writer, "\"}");
}

static void write_value(struct writer *writer, const struct value *value, unsigned int depth)
{
	char text[REAL_TEXT_SIZE];
	const void *bytes;
	size_t length;

	switch (value_kind(value)) {
	case VALUE_NULL:
	case VALUE_ENCODED:
		put_text(writer, "null");
		break;
	case VALUE_BOOLEAN:
		put_text(writer, value_as_boolean(value) ? "true" : "false");
		break;
	case VALUE_INTEGER:
		snprintf(text, sizeof(text), "%" PRId64, value_as_integer(value));
		put_text(writer, text);
		break;
	case VALUE_REAL:
		real_format(value_as_real(value), text);
		put_text(writer, text);
		/* It stays a real when it is read again. */
		if (!strpbrk(text, ".e"))
			put_text(writer, ".0");
		break;
	case VALUE_STRING:
		bytes = value_bytes(value, &length);
		write_string(writer, bytes, length);
		break;
	case VALUE_DATA:
		bytes = value_bytes(value, &length);
		write_data(writer, bytes, length);
		break;
	case VALUE_DATE:
		json_date_format(value_as_date(value), text);
		put_text(writer, writer->indent ? "{\"date\": \"" : "{\"date\":\"");
		put_text(writer, text);
		put_text(writer, "\"}");
		break;
	case VALUE_ARRAY:
	case VALUE_DICTIONARY:
		put_text(writer, value_is(value, VALUE_ARRAY) ? "[" : "{");
		for (size_t i = 0; i < value_count(value); i++) {
			const char *key = value_key_at(value, i);

			if (i)
				put_text(writer, ",");
			new_line(writer, depth + 1);
			if (key) {
				put_text(writer, is_like_one_value(value) ? "\"=" : "\"");
				write_characters(writer, key, strlen(key));
				put_text(writer, "\"");
				put_text(writer, writer->indent ? ": " : ":");
			}
			write_value(writer, value_at(value, i), depth + 1);
		}
		if (value_count(value))
			new_line(writer, depth);
		put_text(writer, value_is(value, VALUE_ARRAY) ? "]" : "}");
		break;
	}
	explicit_bzero(text, sizeof(text));
}

int json_format(const struct value *value, bool indent, char **ret_text, size_t *ret_length)
{
	struct writer writer = { .indent = indent };
	char *text;

	write_value(&writer, value, 0);
	text = malloc(writer.length + 1);
	if (!text)
		return -ENOMEM;
	writer.text = text;
	writer.length = 0;
	write_value(&writer, value, 0);
	text[writer.length] = 0;
	*ret_text = text;
	*ret_length = writer.length;
	return 0;
}

void json_free(char *text, size_t length)
{
	if (text)
		explicit_bzero(text, length);
	free(text);
}
