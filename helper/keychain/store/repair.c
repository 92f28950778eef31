// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/repair.h"
#include "helper/keychain/store/own_fill.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"

/* Makes the schema as it should be, in memory. */
static int open_model(sqlite3 **ret_handle)
{
	char *sql CLEANUP_FREE = schema_create();
	int result = sql ? sqlite3_open_v2(":memory:", ret_handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					   SQLITE_OPEN_NOMUTEX, NULL) : SQLITE_NOMEM;

	return result == SQLITE_OK ? raw_run(*ret_handle, sql) : result;
}

static int is_there(sqlite3 *handle, const char *name, bool *ret_there)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	int result = sqlite3_prepare_v2(handle, "SELECT 1 FROM sqlite_schema WHERE name=?", -1, &select, NULL);

	*ret_there = false;
	if (result != SQLITE_OK)
		return result;
	sqlite3_bind_text(select, 1, name, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	*ret_there = result == SQLITE_ROW;
	return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

/* An index is made where it is missing; without a table nothing leads to its rows: SQLITE_CORRUPT. */
static int make_missing(sqlite3 *handle, const char *type, const char *name, const char *sql)
{
	bool there;
	int result = is_there(handle, name, &there);

	/* SQLite makes an index without a text with its table. */
	if (result != SQLITE_OK || there || !sql)
		return result;
	return strcmp(type, "index") ? SQLITE_CORRUPT : raw_run(handle, sql);
}

/* One entry of the schema, by its name, or by its text where the name is damaged. */
static int mend_text(sqlite3 *handle, const char *type, const char *name, const char *table, const char *sql,
		     bool *ret_changed)
{
	sqlite3_stmt *update CLEANUP_STEP = NULL;
	int result = sqlite3_prepare_v2(handle, "UPDATE sqlite_schema SET type=?1,name=?2,tbl_name=?3,sql=?4 WHERE "
					"(name=?2 OR sql=?4) AND (type<>?1 OR name<>?2 OR tbl_name<>?3 OR sql IS NOT ?4)", -1, &update, NULL);

	if (result != SQLITE_OK)
		return result;
	sqlite3_bind_text(update, 1, type, -1, SQLITE_STATIC);
	sqlite3_bind_text(update, 2, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(update, 3, table, -1, SQLITE_STATIC);
	sqlite3_bind_text(update, 4, sql, -1, SQLITE_STATIC);
	result = sqlite3_step(update);
	*ret_changed |= result == SQLITE_DONE && sqlite3_changes(handle) > 0;
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* The names of a table's columns, by @order; *ret_names NULL: there is no such table, or its text makes no sense. */
static int columns_of(sqlite3 *handle, const char *table, const char *order, char **ret_names)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	const char *names = NULL;
	char sql[160];
	int result;

	*ret_names = NULL;
	snprintf(sql, sizeof(sql), "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(?) ORDER BY %s)", order);
	result = sqlite3_prepare_v2(handle, sql, -1, &select, NULL);
	if (result != SQLITE_OK)
		return result;
	sqlite3_bind_text(select, 1, table, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		names = (const char *)sqlite3_column_text(select, 0);
	if (names)
		*ret_names = strdup(names);
	if (names && !*ret_names)
		return SQLITE_NOMEM;
	return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

static int same_columns(sqlite3 *handle, sqlite3 *model, const char *table, const char *order, bool *ret_same)
{
	char *found CLEANUP_FREE = NULL, *wanted CLEANUP_FREE = NULL;
	int result = columns_of(handle, table, order, &found);

	if (result == SQLITE_OK)
		result = columns_of(model, table, order, &wanted);
	*ret_same = found && wanted && !strcmp(found, wanted);
	return result;
}

/*
 * Whether the text of a table is that of new files, or is damaged. One that has the same columns in another order is of
 * a file that was migrated: its rows have that order.
 */
static int is_ours(sqlite3 *handle, sqlite3 *model, const char *table, bool *ret_ours)
{
	bool named = false, ordered = false;
	int result = same_columns(handle, model, table, "name", &named);

	if (result == SQLITE_OK && named)
		result = same_columns(handle, model, table, "cid", &ordered);
	*ret_ours = !named || ordered;
	return result;
}

/* In order of the model's: type, name, table, text. */
static int mend_entry(sqlite3 *handle, sqlite3 *model, sqlite3_stmt *entry, bool *ret_changed)
{
	const char *type = (const char *)sqlite3_column_text(entry, 0), *name = (const char *)sqlite3_column_text(entry, 1);
	bool ours = true;
	int result = SQLITE_OK;

	if (!type || !name)
		return SQLITE_NOMEM;
	if (!strcmp(type, "table"))
		result = is_ours(handle, model, name, &ours);
	if (result != SQLITE_OK || !ours)
		return result;
	result = mend_text(handle, type, name, (const char *)sqlite3_column_text(entry, 2),
			   (const char *)sqlite3_column_text(entry, 3), ret_changed);
	return result == SQLITE_OK ? make_missing(handle, type, name, (const char *)sqlite3_column_text(entry, 3)) : result;
}

/* A table that files of earlier versions do not have. */
static bool is_later(const char *table, int version)
{
	return (!strcmp(table, "about") && version < SCHEMA_WITH_ABOUT) ||
	       (!strcmp(table, "own_index") && version < SCHEMA_WITH_OWN) ||
	       (!strcmp(table, "pending") && version < SCHEMA_WITH_PENDING);
}

/* SQLITE_CORRUPT: a table is missing. */
static int check_entry(sqlite3 *handle, sqlite3_stmt *entry, int version)
{
	const char *type = (const char *)sqlite3_column_text(entry, 0), *name = (const char *)sqlite3_column_text(entry, 1);
	bool there;
	int result;

	if (!type || !name)
		return SQLITE_NOMEM;
	if (strcmp(type, "table") || is_later(name, version))
		return SQLITE_OK;
	result = is_there(handle, name, &there);
	return result == SQLITE_OK && !there ? SQLITE_CORRUPT : result;
}

static int mend_schema(sqlite3 *handle, int version, bool *ret_changed)
{
	sqlite3 *model CLEANUP_HANDLE = NULL;
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	int result = open_model(&model), step = SQLITE_DONE;

	if (result == SQLITE_OK)
		result = sqlite3_prepare_v2(model, "SELECT type,name,tbl_name,sql FROM sqlite_schema", -1, &select, NULL);
	while (result == SQLITE_OK && (step = sqlite3_step(select)) == SQLITE_ROW)
		result = version == SCHEMA_VERSION ? mend_entry(handle, model, select, ret_changed) :
						     check_entry(handle, select, version);
	return result == SQLITE_OK && step != SQLITE_DONE ? step : result;
}

/* REPAIR_UNDECIDED: most of the first rows have in their columns what does not belong there. */
static int check_rows(sqlite3 *handle, const char *table)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	unsigned int fit = 0, misfit = 0;
	char sql[256];
	int result;

	snprintf(sql, sizeof(sql), "SELECT typeof(uuid)='blob' AND typeof(mkey)='integer' AND typeof(agrp)='text' AND "
		 "typeof(mdat)='integer' AND typeof(attributes)='blob' FROM %s NOT INDEXED LIMIT 100", table);
	result = sqlite3_prepare_v2(handle, sql, -1, &select, NULL);
	if (result != SQLITE_OK)
		return result;
	while (sqlite3_step(select) == SQLITE_ROW)
		*(sqlite3_column_int(select, 0) ? &fit : &misfit) += 1;
	return misfit > fit ? REPAIR_UNDECIDED : SQLITE_OK;
}

/* After texts were changed: in the wrong order of columns every row would be taken for damaged, and be erased. */
static int check_texts(sqlite3 *handle)
{
	int result = raw_run(handle, "PRAGMA writable_schema=RESET;PRAGMA writable_schema=ON;");

	for (unsigned int class = 0; result == SQLITE_OK && class < ITEM_STORED_CLASSES; class++)
		result = check_rows(handle, item_class_name(class));
	return result;
}

/* *ret_version: what the table "about" says; 0: nothing that can be read. */
static int recorded_version(sqlite3 *handle, const char *path, int *ret_version)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	int result = sqlite3_prepare_v2(handle, "SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM about WHERE name='version'",
					-1, &select, NULL);

	*ret_version = 0;
	if (result == SQLITE_OK)
		result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		*ret_version = sqlite3_column_int(select, 0);
	result = result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : raw_verdict(path, result);
	return result == SQLITE_CORRUPT ? SQLITE_OK : result;
}

/* *ret_says: the first row is @wanted, and can be read. */
static int says(sqlite3 *handle, const char *path, const char *sql, const char *wanted, bool *ret_says)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	const char *found = NULL;
	int result = sqlite3_prepare_v2(handle, sql, -1, &select, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		found = (const char *)sqlite3_column_text(select, 0);
	*ret_says = found && !strcmp(found, wanted);
	result = result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : raw_verdict(path, result);
	return result == SQLITE_CORRUPT ? SQLITE_OK : result;
}

static int mend_header(sqlite3 *handle, int version)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "PRAGMA application_id=%d;PRAGMA user_version=%d;", SCHEMA_APPLICATION, version);
	return raw_run(handle, sql);
}

