// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keybag.h"

#include <errno.h>
#include <string.h>

/* Bytes after which the text form has a dash. */
static int dash_after(int byte)
{
	return byte == 3 || byte == 5 || byte == 7 || byte == 9;
}

void keybag_uuid_format(const uint8_t uuid[KEYBAG_UUID_SIZE], char ret_text[KEYBAG_UUID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < KEYBAG_UUID_SIZE; i++) {
		*ret_text++ = digits[uuid[i] >> 4];
		*ret_text++ = digits[uuid[i] & 15];
		if (dash_after(i))
			*ret_text++ = '-';
	}
	*ret_text = 0;
}

static int digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

int keybag_uuid_parse(const char *text, uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	uint8_t uuid[KEYBAG_UUID_SIZE];
	int i, high, low;

	for (i = 0; i < KEYBAG_UUID_SIZE; i++) {
		high = digit(*text);
		if (high < 0)
			return -EINVAL;
		low = digit(*++text);
		if (low < 0)
			return -EINVAL;
		text++;
		uuid[i] = (uint8_t)(high << 4 | low);
		if (dash_after(i) && *text++ != '-')
			return -EINVAL;
	}
	if (*text)
		return -EINVAL;
	memcpy(ret_uuid, uuid, sizeof(uuid));
	return 0;
}
