/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in bytes of rows: little-endian, at any alignment.
 */
#ifndef KEYCHAIN_NUMBER_H
#define KEYCHAIN_NUMBER_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t number_get(const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return le32toh(number);
}

static inline void number_put(uint8_t *bytes, uint32_t number)
{
	number = htole32(number);
	memcpy(bytes, &number, sizeof(number));
}

#endif
