// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/database.h"
#include "helper/keychain/store/aside.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/repair.h"
#include "helper/keychain/store/schema.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/keychain/store/salvage.h"

#define BUSY_TIMEOUT_MS		20000

#define GIVEN_BACK_AT_ONCE	"256"	/* pages, in a step of database_tidy() */
#define REBUILT_PAGES		4096	/* a file of at most so many is rebuilt in one step */

int database_status(struct database *database, int result, struct outcome *outcome)
{
	const char *text = sqlite3_errstr(result);
	const char *path = database->path;

	result = raw_cause(database->handle, result);
	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return outcome_no_memory(outcome);
	case SQLITE_FULL:
		return outcome_fail(outcome, errSecNotAvailable,
				    "%s: no space left on the disk, or the quota is used up: nothing was changed; "
				    "make room", path);
	case SQLITE_IOERR:
		if (raw_errno(database->handle) == EFBIG)
			return outcome_fail(outcome, errSecIO, "%s cannot be made larger: raise the limit of the "
					    "service (LimitFSIZE=) or of the file system", path);
		return outcome_fail(outcome, errSecIO, "%s: %s: the disk fails", path, text);
	case SQLITE_READONLY:
		/* The header says that only newer versions may write it. */
		database->damaged |= result == SQLITE_READONLY && !access(path, W_OK);
		return outcome_fail(outcome, errSecReadOnly, "%s is read-only: mount its file "
				    "system writable", path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return outcome_fail(outcome, errSecNotAvailable,
				    "%s is busy with another request: try again", path);
	case SQLITE_CONSTRAINT:
		return outcome_fail(outcome, errSecDuplicateItem, "an item with the same unique "
				    "attributes exists");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		database->damaged = true;
		return outcome_fail(outcome, errSecNotAvailable,
				    "%s is damaged; it is mended, or moved aside and a new one made, with the next "
				    "request", path);
	case SQLITE_TOOBIG:
		return outcome_fail(outcome, errSecParam, "too large for the database");
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return outcome_fail(outcome, errSecNotAvailable, "%s cannot be opened: %s", path,
				    text);
	case SQLITE_ERROR:
		database->suspect = true;
		/* fall through */
	default:
		return outcome_fail(outcome, errSecInternal, "%s: %s: %s", path, text,
				    sqlite3_errmsg(database->handle));
	}
}

int database_execute(struct database *database, const char *sql, struct outcome *outcome)
{
	int result = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : database_status(database, result, outcome);
}

static int prepare(struct database *database, const char *sql, sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *statement;
	unsigned int slot;
	char *copy;
	int result;

	for (slot = 0; slot < DATABASE_STATEMENTS; slot++) {
		if (database->statements[slot].sql &&
		    !strcmp(database->statements[slot].sql, sql) &&
		    !sqlite3_stmt_busy(database->statements[slot].statement)) {
			*ret_statement = database->statements[slot].statement;
			return SQLITE_OK;
		}
	}
	do {
		slot = database->next_statement++ % DATABASE_STATEMENTS;
	} while (database->statements[slot].sql &&
		 sqlite3_stmt_busy(database->statements[slot].statement));
	copy = strdup(sql);
	result = copy ? sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
					   &statement, NULL) : SQLITE_NOMEM;
	if (result != SQLITE_OK) {
		free(copy);
		return result;
	}
	sqlite3_finalize(database->statements[slot].statement);
	free(database->statements[slot].sql);
	database->statements[slot].sql = copy;
	database->statements[slot].statement = statement;
	*ret_statement = statement;
	return SQLITE_OK;
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql, struct outcome *outcome)
{
	sqlite3_stmt *statement = NULL;
	int result = prepare(database, sql, &statement);

	if (result != SQLITE_OK)
		database_status(database, result, outcome);
	return statement;
}

