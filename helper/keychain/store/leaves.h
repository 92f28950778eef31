/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows on leaves of tables, read from the pages of a file whatever leads to them: where an inner page is damaged, SQLite
 * reaches none of the rows below it. Format: https://www.sqlite.org/fileformat2.html, 1.5, 1.6 and 2.1.
 *
 * Nothing may be left in the file's WAL. What was deleted is not found, as deleted rows and free pages are overwritten
 * (secure_delete).
 */
#ifndef KEYCHAIN_LEAVES_H
#define KEYCHAIN_LEAVES_H

#include <stddef.h>
#include <stdint.h>

enum leaf_kind {
	LEAF_NULL,
	LEAF_INTEGER,
	LEAF_TEXT,
	LEAF_BLOB,
};

struct leaf_value {
	enum leaf_kind kind;
	int64_t integer;
	const uint8_t *bytes;		/* good until the next row */
	size_t length;
};

struct leaves;

/*
 * Reads, of the file @path, all rows of just @columns columns, or of up to @added less, which were written before the last ones
 * were added to the table: these are LEAF_NULL. Returns 0 or a negative errno.
 */
int leaves_open(const char *path, unsigned int columns, unsigned int added, struct leaves **ret_leaves);

/*
 * The next row, in the order of pages: its number and @columns values, that of the number itself being LEAF_NULL. What is
 * no row is passed over. Returns 1; 0 where there is none any more; or a negative errno: the file cannot be read.
 */
int leaves_next(struct leaves *leaves, int64_t *ret_row, const struct leaf_value **ret_values);

void leaves_close(struct leaves *leaves);

static inline void leaves_close_pointer(struct leaves **leaves)
{
	leaves_close(*leaves);
}

#define CLEANUP_LEAVES CLEANUP(leaves_close_pointer)

#endif
