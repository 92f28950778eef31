// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <inttypes.h>
#include <stdio.h>

#include "libkeybag/keybag.h"

static bool first = true;

/* Bytes of the character of UTF-8 (RFC 3629) that @text begins with; 0: none. */
static size_t character_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last;		/* of the first byte */
		unsigned char low, high;		/* of the second one */
		size_t length;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, byte;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*text < forms[i].first || *text > forms[i].last)
			continue;
		if (forms[i].length > 1 && (text[1] < forms[i].low || text[1] > forms[i].high))
			return 0;
		for (byte = 2; byte < forms[i].length; byte++)
			if ((text[byte] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* Names of files and accounts are bytes, and texts are cut at some length: what is no text is replaced. */
static void quoted(const char *text)
{
	putchar('"');
	while (*text) {
		unsigned char character = (unsigned char)*text;
		size_t length = character_length((const unsigned char *)text);

		if (character == '"' || character == '\\')
			printf("\\%c", character);
		else if (character < 0x20)
			printf("\\u%04x", character);
		else if (!length)
			fputs("\\ufffd", stdout);
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

void json_end(void)
{
	putchar('\n');
	fflush(stdout);
	first = true;
}
