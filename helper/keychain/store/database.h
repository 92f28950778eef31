/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file: transactions, statements, and what SQLite's errors mean.
 *
 * SQLite alone opens the file: closing a descriptor of one's own gives up the locks that it has. A
 * damaged file is moved aside under a dated name, never deleted, and a new one is made. That the file is
 * busy, the disk full or failing is no damage. A function that fails answers a fault, and
 * leaves it here with its reason.
 */
#ifndef KEYCHAIN_DATABASE_H
#define KEYCHAIN_DATABASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/keychain/store/fault.h"
#include "helper/keychain/store/statement.h"

/* A program that has the file is waited for that long. */
#define DATABASE_BUSY_MS	20000

/* The log that lies beside the file, by which it is told from that of another file of the name; zero: not known. */
struct database_log {
	dev_t device;
	ino_t inode;
};

struct database {
	sqlite3 *handle;
	char *path;
	struct database_log log;
	uint64_t mark;	/* of the file, by which it is told from others of its name; 0: it has none */
	int version; /* of the file's schema; less than SCHEMA_VERSION: to be migrated */
	enum fault fault;	/* the last one that database_fault() has answered */
	struct fault_reason reason;	/* of the last one of the file */
	bool writing;		/* in a transaction that may write */
	bool alone;		/* opened on a full disk: no other program can use it */
	bool untidy;		/* database_tidy() has work */
	int of_others;		/* version of the data as others have made it, when that was asked last */
	bool damaged;		/* found so since it was opened */
	bool suspect;		/* a statement does not fit the schema: it may be damaged */
	unsigned int repairs;	/* since it was opened first */
	unsigned int opened;	/* how often its handle was: it may lead to another file since */
	char *moved_aside; /* where a damaged predecessor went, until that was told; else NULL */
	int64_t saved;	/* items of that one which could be read; -1: not counted yet */
	char *set_aside; /* where that of another keybag went (owner.h), until that was told; else NULL */
	char *notice;	/* what has happened to the file, for the log, until that was told; else NULL */
	struct statements statements;
};

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

/*
 * A number that changes with each change of the file, by whomever, as the last snapshot that was opened shows. A
 * transaction for reading opens one with its first statement that reads.
 */
uint32_t database_data_version(struct database *database);

/* Whether another connection has written to it since this was asked last, or since it was opened. */
bool database_written_by_others(struct database *database);

/* Whether its name leads to another file now, or to none. */
bool database_moved(struct database *database);
bool database_has_snapshot(struct database *database);

/* A snapshot for reading, or the exclusive right to write. */
enum fault database_begin(struct database *database, bool write);
enum fault database_commit(struct database *database);
/* Ends a transaction without its changes, if there is one. */
void database_rollback(struct database *database);

/*
 * The statement of that name, ready to be bound; NULL: none is kept, or it is in use. Then database_keep() makes one.
 * database_named() does both: @format is only looked at where none is kept.
 */
sqlite3_stmt *database_kept(struct database *database, const struct statement_name *name);
sqlite3_stmt *database_keep(struct database *database, const struct statement_name *name, const char *sql);
__attribute__((format(printf, 3, 4)))
sqlite3_stmt *database_named(struct database *database, const struct statement_name *name, const char *format, ...);

/*
 * A statement of that text, for what is not asked often, ready to be bound; it is kept for the next time. One that is in
 * use may not be asked for again. database_done() after use, which unbinds. NULL: database.fault.
 */
sqlite3_stmt *database_prepare(struct database *database, const char *sql);
void database_done(sqlite3_stmt *statement);
void database_done_pointer(sqlite3_stmt **statement);
#define CLEANUP_STATEMENT __attribute__((cleanup(database_done_pointer)))

/* Runs statements without parameters and results. */
enum fault database_execute(struct database *database, const char *sql);

/* The number in the first column of the first row of @sql, which has one. */
enum fault database_number(struct database *database, const char *sql, int *ret_number);

/* The fault for a result of SQLite that is none of OK, ROW and DONE; the only place that knows them. */
enum fault database_fault(struct database *database, int result);

#endif
