// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/salvage.h"
#include "helper/keychain/store/beside.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/repair.h"
#include "helper/keychain/store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define PAGE_SIZE	4096
#define HEADER_SIZE	101	/* with the kind of the schema's topmost page */
#define INTERIOR	5	/* our schema never fits into one page */
#define ONE_BY_ONE	65536	/* numbers behind one that cannot be read: some interior pages of a table have less */

struct scan {
	const char *path;
	sqlite3_stmt *select, *insert;
	int columns;
	int64_t copied;
};

/*
 * Whether a row at or above @at can be read, and which it is: SQLITE_ROW; SQLITE_DONE: there is none any more;
 * SQLITE_CORRUPT: it cannot be read; or what has nothing to do with the file.
 */
static int read_at(struct scan *scan, int64_t at, int64_t *ret_row)
{
	int result;

	sqlite3_reset(scan->select);
	sqlite3_bind_int64(scan->select, 1, at);
	result = sqlite3_step(scan->select);
	if (result == SQLITE_ROW)
		*ret_row = sqlite3_column_int64(scan->select, 0);
	return result == SQLITE_ROW || result == SQLITE_DONE ? result : raw_verdict(scan->path, result);
}

/* A row that does not fit the schema is left out; any other failure is one of the new file. */
static int copy_row(struct scan *scan)
{
	int result = SQLITE_OK;

	for (int i = 0; result == SQLITE_OK && i < scan->columns; i++)
		result = sqlite3_bind_value(scan->insert, i + 1, sqlite3_column_value(scan->select, i));
	if (result == SQLITE_OK)
		result = sqlite3_step(scan->insert);
	if (result == SQLITE_DONE)
		scan->copied += sqlite3_changes(sqlite3_db_handle(scan->insert));
	sqlite3_reset(scan->insert);
	sqlite3_clear_bindings(scan->insert);
	switch (result & 0xff) {
	case SQLITE_DONE:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		return SQLITE_OK;
	default:
		return result;
	}
}

/*
 * The lowest number above @bad from which a row can be read. *ret_at 0: none. What lies between damaged pages is
 * found one by one; only behind a gap that is longer it is looked for at ever greater distances, then between the last
 * two.
 */
static int skip(struct scan *scan, int64_t bad, int64_t *ret_at)
{
	int64_t step = 1, low, high = 0, row;
	int result = SQLITE_CORRUPT;

	*ret_at = 0;
	for (unsigned int i = 0; i < ONE_BY_ONE && bad < INT64_MAX; i++) {
		result = read_at(scan, ++bad, &row);
		if (result == SQLITE_ROW)
			*ret_at = bad;
		if (result != SQLITE_CORRUPT)
			return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
	}
	low = bad;
	for (; step < INT64_MAX / 2 && bad < INT64_MAX - step; step *= 2) {
		result = read_at(scan, bad + step, &row);
		if (result == SQLITE_ROW) {
			high = bad + step;
			break;
		}
		if (result != SQLITE_CORRUPT)
			return result == SQLITE_DONE ? SQLITE_OK : result;
		low = bad + step;
	}
	while (high && high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		result = read_at(scan, middle, &row);
		if (result == SQLITE_ROW)
			high = middle;
		else if (result == SQLITE_CORRUPT || result == SQLITE_DONE)
			low = middle;
		else
			return result;
	}
	*ret_at = high;
	return SQLITE_OK;
}

static int scan_rows(struct scan *scan)
{
	int64_t at = 1, row;
	int result = SQLITE_OK;

	while (result == SQLITE_OK && at > 0) {
		result = read_at(scan, at, &row);
		if (result == SQLITE_ROW) {
			result = copy_row(scan);
			/* A number out of order would never end. */
			at = row >= at && row < INT64_MAX ? row + 1 : at + 1;
		} else if (result == SQLITE_CORRUPT) {
			result = skip(scan, at, &at);
		}
	}
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* A table that is not there any more has no rows. *ret_copied counts up. */
static int copy_table(const char *path, sqlite3 *from, sqlite3 *to, const char *table, const char *id,
		      const char *columns, int64_t *ret_copied)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL, *insert CLEANUP_STEP = NULL;
	struct scan scan = { .path = path };
	char sql[2048];
	size_t at;
	int result;

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s NOT INDEXED WHERE %s>=? ORDER BY %s LIMIT 1", columns, table, id, id);
	result = raw_verdict(path, raw_cause(from, sqlite3_prepare_v2(from, sql, -1, &select, NULL)));
	if (result != SQLITE_OK)
		return result == SQLITE_CORRUPT ? SQLITE_OK : result;
	scan.columns = sqlite3_column_count(select);
	at = (size_t)snprintf(sql, sizeof(sql), "INSERT OR IGNORE INTO %s(%s) VALUES(?", table, columns);
	for (int i = 1; i < scan.columns && at < sizeof(sql) - 3; i++)
		at += (size_t)snprintf(sql + at, sizeof(sql) - at, ",?");
	snprintf(sql + at, sizeof(sql) - at, ")");
	result = sqlite3_prepare_v2(to, sql, -1, &insert, NULL);
	scan.select = select;
	scan.insert = insert;
	if (result == SQLITE_OK)
		result = scan_rows(&scan);
	*ret_copied += scan.copied;
	return result;
}

