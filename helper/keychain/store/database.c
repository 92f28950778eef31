// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/database.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define GIVEN_BACK_AT_ONCE	"256"	/* pages, in a step of database_tidy() */
#define REBUILT_PAGES		4096	/* a file of at most so many is rebuilt in one step */

static enum fault fault_of(struct database *database, int result)
{
	struct fault_reason *reason = &database->reason;
	const char *text = sqlite3_errstr(result);
	const char *path = database->path;

	result = raw_cause(database->handle, result);
	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return FAULT_MEMORY;
	case SQLITE_FULL:
		return fault_because(reason, FAULT_FILE,
				     "%s: no space left on the disk, or the quota is used up: nothing was changed; "
				     "make room", path);
	case SQLITE_IOERR:
		if (raw_errno(database->handle) == EFBIG)
			return fault_because(reason, FAULT_DISK, "%s cannot be made larger: raise the limit of the "
					     "service (LimitFSIZE=) or of the file system", path);
		return fault_because(reason, FAULT_DISK, "%s: %s: the disk fails", path, text);
	case SQLITE_READONLY:
		/* The header says that only newer versions may write it. */
		database->damaged |= result == SQLITE_READONLY && !access(path, W_OK);
		return fault_because(reason, FAULT_READ_ONLY, "%s is read-only: mount its file "
				     "system writable", path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return fault_because(reason, FAULT_FILE,
				     "%s is busy with another request: try again", path);
	case SQLITE_CONSTRAINT:
		return fault_because(reason, FAULT_DUPLICATE, "an item with the same unique "
				     "attributes exists");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		database->damaged = true;
		return fault_because(reason, FAULT_FILE,
				     "%s is damaged; it is mended, or moved aside and a new one made, with the next "
				     "request", path);
	case SQLITE_TOOBIG:
		return fault_because(reason, FAULT_TOO_LARGE, "too large for the database");
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return fault_because(reason, FAULT_FILE, "%s cannot be opened: %s", path,
				     text);
	case SQLITE_ERROR:
		database->suspect = true;
		/* fall through */
	default:
		return fault_because(reason, FAULT_DEFECT, "%s: %s: %s", path, text,
				     sqlite3_errmsg(database->handle));
	}
}

enum fault database_fault(struct database *database, int result)
{
	database->fault = fault_of(database, result);
	return database->fault;
}

enum fault database_execute(struct database *database, const char *sql)
{
	int result = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? FAULT_NONE : database_fault(database, result);
}

sqlite3_stmt *database_kept(struct database *database, const struct statement_name *name)
{
	return statements_find(&database->statements, name);
}

sqlite3_stmt *database_keep(struct database *database, const struct statement_name *name, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int result = statements_add(&database->statements, database->handle, name, sql, &statement);

	if (result != SQLITE_OK)
		database_fault(database, result);
	return statement;
}

sqlite3_stmt *database_named(struct database *database, const struct statement_name *name, const char *format, ...)
{
	sqlite3_stmt *statement = database_kept(database, name);
	char *sql CLEANUP_FREE = NULL;
	va_list arguments;
	int length;

	if (statement)
		return statement;
	va_start(arguments, format);
	length = vasprintf(&sql, format, arguments);
	va_end(arguments);
	if (length >= 0)
		return database_keep(database, name, sql);
	sql = NULL;
	database_fault(database, SQLITE_NOMEM);
	return NULL;
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int result = statements_text(&database->statements, database->handle, sql, &statement);

	if (result != SQLITE_OK)
		database_fault(database, result);
	return statement;
}

void database_done(sqlite3_stmt *statement)
{
	if (!statement)
		return;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

/* A statement about a transaction. */
static enum fault run(struct database *database, enum statement_kind kind, const char *sql)
{
	struct statement_name name = { .kind = kind };
	sqlite3_stmt *statement = database_named(database, &name, "%s", sql);
	int result;

	if (!statement)
		return database->fault;
	result = sqlite3_step(statement);
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? FAULT_NONE : database_fault(database, result);
}

void database_done_pointer(sqlite3_stmt **statement)
{
	database_done(*statement);
}

enum fault database_number(struct database *database, const char *sql, int *ret_number)
{
	sqlite3_stmt *statement CLEANUP_STATEMENT = database_prepare(database, sql);
	int result;

	if (!statement)
		return database->fault;
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW)
		return database_fault(database, result);
	*ret_number = sqlite3_column_int(statement, 0);
	return FAULT_NONE;
}

