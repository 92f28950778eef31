/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that SQLite keeps beside a database: its name with a suffix.
 */
#ifndef KEYCHAIN_BESIDE_H
#define KEYCHAIN_BESIDE_H

#include <stdbool.h>

#define BESIDE_WAL	"-wal"	/* changes that are not in the database yet: a part of it */
#define BESIDE_SHARED	"-shm"	/* made anew from the WAL */

/* Whether a name has one of the suffixes. */
bool beside_is(const char *name);

/* Removes what is beside the database @path, without which the next one of that name begins. Returns 0 or a negative errno. */
int beside_remove_logs(const char *path);

/*
 * Removes the database @path, where it exists, and what is beside it, of which a new one of that name must find
 * nothing. It has to be closed. Returns 0 or a negative errno.
 */
int beside_remove(const char *path);

#endif
