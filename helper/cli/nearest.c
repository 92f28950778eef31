// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/nearest.h"

#include <string.h>

#define MAX_LENGTH	32	/* a longer word is no name */
#define SHORT_LENGTH	4
#define LEAST_PREFIX	2

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* Mistakes between both, swaps of neighbours counted as one. */
static size_t distance_between(const char *one, size_t length, const char *other, size_t other_length)
{
	size_t rows[3][MAX_LENGTH + 1];

	for (size_t j = 0; j <= other_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= length; i++) {
		const size_t *before = rows[(i - 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= other_length; j++) {
			row[j] = least(least(before[j], row[j - 1]) + 1, before[j - 1] + (one[i - 1] != other[j - 1]));
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
				row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[length % 3][other_length];
}

void nearest_try(struct nearest *nearest, const char *name)
{
	size_t length = strlen(nearest->typed), name_length = strlen(name), distance;
	size_t most = length > SHORT_LENGTH ? 2 : 1;

	if (!length || length > MAX_LENGTH || name_length > MAX_LENGTH)
		return;
	distance = length >= LEAST_PREFIX && !strncmp(nearest->typed, name, length) ? 1 :
		   distance_between(nearest->typed, length, name, name_length);
	/* A wrong letter of two is another word. */
	if (distance > most || distance >= length || (nearest->name && distance >= nearest->distance))
		return;
	nearest->name = name;
	nearest->distance = distance;
}