void database_done(sqlite3_stmt *statement)
{
	if (!statement)
		return;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

/* A statement without rows. Returns an SQLite result. */
static int run(struct database *database, const char *sql)
{
	sqlite3_stmt *statement;
	int result = prepare(database, sql, &statement);

	if (result != SQLITE_OK)
		return result;
	result = sqlite3_step(statement);
	database_done(statement);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

void database_done_pointer(sqlite3_stmt **statement)
{
	database_done(*statement);
}

static int no_file(const struct database *database, int error, struct outcome *outcome)
{
	switch (error) {
	case EROFS:
		return outcome_fail(outcome, errSecReadOnly, "%s is read-only: mount its file "
				    "system writable", database->path);
	case ENOSPC:
	case EDQUOT:
		return outcome_fail(outcome, errSecNotAvailable,
				    "%s: no space left on the disk, or the quota is used up: make room",
				    database->path);
	default:
		return outcome_fail(outcome, errSecNotAvailable,
				    "%s: %s: it has to be a file of the account that the "
				    "keychain's service runs as", database->path,
				    strerrordesc_np(error));
	}
}

/*
 * The file exists and is ours alone, whatever its mode was. It is made without being opened: SQLite's
 * locks on it are given up when any descriptor of it is closed in this process.
 */
static int make_file(struct database *database, struct outcome *outcome)
{
	struct stat status;

	if (mknod(database->path, S_IFREG | 0600, 0) && errno != EEXIST)
		return no_file(database, errno, outcome);
	if (lstat(database->path, &status))
		return no_file(database, errno, outcome);
	if (!S_ISREG(status.st_mode))
		return no_file(database, ELOOP, outcome);
	return chmod(database->path, 0600) ? no_file(database, errno, outcome) : 0;
}

static int read_number(struct database *database, const char *sql, int *ret_number,
		       struct outcome *outcome)
{
	sqlite3_stmt *statement CLEANUP_STATEMENT = database_prepare(database, sql, outcome);
	int result;

	if (!statement)
		return outcome->status;
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW)
		return database_status(database, result, outcome);
	*ret_number = sqlite3_column_int(statement, 0);
	return 0;
}

static int make_tables(struct database *database, struct outcome *outcome)
{
	char *sql CLEANUP_FREE = schema_create();
	char version[128];
	int status;

	if (!sql)
		return outcome_no_memory(outcome);
	snprintf(version, sizeof(version), "PRAGMA application_id=%d;PRAGMA user_version=%d;",
		 SCHEMA_APPLICATION, SCHEMA_VERSION);
	status = database_begin(database, true, outcome);
	if (!status)
		status = read_number(database, "PRAGMA user_version", &database->version, outcome);
	if (!status && !database->version) {
		status = database_execute(database, sql, outcome);
		if (!status)
			status = database_execute(database, version, outcome);
		if (!status)
			database->version = SCHEMA_VERSION;
	}
	if (!status)
		status = database_commit(database, outcome);
	if (status)
		database_rollback(database);
	return status;
}

/* Nobody asks how much memory SQLite takes, and counting it takes a lock at each allocation. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* 0: none is. */
static int recorded_version(struct database *database)
{
	sqlite3_stmt *select;
	int version = 0;

	if (sqlite3_prepare_v2(database->handle, "SELECT CAST(value AS TEXT) FROM about WHERE name='version'", -1,
			       &select, NULL) != SQLITE_OK)
		return 0;
	if (sqlite3_step(select) == SQLITE_ROW)
		version = sqlite3_column_int(select, 0);
	sqlite3_finalize(select);
	return version;
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

static int tell_replaced(struct database *database, struct outcome *outcome)
{
	int items, status = read_number(database, SCHEMA_COUNT, &items, outcome);

	if (status)
		return status;
	database->saved = items;
	database_notice(database, "the database was damaged and moved to %s; a new one is used from now on, with the "
			"%d items that could be read", database->moved_aside, items);
	return 0;
}

static int set_up(struct database *database, struct outcome *outcome)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int status = make_file(database, outcome), result;

	if (status)
		return status;
	pthread_once(&once, configure);
	result = sqlite3_open_v2(database->path, &database->handle, SQLITE_OPEN_READWRITE |
				 SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (result != SQLITE_OK)
		return database_status(database, result, outcome);
	sqlite3_extended_result_codes(database->handle, 1);
	sqlite3_busy_timeout(database->handle, BUSY_TIMEOUT_MS);
	sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	status = database_execute(database, "PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;"
				  "PRAGMA secure_delete=ON;PRAGMA temp_store=MEMORY;" SCHEMA_VACUUM
				  "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
				  "PRAGMA mmap_size=0;PRAGMA wal_autocheckpoint=4096;"
				  "PRAGMA journal_size_limit=16777216;", outcome);
	if (!status)
		status = read_number(database, "PRAGMA user_version", &database->version, outcome);
	/* These fit every schema: it is the header that SQLite does not know. */
	database->damaged |= status && database->suspect;
	if (!status && !database->version && !recorded_version(database))
		status = make_tables(database, outcome);
	/* The file has this version, as another place in it says: a bit of the header was flipped. */
	if (!status && database->version != SCHEMA_VERSION && recorded_version(database) == SCHEMA_VERSION) {
		database->damaged = true;
		status = outcome_fail(outcome, errSecNotAvailable, "%s: its header is damaged", database->path);
	}
	if (!status && database->moved_aside && database->saved < 0)
		status = tell_replaced(database, outcome);
	/* Its last owner may have ended in the midst of it. */
	database->untidy = !status;
	if (!status && database->version > SCHEMA_VERSION)
		status = outcome_fail(outcome, errSecNotAvailable,
				      "%s was written by a newer version "
				      "of the keychain (format %d, this one knows %d): install that "
				      "version again",
				      database->path, database->version, SCHEMA_VERSION);
	return status;
}

static void close_handle(struct database *database)
{
	for (unsigned int i = 0; i < DATABASE_STATEMENTS; i++) {
		sqlite3_finalize(database->statements[i].statement);
		free(database->statements[i].sql);
		database->statements[i].statement = NULL;
		database->statements[i].sql = NULL;
	}
	sqlite3_close_v2(database->handle);
	database->handle = NULL;
	database->writing = false;
}

/* A new file of what can be read of the damaged one, to take its place. Nothing is done where that cannot be written. */
static int prepare_successor(struct database *database, struct outcome *outcome)
{
	char *saved CLEANUP_FREE = salvage_name(database->path);
	int result = saved ? repair_salvage(database->path, saved) : SQLITE_NOMEM;

	if (result != SQLITE_OK)
		return database_status(database, result, outcome);
	/* Its last checkpoint has it on the disk. */
	return aside_prepare(database->path, saved, outcome);
}

/* Moves it aside, or goes on with that after a crash. */
static int replace(struct database *database, struct outcome *outcome)
{
	char *target;
	bool prepared;
	int status = aside_prepared(database->path, &prepared, outcome);

	if (!status && !prepared)
		status = prepare_successor(database, outcome);
	if (!status)
		status = aside_damaged(database->path, &target, outcome);
	if (status)
		return status;
	free(database->moved_aside);
	database->moved_aside = target;
	database->saved = -1;
	return 0;
}

/* Brings a replacement that a crash has cut off to its end, or removes it. */
static int finish_replacement(struct database *database, struct outcome *outcome)
{
	bool prepared;
	int status = aside_prepared(database->path, &prepared, outcome);

	if (!status && prepared)
		return replace(database, outcome);
	if (!status)
		salvage_clean(database->path);
	return status;
}

bool database_to_mend(const struct database *database)
{
	return database->handle && (database->damaged || database->suspect);
}

/*
 * Where the disk, memory or another program keeps it from being done, nothing is done to the file: it stays
 * damaged, without a handle, for the next request to try again.
 */
static int mend_or_replace(struct database *database, struct outcome *outcome)
{
	bool damaged = database->damaged, suspect = database->suspect, prepared;
	int status, result = SQLITE_CORRUPT;

	close_handle(database);
	outcome_reset(outcome);
	database->damaged = database->suspect = false;
	status = aside_prepared(database->path, &prepared, outcome);
	if (!status && !prepared && !database->repairs)
		result = repair_in_place(database->path);
	if (result == SQLITE_OK || result == SQLITE_CORRUPT)
		database->repairs++;
	else
		status = database_status(database, result, outcome);
	if (result == SQLITE_OK)
		database_notice(database, "%s was damaged and has been mended; no item was lost", database->path);
	else if (!status && (damaged || prepared))
		status = replace(database, outcome);
	if (status) {
		database->damaged = damaged;
		database->suspect = suspect;
		return status;
	}
	return set_up(database, outcome);
}

static int open_or_replace(struct database *database, struct outcome *outcome)
{
	int status = finish_replacement(database, outcome);

	if (!status)
		status = set_up(database, outcome);
	for (unsigned int attempt = 0; status && attempt < 2 && database_to_mend(database); attempt++)
		status = mend_or_replace(database, outcome);
	return status;
}

int database_open(struct database *database, const char *path, struct outcome *outcome)
{
	int status;

	*database = (struct database){ .path = strdup(path) };
	if (!database->path)
		return outcome_no_memory(outcome);
	status = open_or_replace(database, outcome);
	if (status)
		database_close(database);
	return status;
}

int database_reopen(struct database *database, struct outcome *outcome)
{
	int status;

	database_rollback(database);
	if (!database->damaged && !database->suspect) {
		close_handle(database);
		return open_or_replace(database, outcome);
	}
	status = mend_or_replace(database, outcome);
	if (status && database->damaged && database->handle)
		status = mend_or_replace(database, outcome);
	return status;
}

int database_fold(struct database *database, struct outcome *outcome)
{
	int result;

	database_rollback(database);
	result = sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (result != SQLITE_OK)
		return database_status(database, result, outcome);
	close_handle(database);
	return 0;
}

void database_close(struct database *database)
{
	close_handle(database);
	free(database->path);
	free(database->moved_aside);
	free(database->set_aside);
	free(database->notice);
	*database = (struct database){ 0 };
}

int database_begin(struct database *database, bool write, struct outcome *outcome)
{
	int result = run(database, write ? "BEGIN IMMEDIATE" : "BEGIN");

	if (result != SQLITE_OK)
		return database_status(database, result, outcome);
	database->writing = write;
	return 0;
}

int database_commit(struct database *database, struct outcome *outcome)
{
	int result = run(database, "COMMIT");

	if (result != SQLITE_OK)
		return database_status(database, result, outcome);
	database->untidy |= database->writing;
	database->writing = false;
	return 0;
}

static int count_pages(struct database *database, int *ret_all, int *ret_free, struct outcome *outcome)
{
	int status = read_number(database, "PRAGMA page_count", ret_all, outcome);

	return status ? status : read_number(database, "PRAGMA freelist_count", ret_free, outcome);
}

int64_t database_bytes(struct database *database)
{
	struct outcome outcome = { 0 };
	int all, unused, size;
	int64_t bytes = -1;

	if (database->handle && !count_pages(database, &all, &unused, &outcome) &&
	    !read_number(database, "PRAGMA page_size", &size, &outcome))
		bytes = ((int64_t)all - unused) * size;
	outcome_reset(&outcome);
	return bytes;
}

/* *@ret_more: some of them are left. */
static int give_back_pages(struct database *database, bool *ret_more, struct outcome *outcome)
{
	int all, unused, left, mode;
	int status = count_pages(database, &all, &unused, outcome);

	*ret_more = false;
	if (status || !unused)
		return status;
	status = read_number(database, "PRAGMA auto_vacuum", &mode, outcome);
	if (!status && !mode)
		return all > REBUILT_PAGES ? 0 : database_execute(database, SCHEMA_VACUUM "VACUUM", outcome);
	if (!status)
		status = database_execute(database, "PRAGMA incremental_vacuum(" GIVEN_BACK_AT_ONCE ")", outcome);
	if (!status)
		status = count_pages(database, &all, &left, outcome);
	*ret_more = !status && left && left < unused;
	return status;
}

bool database_tidy(struct database *database)
{
	struct outcome outcome = { 0 };
	bool more = false;

	if (!database->untidy || !database->handle || database->damaged || database->suspect)
		return false;
	/* Nobody waits here for another program that has the file. */
	sqlite3_busy_timeout(database->handle, 0);
	/* The log has what was erased until it is cut off. */
	if (!give_back_pages(database, &more, &outcome))
		database->untidy = more || sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE,
								     NULL, NULL) != SQLITE_OK;
	sqlite3_busy_timeout(database->handle, BUSY_TIMEOUT_MS);
	outcome_reset(&outcome);
	return more;
}

void database_rollback(struct database *database)
{
	/* Without memory for the statement it must end all the same. */
	if (database->handle && !sqlite3_get_autocommit(database->handle) &&
	    run(database, "ROLLBACK") != SQLITE_OK)
		sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
	database->writing = false;
}
