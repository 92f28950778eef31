/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name that a mistyped word was probably meant to be.
 */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *typed;
	const char *name;	/* the nearest so far; NULL: none is near */
	size_t distance;
};

#define NEAREST_TO(word) ((struct nearest){ .typed = (word) })

/*
 * Compares with one more name, which stays the caller's. Near are names that begin with the word, and those that two
 * mistakes lead to (one, of words of up to four bytes): a character too many, missing or wrong, or two swapped.
 */
void nearest_try(struct nearest *nearest, const char *name);

#endif
