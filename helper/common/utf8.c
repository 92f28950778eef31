// SPDX-License-Identifier: LGPL-2.1-or-later
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* Bytes that follow @lead, and the range of the first of them; 0 for a lead that there is not. */
static size_t sequence(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
	*ret_low = 0x80;
	*ret_high = 0xbf;
	switch (lead) {
	case 0xc2 ... 0xdf:
		return 1;
	case 0xe0:
		*ret_low = 0xa0;
		return 2;
	case 0xed:
		*ret_high = 0x9f;
		return 2;
	case 0xe1 ... 0xec:
	case 0xee ... 0xef:
		return 2;
	case 0xf0:
		*ret_low = 0x90;
		return 3;
	case 0xf1 ... 0xf3:
		return 3;
	case 0xf4:
		*ret_high = 0x8f;
		return 3;
	default:
		return 0;
	}
}

size_t utf8_character(const void *text, size_t length)
{
	const uint8_t *bytes = text;
	uint8_t low, high;
	size_t rest, i;

	if (!length)
		return 0;
	if (bytes[0] < 0x80)
		return 1;
	rest = sequence(bytes[0], &low, &high);
	if (!rest || length <= rest || bytes[1] < low || bytes[1] > high)
		return 0;
	for (i = 2; i <= rest; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return 0;
	return rest + 1;
}

/* The size of a word of characters that take one byte each; 0: what is next is none. */
static size_t ascii(const uint8_t *bytes, size_t length)
{
	uint64_t word;

	if (length < sizeof(word))
		return *bytes < 0x80;
	memcpy(&word, bytes, sizeof(word));
	return word & UINT64_C(0x8080808080808080) ? *bytes < 0x80 : sizeof(word);
}

bool utf8_valid(const void *text, size_t length)
{
	const uint8_t *next = text;
	size_t character;

	for (; length; next += character, length -= character) {
		/* Mostly it is ASCII: as much of it as one word has. */
		character = ascii(next, length);
		if (character)
			continue;
		character = utf8_character(next, length);
		if (!character)
			return false;
	}
	return true;
}

void utf8_mend(char *text)
{
	size_t length = strlen(text), character;

	for (; length; text += character, length -= character) {
		character = utf8_character(text, length);
		if (!character) {
			*text = '?';
			character = 1;
		}
	}
}