void database_notice(struct database *database, const char *format, ...)
{
	va_list arguments;

	free(database->notice);
	va_start(arguments, format);
	if (vasprintf(&database->notice, format, arguments) < 0)
		database->notice = NULL;
	va_end(arguments);
}

enum fault database_begin(struct database *database, bool write)
{
	enum fault fault = write ? run(database, STATEMENT_BEGIN_WRITE, "BEGIN IMMEDIATE") :
				   run(database, STATEMENT_BEGIN, "BEGIN");

	database->writing = write && !fault;
	return fault;
}

enum fault database_commit(struct database *database)
{
	enum fault fault = run(database, STATEMENT_COMMIT, "COMMIT");

	if (fault)
		return fault;
	database->untidy |= database->writing;
	database->writing = false;
	return FAULT_NONE;
}

uint32_t database_data_version(struct database *database)
{
	unsigned int version = 0;

	sqlite3_file_control(database->handle, NULL, SQLITE_FCNTL_DATA_VERSION, &version);
	return version;
}

bool database_written_by_others(struct database *database)
{
	int before = database->of_others, now = 0;

	if (!database->handle || database_number(database, "PRAGMA data_version", &now))
		return false;
	database->of_others = now;
	return now != before;
}

bool database_moved(struct database *database)
{
	int moved = 0;

	/* Without a handle it is looked up by its name when it is opened again. */
	if (!database->handle)
		return false;
	sqlite3_file_control(database->handle, NULL, SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved;
}

bool database_has_snapshot(struct database *database)
{
	return sqlite3_txn_state(database->handle, NULL) != SQLITE_TXN_NONE;
}

static enum fault count_pages(struct database *database, int *ret_all, int *ret_free)
{
	enum fault fault = database_number(database, "PRAGMA page_count", ret_all);

	return fault ? fault : database_number(database, "PRAGMA freelist_count", ret_free);
}

int64_t database_bytes(struct database *database)
{
	int all, unused, size;
	int64_t bytes = -1;

	if (database->handle && !count_pages(database, &all, &unused) &&
	    !database_number(database, "PRAGMA page_size", &size))
		bytes = ((int64_t)all - unused) * size;
	return bytes;
}

/* *@ret_more: some of them are left. */
static enum fault give_back_pages(struct database *database, bool *ret_more)
{
	int all, unused, left, mode;
	enum fault fault = count_pages(database, &all, &unused);

	*ret_more = false;
	if (fault || !unused)
		return fault;
	fault = database_number(database, "PRAGMA auto_vacuum", &mode);
	if (!fault && !mode)
		return all > REBUILT_PAGES ? FAULT_NONE : database_execute(database, SCHEMA_VACUUM "VACUUM");
	if (!fault)
		fault = database_execute(database, "PRAGMA incremental_vacuum(" GIVEN_BACK_AT_ONCE ")");
	if (!fault)
		fault = count_pages(database, &all, &left);
	*ret_more = !fault && left && left < unused;
	return fault;
}

bool database_tidy(struct database *database)
{
	bool more = false;

	if (!database->untidy || !database->handle || database->damaged || database->suspect)
		return false;
	/* Nobody waits here for another program that has the file. */
	sqlite3_busy_timeout(database->handle, 0);
	/* The log has what was erased until it is cut off. */
	if (!give_back_pages(database, &more))
		database->untidy = more || sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE,
								     NULL, NULL) != SQLITE_OK;
	sqlite3_busy_timeout(database->handle, DATABASE_BUSY_MS);
	return more;
}

void database_rollback(struct database *database)
{
	/* Without memory for the statement it must end all the same. */
	if (database->handle && !sqlite3_get_autocommit(database->handle) &&
	    run(database, STATEMENT_ROLLBACK, "ROLLBACK"))
		sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
	database->writing = false;
}
