// SPDX-License-Identifier: LGPL-2.1-or-later
#include "printable.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define NO_CHARACTER	0xfffd

static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0, 0x1f },
	{ 0x7f, 0x9f },
	{ 0x61c, 0x61c },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2066, 0x206f },
};

size_t printable_character(const char *text, size_t length, uint32_t *ret_character)
{
	static const uint8_t masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t size = utf8_character(text, length);

	*ret_character = size ? (uint8_t)text[0] & masks[size] : NO_CHARACTER;
	for (size_t at = 1; at < size; at++)
		*ret_character = *ret_character << 6 | ((uint8_t)text[at] & 0x3f);
	return size ? size : 1;
}

bool printable(uint32_t character)
{
	for (size_t range = 0; range < sizeof(hidden) / sizeof(hidden[0]); range++)
		if (character >= hidden[range].first && character <= hidden[range].last)
			return false;
	return true;
}

/* As it is in @text; U+FFFD itself is three bytes. */
static bool shown(uint32_t character, size_t size)
{
	return printable(character) && !(character == NO_CHARACTER && size == 1);
}

bool printable_text(const char *text, size_t length)
{
	uint32_t character;
	size_t size;

	for (; length; text += size, length -= size) {
		size = printable_character(text, length, &character);
		if (!shown(character, size))
			return false;
	}
	return true;
}

void printable_write(FILE *file, const char *text, size_t length)
{
	uint32_t character;
	size_t size;

	for (; length; text += size, length -= size) {
		size = printable_character(text, length, &character);
		if (shown(character, size))
			fwrite(text, 1, size, file);
		else if (size == 1)
			fprintf(file, "\\x%02x", (uint8_t)*text);
		else
			fprintf(file, "\\u%04x", character);
	}
}

void printable_line_of(FILE *file, const char *format, va_list arguments)
{
	char *text;
	int length = vasprintf(&text, format, arguments);

	if (length >= 0) {
		printable_write(file, text, (size_t)length);
		free(text);
	}
	putc('\n', file);
}

void printable_line(FILE *file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printable_line_of(file, format, arguments);
	va_end(arguments);
}
