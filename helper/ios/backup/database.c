// SPDX-License-Identifier: GPL-2.0-or-later
#include "database.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"

#define MAGIC		"SQLite format 3"	/* with its NUL */
#define HEADER_SIZE	100
#define FORMAT_PLACE	18			/* of the versions that write and read it */
#define ROLLBACK_FORMAT	1
#define STEPS		1000			/* instructions between two calls of count_down() */
#define MAX_CALLS	100000

DEFINE_CLEANUP(sqlite3, close_database, sqlite3_close)
DEFINE_CLEANUP(sqlite3_stmt, end_statement, sqlite3_finalize)

/* A row is found by the index; a hostile database could go on for ever. */
static int count_down(void *context)
{
	unsigned int *calls = context;

	return !--*calls;
}

static int error_of(int code)
{
	return code == SQLITE_NOMEM ? -ENOMEM : -EBADMSG;
}

static int open_database(uint8_t *bytes, size_t length, unsigned int *calls, sqlite3 **ret_database)
{
	int code;

	if (length < HEADER_SIZE || memcmp(bytes, MAGIC, sizeof(MAGIC)))
		return -EBADMSG;
	/* One whose journal is a write-ahead log does not open without a file for it. A backup has none. */
	bytes[FORMAT_PLACE] = bytes[FORMAT_PLACE + 1] = ROLLBACK_FORMAT;
	code = sqlite3_open_v2(":memory:", ret_database, SQLITE_OPEN_READWRITE, NULL);
	if (!code)
		code = sqlite3_deserialize(*ret_database, "main", bytes, (sqlite3_int64)length, (sqlite3_int64)length,
					   SQLITE_DESERIALIZE_READONLY);
	if (code)
		return error_of(code);
	sqlite3_db_config(*ret_database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(*ret_database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(*ret_database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(*ret_database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(*ret_database, SQLITE_LIMIT_LENGTH, IOS_RECORD_MAX_SIZE);
	sqlite3_progress_handler(*ret_database, STEPS, count_down, calls);
	return 0;
}

static int copy_column(sqlite3_stmt *statement, uint8_t **ret_record, size_t *ret_length)
{
	const void *bytes = sqlite3_column_blob(statement, 0);

	*ret_length = (size_t)sqlite3_column_bytes(statement, 0);
	if (!bytes || !*ret_length)
		return -EBADMSG;
	*ret_record = malloc(*ret_length);
	if (!*ret_record)
		return -ENOMEM;
	memcpy(*ret_record, bytes, *ret_length);
	return 0;
}

int ios_database_find(uint8_t *bytes, size_t length, const char *file, uint8_t **ret_record, size_t *ret_length)
{
	CLEANUP(close_database) sqlite3 *database = NULL;
	CLEANUP(end_statement) sqlite3_stmt *statement = NULL;
	unsigned int calls = MAX_CALLS;
	int code, result = open_database(bytes, length, &calls, &database);

	if (result)
		return result;
	code = sqlite3_prepare_v2(database, "SELECT file FROM Files WHERE fileID = ?", -1, &statement, NULL);
	if (!code)
		code = sqlite3_bind_text(statement, 1, file, -1, SQLITE_STATIC);
	if (code)
		return error_of(code);
	code = sqlite3_step(statement);
	if (code == SQLITE_DONE)
		return -ENOENT;
	return code == SQLITE_ROW ? copy_column(statement, ret_record, ret_length) : error_of(code);
}
