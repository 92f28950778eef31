// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/salvage.h"
#include "helper/keychain/store/beside.h"
#include "helper/keychain/store/file_copy.h"
#include "helper/keychain/store/leaves.h"
#include "helper/keychain/store/own_fill.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/repair.h"
#include "helper/keychain/store/salvage_keys.h"
#include "helper/keychain/store/salvage_sequence.h"
#include "helper/keychain/store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define ONE_BY_ONE	65536	/* numbers behind one that cannot be read: some interior pages of a table have less */

/* Copies that are made on the way: names of @target with these. */
#define COPY_HEADER	"copy"		/* with a header that makes sense */
#define COPY_WHOLE	"whole"		/* with the content of the WAL */

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

/* A row that does not fit the schema is left out; any other failure is one of the new file. @result: of binding it. */
static int insert_row(struct scan *scan, int result)
{
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

static int copy_row(struct scan *scan)
{
	int result = SQLITE_OK;

	for (int i = 0; result == SQLITE_OK && i < scan->columns; i++)
		result = sqlite3_bind_value(scan->insert, i + 1, sqlite3_column_value(scan->select, i));
	return insert_row(scan, result);
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

/* *ret_columns: how many. Rows of version 1 or 2 have no "mkey": no key is number 0. */
static int prepare_insert(sqlite3 *to, const char *table, const char *columns, sqlite3_stmt **ret_insert, int *ret_columns)
{
	bool keyless = strstr(columns, ",mdat,") && !strstr(columns, ",mkey");
	char sql[2048];
	int count = 1;
	size_t at;

	for (const char *comma = columns; (comma = strchr(comma, ',')); comma++)
		count++;
	at = (size_t)snprintf(sql, sizeof(sql), "INSERT OR IGNORE INTO %s(%s%s) VALUES(?", table, columns,
			      keyless ? ",mkey" : "");
	for (int i = 1; i < count && at < sizeof(sql) - 5; i++)
		at += (size_t)snprintf(sql + at, sizeof(sql) - at, ",?");
	snprintf(sql + at, sizeof(sql) - at, keyless ? ",0)" : ")");
	*ret_columns = count;
	return sqlite3_prepare_v2(to, sql, -1, ret_insert, NULL);
}

/* A table that is not there any more has no rows. *ret_copied counts up. */
static int copy_table(const char *path, sqlite3 *from, sqlite3 *to, const char *table, const char *id,
		      const char *columns, int64_t *ret_copied)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL, *insert CLEANUP_STEP = NULL;
	struct scan scan = { .path = path };
	char sql[2048];
	int result;

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s NOT INDEXED WHERE %s>=? ORDER BY %s LIMIT 1", columns, table, id, id);
	result = raw_verdict(path, raw_cause(from, sqlite3_prepare_v2(from, sql, -1, &select, NULL)));
	if (result != SQLITE_OK)
		return result == SQLITE_CORRUPT ? SQLITE_OK : result;
	result = prepare_insert(to, table, columns, &insert, &scan.columns);
	scan.select = select;
	scan.insert = insert;
	if (result == SQLITE_OK)
		result = scan_rows(&scan);
	*ret_copied += scan.copied;
	return result;
}

static int bind_leaf_value(sqlite3_stmt *insert, int number, const struct leaf_value *value)
{
	switch (value->kind) {
	case LEAF_INTEGER:
		return sqlite3_bind_int64(insert, number, value->integer);
	case LEAF_TEXT:
		return sqlite3_bind_text64(insert, number, (const char *)value->bytes, value->length, SQLITE_STATIC, SQLITE_UTF8);
	case LEAF_BLOB:
		return sqlite3_bind_blob64(insert, number, value->bytes, value->length, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(insert, number);
	}
}

static int bind_leaf_row(sqlite3_stmt *insert, int columns, int64_t row, const struct leaf_value *values)
{
	int result = sqlite3_bind_int64(insert, 1, row);

	for (int i = 1; result == SQLITE_OK && i < columns; i++)
		result = bind_leaf_value(insert, i + 1, &values[i]);
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

/* ---- columns of earlier versions ---- */

#define COLUMNS_SIZE	1024

/* Whether a list of columns has the one of that name. */
static bool has_column(const char *columns, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = columns; (at = strstr(at, name)); at += length) {
		if ((at == columns || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	}
	return false;
}

static void remove_column(char *columns, const char *name)
{
	char *at = strstr(columns, name);

	if (at)
		memmove(at, at + strlen(name), strlen(at + strlen(name)) + 1);
}

static int version_of(const char *columns)
{
	return has_column(columns, "own") ? SCHEMA_WITH_OWN : has_column(columns, "mkey") ? SCHEMA_WITH_ABOUT :
	       has_column(columns, "h_appl") ? 2 : 1;
}

/* Those of a table as a file of that version has them. */
static void columns_of_version(enum item_class class, int version, char ret_columns[COLUMNS_SIZE])
{
	snprintf(ret_columns, COLUMNS_SIZE, "%s", schema_columns(class));
	if (version < SCHEMA_WITH_OWN)
		remove_column(ret_columns, ",own");
	if (version < SCHEMA_WITH_ABOUT)
		remove_column(ret_columns, ",mkey");
	if (version < 2)
		remove_column(ret_columns, ",h_appl");
}

/*
 * The columns of a table in the order that its rows have them, the number first: "row,uuid,…". SQLITE_CORRUPT: there is
 * no such table, or its definition is damaged.
 */
static int read_columns(const char *path, sqlite3 *from, enum item_class class, char ret_columns[COLUMNS_SIZE])
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	char sql[64];
	int result;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", item_class_name(class));
	result = sqlite3_prepare_v2(from, sql, -1, &select, NULL);
	*ret_columns = 0;
	for (int i = 0; result == SQLITE_OK && i < sqlite3_column_count(select); i++) {
		const char *name = sqlite3_column_name(select, i);
		size_t at = strlen(ret_columns);

		if (!name)
			return SQLITE_NOMEM;
		if (!has_column(schema_columns(class), name) || (!i && strcmp(name, "row")))
			return SQLITE_CORRUPT;
		snprintf(ret_columns + at, COLUMNS_SIZE - at, "%s%s", i ? "," : "", name);
	}
	return raw_verdict(path, raw_cause(from, result));
}

/* By the columns of any of its tables, else by its header. */
static int read_version(const char *path, sqlite3 *from, int *ret_version)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	int result;

	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++) {
		char columns[COLUMNS_SIZE];

		result = read_columns(path, from, class, columns);
		if (result == SQLITE_OK)
			*ret_version = version_of(columns);
		if (result != SQLITE_CORRUPT)
			return result;
	}
	*ret_version = SCHEMA_VERSION;
	if (sqlite3_prepare_v2(from, "PRAGMA user_version", -1, &select, NULL) == SQLITE_OK &&
	    sqlite3_step(select) == SQLITE_ROW && sqlite3_column_int(select, 0) > 0 &&
	    sqlite3_column_int(select, 0) < SCHEMA_VERSION)
		*ret_version = sqlite3_column_int(select, 0);
	return SQLITE_OK;
}

/* A table whose definition is damaged is read by the columns that it should have: its leaves may be whole. */
static int choose_columns(const char *path, sqlite3 *from, enum item_class class, char ret_columns[COLUMNS_SIZE])
{
	int result = read_columns(path, from, class, ret_columns), version;

	if (result != SQLITE_CORRUPT)
		return result;
	result = read_version(path, from, &version);
	if (result == SQLITE_OK)
		columns_of_version(class, version, ret_columns);
	return result;
}

static int copy_items(const char *path, sqlite3 *from, sqlite3 *to, enum item_class class, int64_t *ret_items)
{
	char columns[COLUMNS_SIZE];
	int result = choose_columns(path, from, class, columns);

	return result == SQLITE_OK ? copy_table(path, from, to, item_class_name(class), "row", columns, ret_items) : result;
}

/* ---- all of it ---- */

/* *ret_version: of the file. */
static int copy_all(const char *path, sqlite3 *to, int64_t *ret_items, int64_t *ret_keys, int *ret_version)
{
	sqlite3 *from CLEANUP_HANDLE = NULL;
	int result = raw_verdict(path, raw_open(path, &from));

	*ret_items = *ret_keys = 0;
	if (result == SQLITE_OK)
		result = read_version(path, from, ret_version);
	if (result == SQLITE_OK)
		result = raw_run(to, "BEGIN IMMEDIATE");
	if (result == SQLITE_OK)
		result = copy_about(path, from, to);
	if (result == SQLITE_OK)
		result = copy_table(path, from, to, "metadatakeys", "id", "id,keyclass,data", ret_keys);
	if (result == SQLITE_OK)
		result = copy_table(path, from, to, "lookupkeys", "id", "id,keyclass,data", ret_keys);
	for (unsigned int class = 0; result == SQLITE_OK && class < ITEM_STORED_CLASSES; class++)
		result = copy_items(path, from, to, class, ret_items);
	/* Each of them has its own key with it. */
	if (result == SQLITE_OK)
		result = copy_table(path, from, to, "pending", "row", SCHEMA_PENDING_COLUMNS, ret_keys);
	return result == SQLITE_OK ? raw_run(to, "COMMIT") : result;
}

/*
 * Rows of the table on leaves of @whole. They are told from those of other tables by the number of columns.
 */
static int copy_leaves_of(const char *whole, sqlite3 *to, const char *table, const char *columns, int64_t *ret_copied)
{
	sqlite3_stmt *insert CLEANUP_STEP = NULL;
	struct leaves *leaves CLEANUP_LEAVES = NULL;
	const struct leaf_value *values;
	struct scan scan = { .path = whole };
	int64_t row;
	int result = prepare_insert(to, table, columns, &insert, &scan.columns), found;

	if (result != SQLITE_OK)
		return result;
	scan.insert = insert;
	/* Migration does not write rows anew. */
	found = leaves_open(whole, (unsigned int)scan.columns, has_column(columns, "own"), &leaves);
	while (result == SQLITE_OK && found >= 0 && (found = leaves_next(leaves, &row, &values)) > 0)
		result = insert_row(&scan, bind_leaf_row(insert, scan.columns, row, values));
	*ret_copied += scan.copied;
	return found < 0 ? raw_result_of(-found, SQLITE_IOERR) : result;
}

static int copy_leaves(const char *whole, sqlite3 *from, sqlite3 *to, enum item_class class, int64_t *ret_copied)
{
	char columns[COLUMNS_SIZE];
	int result = choose_columns(whole, from, class, columns);

	return result == SQLITE_OK ? copy_leaves_of(whole, to, item_class_name(class), columns, ret_copied) : result;
}

static int copy_all_leaves(const char *whole, sqlite3 *to, int64_t *ret_copied, int64_t *ret_keys)
{
	sqlite3 *from CLEANUP_HANDLE = NULL;
	int result = raw_verdict(whole, raw_open(whole, &from));

	if (result == SQLITE_OK)
		result = raw_run(to, "BEGIN IMMEDIATE");
	for (unsigned int class = 0; result == SQLITE_OK && class < ITEM_STORED_CLASSES; class++)
		result = copy_leaves(whole, from, to, class, ret_copied);
	if (result == SQLITE_OK)
		result = copy_leaves_of(whole, to, "pending", SCHEMA_PENDING_COLUMNS, ret_keys);
	if (result == SQLITE_OK)
		result = salvage_keys(whole, to, ret_keys);
	return result == SQLITE_OK ? raw_run(to, "COMMIT") : result;
}

static char *copy_name(const char *target, const char *purpose)
{
	char *name;

	return asprintf(&name, "%s-%s", target, purpose) < 0 ? NULL : name;
}

/*
 * Rows that are not there yet, as no inner page leads to them, or one that was damaged leads past them. Where the WAL
 * cannot be read there are none: older states of rows must not come back. The database has to be closed, as a copy is
 * made of it.
 */
static int copy_unreached(const char *path, const char *target, sqlite3 *to, int64_t *ret_copied, int64_t *ret_keys)
{
	char *whole CLEANUP_FREE = copy_name(target, COPY_WHOLE);
	int result = whole ? file_copy_whole(path, whole) : SQLITE_NOMEM;
	int64_t copied = 0, keys = 0;

	if (result == SQLITE_OK)
		result = copy_all_leaves(whole, to, &copied, &keys);
	if (whole)
		beside_remove(whole);
	if (result == SQLITE_OK) {
		*ret_copied += copied;
		*ret_keys += keys;
	}
	if (result != SQLITE_CORRUPT)
		return result;
	return sqlite3_get_autocommit(to) ? SQLITE_OK : raw_run(to, "ROLLBACK");
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

/*
 * The index of own attributes, which nothing was copied of, and keys that are lost. Rows of version 1 or 2 are to be sealed again once their
 * classes are open: the file says that it is of that version, and is migrated (migrate.h) as the damaged one would be.
 */
static int finish_target(sqlite3 *to, int version)
{
	char sql[80];
	int result = raw_run(to, "BEGIN IMMEDIATE");

	snprintf(sql, sizeof(sql), "DROP TABLE about;PRAGMA user_version=%d", version);
	if (result == SQLITE_OK)
		result = own_fill(to);
	if (result == SQLITE_OK)
		result = salvage_note_lost(to);
	if (result == SQLITE_OK && version < SCHEMA_WITH_ABOUT)
		result = raw_run(to, sql);
	return result == SQLITE_OK ? raw_run(to, "COMMIT") : result;
}

static int salvage_from(const char *path, const char *target, int64_t *ret_items)
{
	sqlite3 *to = NULL;
	int result = make_target(target, &to), version = SCHEMA_VERSION;
	int64_t keys;

	if (result == SQLITE_OK)
		result = copy_all(path, to, ret_items, &keys, &version);
	if (result == SQLITE_OK)
		result = copy_unreached(path, target, to, ret_items, &keys);
	/* Without keys no item could be opened. */
	if (result == SQLITE_OK && !keys)
		result = SQLITE_CORRUPT;
	if (result == SQLITE_OK)
		result = salvage_sequences(path, to);
	if (result == SQLITE_OK)
		result = finish_target(to, version);
	if (result == SQLITE_OK)
		result = sqlite3_wal_checkpoint_v2(to, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	result = raw_cause(to, result);
	sqlite3_close_v2(to);
	if (result != SQLITE_OK)
		beside_remove(target);
	return result;
}

static int salvage_copy(const char *path, const char *target, int64_t *ret_items)
{
	char *copy CLEANUP_FREE = copy_name(target, COPY_HEADER);
	int result, mended;

	if (!copy)
		return SQLITE_NOMEM;
	result = file_copy_with_header(path, copy);
	mended = result == SQLITE_OK ? repair_in_place(copy) : result;
	if (mended == REPAIR_UNDECIDED)
		mended = SQLITE_CORRUPT;
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

static void remove_if_there(const char *path)
{
	if (path && !access(path, F_OK))
		beside_remove(path);
}

void salvage_clean(const char *path)
{
	char *saved CLEANUP_FREE = salvage_name(path);
	char *copy CLEANUP_FREE = saved ? copy_name(saved, COPY_HEADER) : NULL;
	char *whole CLEANUP_FREE = saved ? copy_name(saved, COPY_WHOLE) : NULL;

	remove_if_there(copy);
	remove_if_there(whole);
	remove_if_there(saved);
}