static int mend_texts(sqlite3 *handle, bool *ret_changed)
{
	int result = raw_run(handle, "BEGIN IMMEDIATE");

	if (result == SQLITE_OK)
		result = mend_schema(handle, SCHEMA_VERSION, ret_changed);
	if (result == SQLITE_OK && *ret_changed)
		result = check_texts(handle);
	if (result == SQLITE_OK)
		result = mend_header(handle, SCHEMA_VERSION);
	return result == SQLITE_OK ? raw_run(handle, "COMMIT") : result;
}

/* The header is asked where the table "about" says nothing, or is missing. */
static int header_version(sqlite3 *handle, int *ret_version)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	int result = sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &select, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		*ret_version = sqlite3_column_int(select, 0);
	return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

/* A file of an earlier version, which has another schema, or one that does not say of which it is: @version 0. */
static int mend_earlier(sqlite3 *handle, int version)
{
	bool changed;
	int header = version, result = version ? SQLITE_OK : header_version(handle, &header);

	if (result == SQLITE_OK && header >= 1 && header <= SCHEMA_VERSION)
		result = mend_schema(handle, header == SCHEMA_VERSION ? SCHEMA_WITH_ABOUT : header, &changed);
	return result == SQLITE_OK && version >= SCHEMA_WITH_ABOUT ? mend_header(handle, version) : result;
}

