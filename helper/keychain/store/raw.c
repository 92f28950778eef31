// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/raw.h"

#include <errno.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS		20000

void raw_close_pointer(sqlite3 **handle)
{
	sqlite3_close_v2(*handle);
}

void raw_finalize_pointer(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

static int error_of(sqlite3_file *file)
{
	int error = 0;

	if (file && file->pMethods)
		file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
	return error;
}

/* The handle has none where it was a commit that failed; its files have. */
int raw_errno(sqlite3 *handle)
{
	int error = sqlite3_system_errno(handle);
	sqlite3_file *file = NULL;

	if (!error && handle && sqlite3_file_control(handle, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK)
		error = error_of(file);
	file = NULL;
	if (!error && handle && sqlite3_file_control(handle, NULL, SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK)
		error = error_of(file);
	return error;
}

int raw_result_of(int error, int otherwise)
{
	switch (error) {
	case ENOMEM:
		return SQLITE_NOMEM;
	case ENOSPC:
	case EDQUOT:
		return SQLITE_FULL;
	case EROFS:
		return SQLITE_READONLY_DIRECTORY;
	default:
		return otherwise;
	}
}

int raw_cause(sqlite3 *handle, int result)
{
	if ((result & 0xff) != SQLITE_IOERR && (result & 0xff) != SQLITE_CANTOPEN)
		return result;
	return raw_result_of(raw_errno(handle), result);
}

int raw_run(sqlite3 *handle, const char *sql)
{
	return raw_cause(handle, sqlite3_exec(handle, sql, NULL, NULL, NULL));
}

void raw_distrust(sqlite3 *handle)
{
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

int raw_open(const char *path, sqlite3 **ret_handle)
{
	int result = sqlite3_open_v2(path, ret_handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				     SQLITE_OPEN_PRIVATECACHE, NULL);

	if (result != SQLITE_OK)
		return result;
	sqlite3_extended_result_codes(*ret_handle, 1);
	sqlite3_busy_timeout(*ret_handle, BUSY_TIMEOUT_MS);
	raw_distrust(*ret_handle);
	return raw_run(*ret_handle, "PRAGMA writable_schema=ON;PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;"
		       "PRAGMA secure_delete=ON;PRAGMA temp_store=MEMORY;PRAGMA synchronous=FULL;");
}

int raw_verdict(const char *path, int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_NOMEM:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_INTERRUPT:
		return result;
	case SQLITE_READONLY:
		/* The file may be written: its header says that only newer versions may. */
		return result == SQLITE_READONLY && !access(path, W_OK) ? SQLITE_CORRUPT : result;
	default:
		return SQLITE_CORRUPT;
	}
}
