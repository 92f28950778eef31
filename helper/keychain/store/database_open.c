// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/database_open.h"
#include "helper/keychain/store/aside.h"
#include "helper/keychain/store/beside.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/repair.h"
#include "helper/keychain/store/salvage.h"
#include "helper/keychain/store/schema.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

/* The time for which a moved file is waited for while another program reads it. */
#define MOVED_BUSY_MS	1000

static enum fault no_file(struct database *database, int error)
{
	switch (error) {
	case EROFS:
		return fault_because(&database->reason, FAULT_READ_ONLY, "%s is read-only: mount its file "
				     "system writable", database->path);
	case ENOSPC:
	case EDQUOT:
		return fault_because(&database->reason, FAULT_FILE,
				     "%s: no space left on the disk, or the quota is used up: make room",
				     database->path);
	default:
		return fault_because(&database->reason, FAULT_FILE,
				     "%s: %s: it has to be a file of the account that the "
				     "keychain's service runs as", database->path,
				     strerrordesc_np(error));
	}
}

/*
 * The file exists and is ours alone, whatever its mode was. It is made without being opened: SQLite's
 * locks on it are given up when any descriptor of it is closed in this process.
 */
static enum fault make_file(struct database *database)
{
	struct stat status;

	if (mknod(database->path, S_IFREG | 0600, 0) && errno != EEXIST)
		return no_file(database, errno);
	if (lstat(database->path, &status))
		return no_file(database, errno);
	if (!S_ISREG(status.st_mode))
		return no_file(database, ELOOP);
	return chmod(database->path, 0600) ? no_file(database, errno) : FAULT_NONE;
}

static enum fault make_tables(struct database *database)
{
	char *sql CLEANUP_FREE = schema_create();
	char version[128];
	enum fault fault;

	if (!sql)
		return FAULT_MEMORY;
	snprintf(version, sizeof(version), "PRAGMA application_id=%d;PRAGMA user_version=%d;",
		 SCHEMA_APPLICATION, SCHEMA_VERSION);
	fault = database_begin(database, true);
	if (!fault)
		fault = database_number(database, "PRAGMA user_version", &database->version);
	if (!fault && !database->version) {
		fault = database_execute(database, sql);
		if (!fault)
			fault = database_execute(database, version);
		if (!fault)
			database->version = SCHEMA_VERSION;
	}
	if (!fault)
		fault = database_commit(database);
	if (fault)
		database_rollback(database);
	return fault;
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

/* Whether the header has another version than the file, which is not a newer one. */
static bool wrong_version(struct database *database)
{
	int recorded = recorded_version(database);

	return recorded && recorded <= SCHEMA_VERSION && recorded != database->version;
}

static enum fault tell_replaced(struct database *database)
{
	int items;
	enum fault fault = database_number(database, SCHEMA_COUNT, &items);

	if (fault)
		return fault;
	database->saved = items;
	database_notice(database, "the database was damaged and moved to %s; a new one is used from now on, with the "
			"%d items that could be read", database->moved_aside, items);
	return FAULT_NONE;
}

static enum fault find_mark(struct database *database)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(database, "SELECT value FROM about WHERE name='file'");
	int result;

	database->mark = 0;
	if (!select)
		return database->fault;
	result = sqlite3_step(select);
	if (result == SQLITE_ROW && sqlite3_column_bytes(select, 0) == SCHEMA_MARK_SIZE)
		memcpy(&database->mark, sqlite3_column_blob(select, 0), SCHEMA_MARK_SIZE);
	return result == SQLITE_ROW || result == SQLITE_DONE ? FAULT_NONE : database_fault(database, result);
}

enum fault database_read_mark(struct database *database)
{
	enum fault fault;

	database->mark = 0;
	if (database->version < SCHEMA_WITH_ABOUT)
		return FAULT_NONE;
	fault = find_mark(database);
	return fault || database->mark ? fault : database_new_mark(database);
}

enum fault database_new_mark(struct database *database)
{
	enum fault fault = FAULT_NONE;

	if (database->version < SCHEMA_WITH_ABOUT || database->version > SCHEMA_VERSION)
		return FAULT_NONE;
	/* Nobody waits here for another program that has the file. */
	sqlite3_busy_timeout(database->handle, 0);
	if (sqlite3_exec(database->handle, SCHEMA_MARK, NULL, NULL, NULL) == SQLITE_OK)
		fault = find_mark(database);
	sqlite3_busy_timeout(database->handle, DATABASE_BUSY_MS);
	return fault;
}