static int copy_about(const char *path, sqlite3 *from, sqlite3 *to)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL, *insert CLEANUP_STEP = NULL;
	struct scan scan = { .path = path, .columns = 2 };
	int result = sqlite3_prepare_v2(from, "SELECT name,value FROM about", -1, &select, NULL);

	result = raw_verdict(path, raw_cause(from, result));
	if (result != SQLITE_OK)
		return result == SQLITE_CORRUPT ? SQLITE_OK : result;
	result = sqlite3_prepare_v2(to, "INSERT OR IGNORE INTO about VALUES(?,?)", -1, &insert, NULL);
	scan.select = select;
	scan.insert = insert;
	while (result == SQLITE_OK && (result = sqlite3_step(select)) == SQLITE_ROW)
		result = copy_row(&scan);
	if (result == SQLITE_DONE)
		return SQLITE_OK;
	result = raw_verdict(path, result);
	return result == SQLITE_CORRUPT ? SQLITE_OK : result;
}

/* Without keys no item could be opened. */
static int copy_all(const char *path, sqlite3 *to, int64_t *ret_items)
{
	sqlite3 *from CLEANUP_HANDLE = NULL;
	int64_t keys = 0;
	int result = raw_verdict(path, raw_open(path, &from));

	*ret_items = 0;
	if (result == SQLITE_OK)
		result = raw_run(to, "BEGIN IMMEDIATE");
	if (result == SQLITE_OK)
		result = copy_about(path, from, to);
	if (result == SQLITE_OK)
		result = copy_table(path, from, to, "metadatakeys", "id", "id,keyclass,data", &keys);
	if (result == SQLITE_OK)
		result = copy_table(path, from, to, "lookupkeys", "id", "id,keyclass,data", &keys);
	for (unsigned int class = 0; result == SQLITE_OK && class < ITEM_STORED_CLASSES; class++)
		result = copy_table(path, from, to, item_class_name(class), "row", schema_columns(class), ret_items);
	if (result == SQLITE_OK)
		result = raw_run(to, "COMMIT");
	return result == SQLITE_OK && !keys ? SQLITE_CORRUPT : result;
}

