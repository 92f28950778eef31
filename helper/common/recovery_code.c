// SPDX-License-Identifier: LGPL-2.1-or-later
#include "recovery_code.h"

#include <errno.h>
#include <string.h>

#define CHARACTERS	30
#define GROUP		5
#define CHECKSUM_BITS	22
#define TOTAL_BITS	(CHARACTERS * 5)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Beginnings of the CRC: the first one is that of RFC 9580. */
static const uint32_t beginnings[] = {
	[RECOVERY_CODE_OWN] = 0xb704ce,
	[RECOVERY_CODE_ORGANISATION] = 0x4f5247,
};

static uint32_t checksum(enum recovery_code_kind kind, const uint8_t secret[RECOVERY_SECRET_SIZE])
{
	uint32_t crc = beginnings[kind];
	size_t i;
	int bit;

	for (i = 0; i < RECOVERY_SECRET_SIZE; i++) {
		crc ^= (uint32_t)secret[i] << 16;
		for (bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if (crc & 0x1000000)
				crc ^= 0x1864cfb;
		}
	}
	return (crc & 0xffffff) >> (24 - CHECKSUM_BITS);
}

/* Bit @index of secret and checksum, the most significant first. */
static unsigned int code_bit(const uint8_t secret[RECOVERY_SECRET_SIZE], uint32_t check, int index)
{
	if (index < RECOVERY_SECRET_SIZE * 8)
		return secret[index / 8] >> (7 - index % 8) & 1;
	return check >> (TOTAL_BITS - 1 - index) & 1;
}

void recovery_code_format(enum recovery_code_kind kind, const uint8_t secret[RECOVERY_SECRET_SIZE], char *ret_code)
{
	uint32_t check = checksum(kind, secret);
	int i, bit;

	for (i = 0; i < CHARACTERS; i++) {
		unsigned int value = 0;

		for (bit = 0; bit < 5; bit++)
			value = value << 1 | code_bit(secret, check, i * 5 + bit);
		if (i && i % GROUP == 0)
			*ret_code++ = '-';
		*ret_code++ = alphabet[value];
	}
}

static int character_value(char character)
{
	const char *found;

	if (character >= 'a' && character <= 'z')
		character = (char)(character - 'a' + 'A');
	if (character == 'O')
		character = '0';
	if (character == 'I' || character == 'L')
		character = '1';
	found = character ? strchr(alphabet, character) : NULL;
	return found ? (int)(found - alphabet) : -1;
}

bool recovery_code_is_part(const char *typed, const char *part, size_t length)
{
	int difference = 0;

	for (size_t i = 0; i < length; i++)
		difference |= character_value(typed[i]) ^ character_value(part[i]);
	return !difference;
}

int recovery_code_parse(const char *code, size_t length, enum recovery_code_kind *ret_kind,
			uint8_t ret_secret[RECOVERY_SECRET_SIZE])
{
	uint8_t secret[RECOVERY_SECRET_SIZE] = { 0 };
	uint32_t check = 0;
	int result = -EINVAL;
	int bits = 0;
	int value, bit;
	size_t i;

	for (i = 0; i < length; i++) {
		if (code[i] == ' ' || code[i] == '-')
			continue;
		value = character_value(code[i]);
		if (value < 0 || bits == TOTAL_BITS)
			goto out;
		for (bit = 4; bit >= 0; bit--, bits++) {
			unsigned int set = (unsigned int)value >> bit & 1;

			if (bits < RECOVERY_SECRET_SIZE * 8)
				secret[bits / 8] |= (uint8_t)(set << (7 - bits % 8));
			else
				check = check << 1 | set;
		}
	}
	*ret_kind = check == checksum(RECOVERY_CODE_ORGANISATION, secret) ? RECOVERY_CODE_ORGANISATION : RECOVERY_CODE_OWN;
	if (bits != TOTAL_BITS || check != checksum(*ret_kind, secret))
		goto out;
	memcpy(ret_secret, secret, sizeof(secret));
	result = 0;
out:
	explicit_bzero(secret, sizeof(secret));
	return result;
}
