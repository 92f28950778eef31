/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building the commands of /dev/keybag that carry data behind a fixed part.
 */
#ifndef LIBKEYBAG_INLINE_DATA_H
#define LIBKEYBAG_INLINE_DATA_H

#include <stdint.h>
#include <string.h>

/* A buffer for the fixed part and up to @room bytes behind it. */
#define INLINE_DATA(type, room) \
	union { \
		type fixed; \
		uint8_t bytes[sizeof(type) + (room)]; \
	}

/* Appends at @size and returns the new size. The caller has checked that there is room. */
static inline size_t inline_append(uint8_t *bytes, size_t size, const void *data, size_t length)
{
	if (length)
		memcpy(bytes + size, data, length);
	return size + length;
}

/* Capacities are 32 bits wide; more room than that is as good as the largest number. */
static inline uint32_t inline_capacity(size_t capacity)
{
	return capacity > UINT32_MAX ? UINT32_MAX : (uint32_t)capacity;
}

#endif /* LIBKEYBAG_INLINE_DATA_H */