/* Files of earlier versions have another schema: of them the indexes and the header only. */
static int mend(const char *path, bool *ret_again)
{
	sqlite3 *handle CLEANUP_HANDLE = NULL;
	bool whole = false;
	int result = raw_open(path, &handle), version = 0;

	*ret_again = false;
	if (result == SQLITE_OK)
		result = recorded_version(handle, path, &version);
	if (result == SQLITE_OK && version == SCHEMA_VERSION)
		result = mend_texts(handle, ret_again);
	else if (result == SQLITE_OK && version < SCHEMA_VERSION)
		result = mend_earlier(handle, version);
	/* SQLite reads the changed texts when it opens the file again. */
	if (result != SQLITE_OK || *ret_again)
		return raw_cause(handle, result);
	/*
	 * An index whose inner page leads to a page of another table is cleared with that page: what is not whole then is
	 * taken back, and the page can still be read.
	 */
	result = raw_run(handle, "BEGIN IMMEDIATE;REINDEX");
	if (result == SQLITE_OK && version >= SCHEMA_WITH_OWN)
		result = own_fill(handle);
	/* A result that was half read by a damaged index has to be read anew. */
	if (result == SQLITE_OK && version >= SCHEMA_WITH_ABOUT)
		result = raw_run(handle, SCHEMA_MARK);
	if (result == SQLITE_OK)
		result = says(handle, path, "PRAGMA quick_check(1)", "ok", &whole);
	if (result == SQLITE_OK && !whole)
		return SQLITE_CORRUPT;
	return raw_cause(handle, result == SQLITE_OK ? raw_run(handle, "COMMIT") : result);
}

int repair_in_place(const char *path)
{
	bool again;
	int result = mend(path, &again);

	if (result == SQLITE_OK && again) {
		result = mend(path, &again);
		if (again)
			result = SQLITE_CORRUPT;
	}
	return result == REPAIR_UNDECIDED ? result : raw_verdict(path, result);
}
