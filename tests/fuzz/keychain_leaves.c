// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any pages as a database whose leaves are read: rows with the columns that were asked for, whose values lie within
 * memory, and an end. The first byte is the number of columns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper/keychain/store/leaves.h"
#include "must.h"

#define PAGE_SIZE	4096
#define MOST_PAGES	16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int sum;

static void read_values(const struct leaf_value *values, unsigned int columns)
{
	for (unsigned int i = 0; i < columns; i++)
		for (size_t at = 0; values[i].kind >= LEAF_TEXT && at < values[i].length; at++)
			sum += values[i].bytes[at];
}

static void read_rows(const char *path, unsigned int columns)
{
	const struct leaf_value *values;
	struct leaves *leaves;
	size_t rows = 0;
	int64_t row;

	must(leaves_open(path, columns, columns > 1, &leaves) == 0);
	while (leaves_next(leaves, &row, &values) > 0) {
		read_values(values, columns);
		must(++rows <= MOST_PAGES * (PAGE_SIZE / 2));
	}
	leaves_close(leaves);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	char path[32];

	if (!size || size > MOST_PAGES * PAGE_SIZE)
		return 0;
	if (file < 0)
		file = memfd_create("pages", 0);
	must(file >= 0 && ftruncate(file, 0) == 0);
	must(pwrite(file, data + 1, size - 1, 0) == (ssize_t)size - 1);
	must(ftruncate(file, (off_t)((size + PAGE_SIZE - 2) / PAGE_SIZE * PAGE_SIZE)) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	read_rows(path, 1 + data[0] % 48);
	return 0;
}
