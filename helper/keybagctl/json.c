// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/printable.h"
#include "common/utf8.h"
#include "libkeybag/keybag.h"

static bool first = true;

static void escape(const char *text, size_t length)
{
	uint32_t character;

	printable_character(text, length, &character);
	printf("\\u%04x", character);
}

/* Names of files and accounts are bytes, and texts are cut at some length: what is no text is replaced. */
static void quoted(const char *text)
{
	putchar('"');
	while (*text) {
		unsigned char character = (unsigned char)*text;
		size_t length = utf8_character(text, strnlen(text, 4));

		if (character == '"' || character == '\\')
			printf("\\%c", character);
		else if (!length)
			fputs("\\ufffd", stdout);
		else if (!printable_text(text, length))
			escape(text, length);
		else
			fwrite(text, 1, length, stdout);
		text += length ? length : 1;
	}
	putchar('"');
}

static void begin(const char *name)
{
	if (!first)
		putchar(',');
	first = false;
	if (!name)
		return;
	quoted(name);
	putchar(':');
}

void json_open(const char *name, char bracket)
{
	begin(name);
	putchar(bracket);
	first = true;
}

void json_close(char bracket)
{
	putchar(bracket);
	first = false;
}

void json_text(const char *name, const char *text)
{
	begin(name);
	quoted(text);
}

void json_number(const char *name, uint64_t number)
{
	begin(name);
	printf("%" PRIu64, number);
}

void json_boolean(const char *name, bool value)
{
	begin(name);
	fputs(value ? "true" : "false", stdout);
}

void json_null(const char *name)
{
	begin(name);
	fputs("null", stdout);
}

void json_uuid(const char *name, const uint8_t *uuid)
{
	char text[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(uuid, text);
	json_text(name, text);
}

void json_hex(const char *name, const uint8_t *bytes, size_t length)
{
	begin(name);
	putchar('"');
	for (size_t i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	putchar('"');
}

void json_end(void)
{
	putchar('\n');
	first = true;
}
