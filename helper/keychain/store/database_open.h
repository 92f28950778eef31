/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening of a database's file, and of what takes its place where it is damaged.
 */
#ifndef KEYCHAIN_DATABASE_OPEN_H
#define KEYCHAIN_DATABASE_OPEN_H

#include "helper/keychain/store/database.h"

enum fault database_open(struct database *database, const char *path);
void database_close(struct database *database);

/*
 * Opens the file again. One that was found damaged is mended (repair.h), which is tried once; else it is
 * moved aside, and a new one made of what can be read of it. A disk that is full or fails, memory or
 * another program may keep it from that: nothing is done then.
 */
enum fault database_reopen(struct database *database);

/* Whether database_reopen() is to be called, and was not just in vain. */
bool database_to_mend(const struct database *database);

/*
 * Writes all that is in the WAL into the file, and closes it; database_reopen() opens it again. Fails
 * where another program keeps it from doing so.
 */
enum fault database_fold(struct database *database);

/* Fills database->mark, and gives the file one if it has none; where that cannot be written it stays without. */
enum fault database_read_mark(struct database *database);

/* Gives the file another one: it was put in the place of one that was in use, and may be an older copy of that. */
enum fault database_new_mark(struct database *database);

#endif
