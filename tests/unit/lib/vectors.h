/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the known-answer vectors of keybag/vectors.
 */
#ifndef UNIT_VECTORS_H
#define UNIT_VECTORS_H

#include "keybag/port.h"

#define VECTOR_MAX_LENGTH	8192

struct vector {
	size_t length;
	u8 bytes[VECTOR_MAX_LENGTH];
};

/* Opens a file by its name in keybag/vectors; ends the program when it cannot. */
struct vectors *vectors_open(const char *name);
void vectors_close(struct vectors *vectors);

/* The value of a name in a section; ends the program when there is none. Free it with free(). */
struct vector *vectors_get(const struct vectors *vectors, const char *section, const char *name);

/* The same as a little-endian integer. */
u64 vectors_number(const struct vectors *vectors, const char *section, const char *name);

/* Whether the value is these bytes. */
bool vectors_equal(const struct vectors *vectors, const char *section, const char *name,
		   const u8 *bytes, size_t length);

#endif /* UNIT_VECTORS_H */
