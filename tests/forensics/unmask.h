/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets on command lines, as two hexadecimal strings whose XOR they are: neither the command line nor whatever brought it has them.
 */
#ifndef FORENSICS_UNMASK_H
#define FORENSICS_UNMASK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Writes strlen(@masked) / 2 bytes. Returns their number, or 0 where one of both is not hexadecimal. */
static inline size_t unmask(uint8_t *out, const char *masked, const char *mask)
{
	size_t length = strlen(masked) / 2;
	uint8_t a, b;

	for (size_t at = 0; at < length; at++) {
		if (sscanf(masked + 2 * at, "%2hhx", &a) != 1 || sscanf(mask + 2 * at, "%2hhx", &b) != 1)
			return 0;
		out[at] = a ^ b;
	}
	return length;
}

#endif /* FORENSICS_UNMASK_H */
