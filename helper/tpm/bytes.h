/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of what is kept outside of the TPM: little-endian numbers, and others as they are.
 */
#ifndef TPM_BYTES_H
#define TPM_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes_reader {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t *bytes_put(uint8_t *at, const void *bytes, size_t length)
{
	memcpy(at, bytes, length);
	return at + length;
}

static inline uint8_t *bytes_put_number(uint8_t *at, uint32_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*at++ = (uint8_t)(number >> 8 * i);
	return at;
}

static inline const uint8_t *bytes_take(struct bytes_reader *reader, size_t length)
{
	const uint8_t *bytes = reader->at;

	if (length > reader->left)
		return NULL;
	reader->at += length;
	reader->left -= length;
	return bytes;
}

static inline uint32_t bytes_number(const uint8_t *bytes, size_t size)
{
	uint32_t value = 0;

	for (size_t i = size; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

#endif /* TPM_BYTES_H */
