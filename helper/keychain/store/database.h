/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file: opening, schema, transactions, statements, and what SQLite's errors mean.
 *
 * A damaged file is moved aside under a dated name, never deleted, and a new one is made. That the
 * file is busy, the disk full or failing is no damage. Functions return an errSec status and fill
 * in
 * @outcome.
 */
#ifndef KEYCHAIN_DATABASE_H
#define KEYCHAIN_DATABASE_H

#include <stdbool.h>

#include <sqlite3.h>

#include "helper/keychain/store/outcome.h"

#define DATABASE_VERSION	2	/* schema of this program, see docs/keychain-format.md */
#define DATABASE_STATEMENTS	64

struct database {
	sqlite3 *handle;
	char *path;
	int version; /* of the file's schema; less than DATABASE_VERSION: to be migrated */
	bool writing;		/* in a transaction that may write */
	bool damaged;		/* found so since it was opened */
	char *moved_aside; /* where a damaged predecessor went, until that was told; else NULL */
	struct {
		char *sql;
		sqlite3_stmt *statement;
	} statements[DATABASE_STATEMENTS];
	unsigned int next_statement;
};

int database_open(struct database *database, const char *path, struct outcome *outcome);
void database_close(struct database *database);

/* Checks a file that was found damaged, moves it aside if it is, and opens a new one. */
int database_reopen(struct database *database, struct outcome *outcome);

/* A snapshot for reading, or the exclusive right to write. */
int database_begin(struct database *database, bool write, struct outcome *outcome);
int database_commit(struct database *database, struct outcome *outcome);
/* Ends a transaction without its changes, if there is one. */
void database_rollback(struct database *database);

/*
 * A statement of that text, ready to be bound; it is kept for the next time. One that is in use may
 * not be asked for again. database_done() after use, which unbinds. NULL with @outcome set.
 */
sqlite3_stmt *database_prepare(struct database *database, const char *sql, struct outcome *outcome);
void database_done(sqlite3_stmt *statement);
void database_done_pointer(sqlite3_stmt **statement);
#define CLEANUP_STATEMENT __attribute__((cleanup(database_done_pointer)))

/* Runs statements without parameters and results. */
int database_execute(struct database *database, const char *sql, struct outcome *outcome);

/* The status for a result of SQLite that is none of OK, ROW and DONE. */
int database_status(struct database *database, int result, struct outcome *outcome);

#endif