static bool log_status(const struct database *database, struct stat *ret_status)
{
	char *path CLEANUP_FREE = NULL;

	return asprintf(&path, "%s" BESIDE_WAL, database->path) >= 0 && stat(path, ret_status) == 0;
}

static void note_log(struct database *database)
{
	struct stat status;

	if (log_status(database, &status))
		database->log = (struct database_log){ .device = status.st_dev, .inode = status.st_ino };
}

/*
 * A file that was moved, or another was moved to its name, leaves its log at that name: SQLite would put what is in it into
 * the next file there. What is in it goes into the file where it is now; a reader of that may keep it off, and then it is
 * lost with the log.
 */
static void take_log_along(struct database *database)
{
	struct stat status;

	if (!database->handle || !database_moved(database) || !log_status(database, &status) ||
	    status.st_dev != database->log.device || status.st_ino != database->log.inode)
		return;
	database_rollback(database);
	sqlite3_busy_timeout(database->handle, MOVED_BUSY_MS);
	sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	beside_remove_logs(database->path);
}

static void close_handle(struct database *database)
{
	statements_release(&database->statements);
	take_log_along(database);
	database->log = (struct database_log){ 0 };
	sqlite3_close_v2(database->handle);
	database->handle = NULL;
	database->writing = false;
}

static enum fault open_handle(struct database *database)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int result;

	database->alone = false;
	database->opened++;
	pthread_once(&once, configure);
	result = sqlite3_open_v2(database->path, &database->handle, SQLITE_OPEN_READWRITE |
				 SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (result != SQLITE_OK)
		return database_fault(database, result);
	sqlite3_extended_result_codes(database->handle, 1);
	sqlite3_busy_timeout(database->handle, DATABASE_BUSY_MS);
	sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	raw_distrust(database->handle);
	return database_execute(database, "PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;"
				"PRAGMA secure_delete=ON;PRAGMA temp_store=MEMORY;");
}

static enum fault start_log(struct database *database)
{
	enum fault fault = database_number(database, "PRAGMA user_version", &database->version);

	/* It writes the header, also where it changes nothing: a file of a newer version is not written. */
	if (!fault && !database->version)
		fault = database_execute(database, SCHEMA_VACUUM);
	return fault ? fault : database_execute(database, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
						"PRAGMA mmap_size=0;PRAGMA wal_autocheckpoint=4096;"
						"PRAGMA journal_size_limit=16777216;");
}

/*
 * The index of the log lies in a file beside it, which takes room also for reading. Where there is none for it the index
 * is in memory, and no other program can use the file until it is closed.
 */
static enum fault start_log_alone(struct database *database)
{
	enum fault fault;

	/* The handle keeps the kind of index that it began with. */
	close_handle(database);
	fault = open_handle(database);
	if (!fault)
		fault = database_execute(database, "PRAGMA locking_mode=EXCLUSIVE");
	if (!fault)
		fault = start_log(database);
	database->alone = !fault;
	return fault;
}

static bool no_room(struct database *database)
{
	return raw_cause(database->handle, sqlite3_extended_errcode(database->handle)) == SQLITE_FULL;
}

static enum fault set_up(struct database *database)
{
	enum fault fault = make_file(database);

	if (!fault)
		fault = open_handle(database);
	if (!fault)
		fault = start_log(database);
	if (fault && no_room(database))
		fault = start_log_alone(database);
	/* These fit every schema: it is the header that SQLite does not know. */
	database->damaged |= fault && database->suspect;
	if (!fault && !database->version && !recorded_version(database))
		fault = make_tables(database);
	/* The file has one that is known, as another place in it says: a bit of the header was flipped. */
	if (!fault && database->version != SCHEMA_VERSION && wrong_version(database)) {
		database->damaged = true;
		fault = fault_because(&database->reason, FAULT_FILE, "%s: its header is damaged", database->path);
	}
	if (!fault && database->moved_aside && database->saved < 0)
		fault = tell_replaced(database);
	/* Its last owner may have ended in the midst of it. */
	database->untidy = !fault;
	if (!fault && database->version > SCHEMA_VERSION)
		fault = fault_because(&database->reason, FAULT_FILE,
				      "%s was written by a newer version "
				      "of the keychain (format %d, this one knows %d): install that "
				      "version again",
				      database->path, database->version, SCHEMA_VERSION);
	if (!fault)
		fault = database_read_mark(database);
	if (!fault)
		fault = database_number(database, "PRAGMA data_version", &database->of_others);
	note_log(database);
	return fault;
}

