// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/database.h"
#include "helper/keychain/store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define BUSY_TIMEOUT_MS		20000
#define APPLICATION_ID		0x4b594348	/* "KYCH" */

int database_status(struct database *database, int result, struct outcome *outcome)
{
	const char *text = sqlite3_errstr(result);
	const char *path = database->path;

	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return outcome_no_memory(outcome);
	case SQLITE_FULL:
		return outcome_fail(outcome, errSecNotAvailable,
				    "%s: no space left on the disk: nothing was changed; "
				    "make room", path);
	case SQLITE_IOERR:
		return outcome_fail(outcome, errSecIO, "%s: %s: the disk fails", path, text);
	case SQLITE_READONLY:
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
				    "%s is damaged; it is moved aside, "
				    "and a new one made, with the next request",
				    path);
	case SQLITE_TOOBIG:
		return outcome_fail(outcome, errSecParam, "too large for the database");
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return outcome_fail(outcome, errSecNotAvailable, "%s cannot be opened: %s", path,
				    text);
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
				    "%s: no space left on the disk: make room", database->path);
	default:
		return outcome_fail(outcome, errSecNotAvailable,
				    "%s: %s: it has to be a file of the account that the "
				    "keychain's service runs as", database->path,
				    strerrordesc_np(error));
	}
}

/* The file exists and is ours alone, whatever its mode was. */
static int make_file(struct database *database, struct outcome *outcome)
{
	int fd CLEANUP_FD = -1;

	if (chmod(database->path, 0600) && errno != ENOENT)
		return no_file(database, errno, outcome);
	fd = open(database->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? no_file(database, errno, outcome) : 0;
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
		 APPLICATION_ID, DATABASE_VERSION);
	status = database_begin(database, true, outcome);
	if (!status)
		status = read_number(database, "PRAGMA user_version", &database->version, outcome);
	if (!status && !database->version) {
		status = database_execute(database, sql, outcome);
		if (!status)
			status = database_execute(database, version, outcome);
		if (!status)
			database->version = DATABASE_VERSION;
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
				  "PRAGMA secure_delete=ON;PRAGMA temp_store=MEMORY;"
				  "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
				  "PRAGMA mmap_size=0;PRAGMA wal_autocheckpoint=4096;"
				  "PRAGMA journal_size_limit=16777216;", outcome);
	if (!status)
		status = read_number(database, "PRAGMA user_version", &database->version, outcome);
	if (!status && !database->version)
		status = make_tables(database, outcome);
	if (!status && database->version > DATABASE_VERSION)
		status = outcome_fail(outcome, errSecNotAvailable,
				      "%s was written by a newer version "
				      "of the keychain (format %d, this one knows %d): install that "
				      "version again",
				      database->path, database->version, DATABASE_VERSION);
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

static int move_aside(struct database *database, struct outcome *outcome)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char stamp[40];
	struct tm fields;
	time_t now = time(NULL);

	gmtime_r(&now, &fields);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &fields);
	for (unsigned int attempt = 0; attempt < 1000; attempt++) {
		char *target CLEANUP_FREE = NULL;

		if (asprintf(&target, "%s.damaged-%s%s%.0u", database->path, stamp,
			     attempt ? "-" : "", attempt) < 0)
			return outcome_no_memory(outcome);
		if (!access(target, F_OK))
			continue;
		for (unsigned int i = 0; i < 3; i++) {
			char *from CLEANUP_FREE = NULL, *to CLEANUP_FREE = NULL;

			if (asprintf(&from, "%s%s", database->path, suffixes[i]) < 0 ||
			    asprintf(&to, "%s%s", target, suffixes[i]) < 0)
				return outcome_no_memory(outcome);
			if (rename(from, to) && errno != ENOENT)
				return outcome_fail(outcome, errSecNotAvailable,
						    "%s is damaged and "
						    "cannot be moved aside: %s",
						    from, strerror(errno));
		}
		free(database->moved_aside);
		database->moved_aside = target;
		target = NULL;
		return 0;
	}
	return outcome_fail(outcome, errSecNotAvailable,
			    "%s is damaged and was moved aside too often", database->path);
}

static int open_or_replace(struct database *database, struct outcome *outcome)
{
	int status = set_up(database, outcome);

	if (!status || !database->damaged)
		return status;
	close_handle(database);
	outcome_reset(outcome);
	status = move_aside(database, outcome);
	database->damaged = false;
	return status ? status : set_up(database, outcome);
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
	sqlite3_stmt *check;
	const char *found;
	int status;

	database_rollback(database);
	if (!database->handle)
		return open_or_replace(database, outcome);
	check = database_prepare(database, "PRAGMA quick_check(1)", outcome);
	if (check && sqlite3_step(check) == SQLITE_ROW) {
		found = (const char *)sqlite3_column_text(check, 0);
		database->damaged = !found || strcmp(found, "ok");
	}
	database_done(check);
	close_handle(database);
	outcome_reset(outcome);
	if (!database->damaged)
		return open_or_replace(database, outcome);
	database->damaged = false;
	status = move_aside(database, outcome);
	return status ? status : set_up(database, outcome);
}

void database_close(struct database *database)
{
	close_handle(database);
	free(database->path);
	free(database->moved_aside);
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
	database->writing = false;
	return 0;
}

void database_rollback(struct database *database)
{
	/* Without memory for the statement it must end all the same. */
	if (database->handle && !sqlite3_get_autocommit(database->handle) &&
	    run(database, "ROLLBACK") != SQLITE_OK)
		sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
	database->writing = false;
}
