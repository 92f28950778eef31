/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A damaged database, opened whatever its schema is like.
 */
#ifndef KEYCHAIN_RAW_H
#define KEYCHAIN_RAW_H

#include <sqlite3.h>

/* These return results of SQLite's. */
int raw_open(const char *path, sqlite3 **ret_handle);
int raw_run(sqlite3 *handle, const char *sql);

/* Runs no trigger or view of the file: a keychain has none, and those of a file made elsewhere are code of somebody's. */
void raw_distrust(sqlite3 *handle);

/*
 * SQLite tells an exceeded quota, and a full or read-only disk where it makes a file beside the database, as an error
 * of the disk: the result that says so, or @result, the last one of @handle (may be NULL).
 */
int raw_cause(sqlite3 *handle, int result);

/* The result for an errno that has one of its own, or @otherwise. */
int raw_result_of(int error, int otherwise);

/* The errno behind SQLITE_IOERR or SQLITE_CANTOPEN, the last result of @handle (may be NULL); 0: not known. */
int raw_errno(sqlite3 *handle);

/*
 * The verdict of @result on the file @path: SQLITE_CORRUPT where it comes of what is in the file; itself where it comes
 * of the machine, and may be another one the next time.
 */
int raw_verdict(const char *path, int result);

void raw_close_pointer(sqlite3 **handle);
void raw_finalize_pointer(sqlite3_stmt **statement);
#define CLEANUP_HANDLE __attribute__((cleanup(raw_close_pointer)))
#define CLEANUP_STEP __attribute__((cleanup(raw_finalize_pointer)))

#endif