/* A new file of what can be read of the damaged one, to take its place. Nothing is done where that cannot be written. */
static enum fault prepare_successor(struct database *database)
{
	char *saved CLEANUP_FREE = salvage_name(database->path);
	int result = saved ? repair_salvage(database->path, saved) : SQLITE_NOMEM;

	if (result != SQLITE_OK)
		return database_fault(database, result);
	/* Its last checkpoint has it on the disk. */
	return aside_prepare(database->path, saved, &database->reason);
}

/* Moves it aside, or goes on with that after a crash. */
static enum fault replace(struct database *database)
{
	char *target;
	bool prepared;
	enum fault fault = aside_prepared(database->path, &prepared, &database->reason);

	if (!fault && !prepared)
		fault = prepare_successor(database);
	if (!fault)
		fault = aside_damaged(database->path, &target, &database->reason);
	if (fault)
		return fault;
	free(database->moved_aside);
	database->moved_aside = target;
	database->saved = -1;
	return FAULT_NONE;
}

/* Brings a replacement that a crash has cut off to its end, or removes it. */
static enum fault finish_replacement(struct database *database)
{
	bool prepared;
	enum fault fault = aside_prepared(database->path, &prepared, &database->reason);

	if (!fault && prepared)
		return replace(database);
	if (!fault)
		salvage_clean(database->path);
	return fault;
}

bool database_to_mend(const struct database *database)
{
	return database->handle && (database->damaged || database->suspect);
}

/*
 * Where the disk, memory or another program keeps it from being done, nothing is done to the file: it stays
 * damaged, without a handle, for the next request to try again.
 */
static enum fault mend_or_replace(struct database *database)
{
	bool damaged = database->damaged, suspect = database->suspect, prepared, tried;
	int result = SQLITE_CORRUPT;
	enum fault fault;

	close_handle(database);
	database->damaged = database->suspect = false;
	fault = aside_prepared(database->path, &prepared, &database->reason);
	tried = !fault && !prepared && !database->repairs;
	if (tried)
		result = repair_in_place(database->path);
	if (result == SQLITE_OK || result == SQLITE_CORRUPT || result == REPAIR_UNDECIDED)
		database->repairs++;
	else
		fault = database_fault(database, result);
	if (result == SQLITE_OK)
		database_notice(database, "%s was damaged and has been mended; no item was lost", database->path);
	else if (!fault && (damaged || prepared || (tried && result == SQLITE_CORRUPT)))
		fault = replace(database);
	if (fault) {
		database->damaged = damaged;
		database->suspect = suspect;
		return fault;
	}
	return set_up(database);
}

static enum fault open_or_replace(struct database *database)
{
	enum fault fault = finish_replacement(database);

	if (!fault)
		fault = set_up(database);
	for (unsigned int attempt = 0; fault && attempt < 2 && database_to_mend(database); attempt++)
		fault = mend_or_replace(database);
	return fault;
}

enum fault database_open(struct database *database, const char *path)
{
	enum fault fault;

	*database = (struct database){ .path = strdup(path) };
	if (!database->path)
		return FAULT_MEMORY;
	fault = open_or_replace(database);
	if (fault)
		database_close(database);
	return fault;
}

enum fault database_reopen(struct database *database)
{
	enum fault fault;

	database_rollback(database);
	if (!database->damaged && !database->suspect) {
		close_handle(database);
		return open_or_replace(database);
	}
	fault = mend_or_replace(database);
	if (fault && database->damaged && database->handle)
		fault = mend_or_replace(database);
	return fault;
}

enum fault database_fold(struct database *database)
{
	int result;

	database_rollback(database);
	result = sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (result != SQLITE_OK)
		return database_fault(database, result);
	close_handle(database);
	return FAULT_NONE;
}

void database_close(struct database *database)
{
	close_handle(database);
	free(database->path);
	free(database->moved_aside);
	free(database->set_aside);
	free(database->notice);
	/* Why it could not be opened is asked for afterwards. */
	*database = (struct database){ .fault = database->fault, .reason = database->reason };
}
