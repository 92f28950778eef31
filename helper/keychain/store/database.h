/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file: opening, schema, transactions, statements, and what SQLite's errors mean.
 *
 * SQLite alone opens the file: closing a descriptor of one's own gives up the locks that it has. A
 * damaged file is moved aside under a dated name, never deleted, and a new one is made. That the file is
 * busy, the disk full or failing is no damage. Functions return an errSec status and fill in @outcome.
 */
#ifndef KEYCHAIN_DATABASE_H
#define KEYCHAIN_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "helper/keychain/store/outcome.h"

#define DATABASE_STATEMENTS	64

struct database {
	sqlite3 *handle;
	char *path;
	int version; /* of the file's schema; less than SCHEMA_VERSION: to be migrated */
	bool writing;		/* in a transaction that may write */
	bool untidy;		/* database_tidy() has work */
	bool damaged;		/* found so since it was opened */
	bool suspect;		/* a statement does not fit the schema: it may be damaged */
	unsigned int repairs;	/* since it was opened first */
	char *moved_aside; /* where a damaged predecessor went, until that was told; else NULL */
	int64_t saved;	/* items of that one which could be read; -1: not counted yet */
	char *set_aside; /* where that of another keybag went (owner.h), until that was told; else NULL */
	char *notice;	/* what has happened to the file, for the log, until that was told; else NULL */
	struct {
		char *sql;
		sqlite3_stmt *statement;
	} statements[DATABASE_STATEMENTS];
	unsigned int next_statement;
};

int database_open(struct database *database, const char *path, struct outcome *outcome);
void database_close(struct database *database);

/*
 * Opens the file again. One that was found damaged is mended (repair.h), which is tried once; else it is
 * moved aside, and a new one made of what can be read of it. A disk that is full or fails, memory or
 * another program may keep it from that: nothing is done then.
 */
int database_reopen(struct database *database, struct outcome *outcome);

/* Whether database_reopen() is to be called, and was not just in vain. */
bool database_to_mend(const struct database *database);

/*
 * Writes all that is in the WAL into the file, and closes it; database_reopen() opens it again. Fails
 * where another program keeps it from doing so.
 */
int database_fold(struct database *database, struct outcome *outcome);

/* Bytes of the file that are in use, those in the WAL with them and free pages not; -1 where that cannot be told. */
int64_t database_bytes(struct database *database);

/*
 * One bounded step of giving free pages back to the disk, outside of a transaction. Returns whether there is
 * more to do. Failures are for the request that meets them next. A file made without auto_vacuum is
 * rebuilt with it where it is small; in a large one free pages are used again, but not given back.
 */
bool database_tidy(struct database *database);

/* For the log. */
__attribute__((format(printf, 2, 3))) void database_notice(struct database *database, const char *format, ...);

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
