/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged files, mended where nothing is lost by it. The database has to be closed.
 *
 * Returns a result of SQLite's: SQLITE_OK; SQLITE_CORRUPT, where the file is damaged beyond that; REPAIR_UNDECIDED; or another one,
 * of a disk that is full or fails, of memory, of a file that is busy or cannot be opened. That one says nothing about
 * the file, which is to be left as it is.
 */
#ifndef KEYCHAIN_REPAIR_H
#define KEYCHAIN_REPAIR_H

#include <sqlite3.h>

/* A text of the schema is damaged, and in which order its table has its columns is not to be told: no row can be read by it. */
#define REPAIR_UNDECIDED	SQLITE_NOTFOUND

/*
 * Puts right what follows from the rest: texts of the schema, versions in the header, and all indexes, that of own
 * attributes too, which are made anew from the tables. Looks at the whole file once.
 */
int repair_in_place(const char *path);

#endif
