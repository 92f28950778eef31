// SPDX-License-Identifier: LGPL-2.1-or-later
#include "utf8.h"

#include <stdint.h>

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

bool utf8_valid(const void *text, size_t length)
{
	const uint8_t *byte = text;
	const uint8_t *end = byte + length;
	uint8_t low, high;
	size_t rest;

	while (byte < end) {
		if (*byte < 0x80) {
			byte++;
			continue;
		}
		rest = sequence(*byte++, &low, &high);
		if (!rest || (size_t)(end - byte) < rest || *byte < low || *byte > high)
			return false;
		for (byte++; --rest; byte++)
			if (*byte < 0x80 || *byte > 0xbf)
				return false;
	}
	return true;
}