static int make_target(const char *target, sqlite3 **ret_handle)
{
	char *sql CLEANUP_FREE = schema_create();
	char version[256];
	int error = sql ? beside_remove(target) : -ENOMEM, result;

	if (!error && mknod(target, S_IFREG | 0600, 0))
		error = -errno;
	if (error)
		return raw_result_of(-error, SQLITE_IOERR);
	result = sqlite3_open_v2(target, ret_handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	snprintf(version, sizeof(version), "PRAGMA application_id=%d;PRAGMA user_version=%d;COMMIT;", SCHEMA_APPLICATION,
		 SCHEMA_VERSION);
	if (result == SQLITE_OK)
		result = raw_run(*ret_handle, "PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;" SCHEMA_VACUUM
				 "PRAGMA journal_mode=WAL;BEGIN;");
	if (result == SQLITE_OK)
		result = raw_run(*ret_handle, sql);
	return result == SQLITE_OK ? raw_run(*ret_handle, version) : result;
}

static int salvage_from(const char *path, const char *target, int64_t *ret_items)
{
	sqlite3 *to = NULL;
	int result = make_target(target, &to);

	if (result == SQLITE_OK)
		result = copy_all(path, to, ret_items);
	if (result == SQLITE_OK)
		result = sqlite3_wal_checkpoint_v2(to, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	result = raw_cause(to, result);
	sqlite3_close_v2(to);
	if (result != SQLITE_OK)
		beside_remove(target);
	return result;
}

/* ---- a file whose beginning makes no sense ---- */

static void put_u32(uint8_t *bytes, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

static int copy_bytes(int in, int out, off_t left)
{
	while (left > 0) {
		ssize_t sent = sendfile(out, in, NULL, (size_t)left);

		if (sent <= 0)
			return raw_result_of(sent < 0 ? errno : EIO, SQLITE_IOERR);
		left -= sent;
	}
	return SQLITE_OK;
}

/* All that is always the same in the first bytes of our files, or follows from their length. */
static void make_header(uint8_t header[HEADER_SIZE], off_t length)
{
	static const uint8_t fixed[] = "SQLite format 3\0\x10\0\2\2\0\x40\x20\x20";

	memcpy(header, fixed, sizeof(fixed) - 1);
	put_u32(header + 28, (uint32_t)(length / PAGE_SIZE));
	memcpy(header + 92, header + 24, 4);
	memset(header + 32, 0, 8);
	put_u32(header + 44, 4);
	memset(header + 48, 0, 4);
	put_u32(header + 56, 1);
	memset(header + 72, 0, 20);
	header[100] = INTERIOR;
}

static int copy_file(const char *path, const char *copy, int *ret_fd, off_t *ret_length)
{
	int in CLEANUP_FD = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (in < 0 || fstat(in, &status))
		return raw_result_of(errno, SQLITE_IOERR);
	*ret_length = status.st_size;
	*ret_fd = open(copy, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *ret_fd < 0 ? raw_result_of(errno, SQLITE_IOERR) : copy_bytes(in, *ret_fd, status.st_size);
}

/* The WAL is a part of the database. */
static int copy_wal(const char *path, const char *copy)
{
	char *wal CLEANUP_FREE = NULL, *to CLEANUP_FREE = NULL;
	int fd CLEANUP_FD = -1;
	off_t length;

	if (asprintf(&wal, "%s" BESIDE_WAL, path) < 0 || asprintf(&to, "%s" BESIDE_WAL, copy) < 0)
		return SQLITE_NOMEM;
	return access(wal, F_OK) && errno == ENOENT ? SQLITE_OK : copy_file(wal, to, &fd, &length);
}

static int copy_with_header(const char *path, const char *copy)
{
	uint8_t header[HEADER_SIZE];
	int error = beside_remove(copy), result;
	int fd CLEANUP_FD = -1;
	off_t length;

	if (error)
		return raw_result_of(-error, SQLITE_IOERR);
	result = copy_file(path, copy, &fd, &length);
	if (result == SQLITE_OK)
		result = copy_wal(path, copy);
	if (result != SQLITE_OK)
		return result;
	if (length < PAGE_SIZE || pread(fd, header, sizeof(header), 0) != sizeof(header))
		return SQLITE_CORRUPT;
	make_header(header, length);
	return pwrite(fd, header, sizeof(header), 0) == sizeof(header) ? SQLITE_OK : raw_result_of(errno, SQLITE_IOERR);
}

static char *copy_name(const char *target)
{
	char *name;

	return asprintf(&name, "%s-copy", target) < 0 ? NULL : name;
}

static int salvage_copy(const char *path, const char *target, int64_t *ret_items)
{
	char *copy CLEANUP_FREE = copy_name(target);
	int result, mended;

	if (!copy)
		return SQLITE_NOMEM;
	result = copy_with_header(path, copy);
	mended = result == SQLITE_OK ? repair_in_place(copy) : result;
	if (result == SQLITE_OK)
		result = mended == SQLITE_CORRUPT || mended == SQLITE_OK ? salvage_from(copy, target, ret_items) : mended;
	beside_remove(copy);
	return result;
}

/* Nothing can be read: an empty file, which gets its tables when it is opened. */
static int make_empty(const char *target)
{
	return mknod(target, S_IFREG | 0600, 0) ? raw_result_of(errno, SQLITE_IOERR) : SQLITE_OK;
}

int repair_salvage(const char *path, const char *target)
{
	int64_t items;
	int result = salvage_from(path, target, &items), again;

	if (result != SQLITE_CORRUPT && (result != SQLITE_OK || items))
		return result;
	/* Not even its beginning makes sense: that is known. */
	again = salvage_copy(path, target, &items);
	if (again == SQLITE_CORRUPT && result == SQLITE_OK)
		again = salvage_from(path, target, &items);
	return again == SQLITE_CORRUPT ? make_empty(target) : again;
}

char *salvage_name(const char *path)
{
	char *name;

	return asprintf(&name, "%s.saved", path) < 0 ? NULL : name;
}

void salvage_clean(const char *path)
{
	char *saved CLEANUP_FREE = salvage_name(path), *copy CLEANUP_FREE = saved ? copy_name(saved) : NULL;

	if (copy && !access(copy, F_OK))
		beside_remove(copy);
	if (saved && !access(saved, F_OK))
		beside_remove(saved);
}
