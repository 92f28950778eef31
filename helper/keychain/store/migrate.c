// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/migrate.h"
#include "helper/keychain/store/owner.h"
#include "helper/keychain/store/row_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/row_seal.h"

#define AT_A_TIME	32
#define WITH_ABOUT	3	/* the first version with that table */

static int read_version(struct store *store, int *ret_version, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	select = database_prepare(&store->database, "PRAGMA user_version", outcome);
	if (!select)
		return outcome->status;
	result = sqlite3_step(select);
	if (result != SQLITE_ROW)
		return database_status(&store->database, result, outcome);
	*ret_version = sqlite3_column_int(select, 0);
	return 0;
}

static int add_column(struct store *store, enum item_class item_class, const char *name, const char *type,
		      struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	char sql[100];
	int result;

	select = database_prepare(&store->database,
				  "SELECT 1 FROM pragma_table_info(?) WHERE name=?", outcome);
	if (!select)
		return outcome->status;
	sqlite3_bind_text(select, 1, item_class_name(item_class), -1, SQLITE_STATIC);
	sqlite3_bind_text(select, 2, name, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		return 0;
	if (result != SQLITE_DONE)
		return database_status(&store->database, result, outcome);
	snprintf(sql, sizeof(sql), "ALTER TABLE %s ADD COLUMN %s %s", item_class_name(item_class), name, type);
	return database_execute(&store->database, sql, outcome);
}

static int add_columns(struct store *store, enum item_class item_class, struct outcome *outcome)
{
	const struct attribute *const *hashed = schema_hashed(item_class);
	int status = add_column(store, item_class, "mkey", "INTEGER NOT NULL DEFAULT 0", outcome);

	for (unsigned int i = 0; !status && hashed[i]; i++) {
		char name[8];

		snprintf(name, sizeof(name), "h_%s", hashed[i]->name);
		status = add_column(store, item_class, name, "BLOB", outcome);
	}
	return status;
}

static int seal_again(struct store *store, struct row *row, struct outcome *outcome)
{
	struct sealed_secret sealed = { 0 };
	int error, status;

	if (row->state == ROW_DAMAGED || row->state == ROW_LOST)
		return 0;
	if (row->state == ROW_LOCKED)
		return store_key_failure(store, -ENOKEY, row->class_number, outcome);
	error = secret_read(store, row, &sealed, outcome);
	if (!error)
		error = row_seal(store, row, outcome);
	status = error ? store_key_failure(store, error, row->class_number, outcome)
		       : row_update(store, row, &sealed, outcome);
	sealed_secret_release(&sealed);
	return status;
}

/* Returns how many rows were read, or a status below 0. */
static int read_rows(struct store *store, enum item_class item_class, int64_t after,
		     struct row *rows, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	char sql[1600];
	int result, count = 0;

	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE tomb=0 AND row>? ORDER BY row LIMIT %d",
		 schema_columns(item_class), item_class_name(item_class), AT_A_TIME);
	select = database_prepare(&store->database, sql, outcome);
	if (!select)
		return outcome->status;
	sqlite3_bind_int64(select, 1, after);
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		if (row_read(&rows[count], item_class, select)) {
			result = SQLITE_NOMEM;
			break;
		}
		count++;
	}
	if (result == SQLITE_DONE)
		return count;
	while (count)
		row_release(&rows[--count]);
	return database_status(&store->database, result, outcome);
}

static int seal_table(struct store *store, enum item_class item_class, struct outcome *outcome)
{
	int64_t after = 0;
	int status = 0, count;

	do {
		struct row rows[AT_A_TIME];
		int error;

		count = read_rows(store, item_class, after, rows, outcome);
		if (count <= 0)
			return count;
		error = rows_open(store, rows, (size_t)count, outcome);
		if (error)
			status = store_key_failure(store, error, 0, outcome);
		after = rows[count - 1].id;
		for (int i = 0; i < count; i++) {
			if (!status)
				status = seal_again(store, &rows[i], outcome);
			row_release(&rows[i]);
		}
	} while (!status);
	return status;
}

/*
 * Columns that were added stand last. The table is made anew with the columns in the order of new files, so that every
 * file of this version has the same texts: repair.h goes by them. Row numbers are not used again.
 */
static int renew_table(struct store *store, enum item_class item_class, struct outcome *outcome)
{
	const char *name = item_class_name(item_class), *columns = schema_columns(item_class);
	char *create CLEANUP_FREE = schema_table(item_class), *sql CLEANUP_FREE = NULL;

	if (!create || asprintf(&sql, "ALTER TABLE %s RENAME TO old_%s;%s"
				"INSERT INTO %s(%s) SELECT %s FROM old_%s;"
				"DELETE FROM sqlite_sequence WHERE name='%s';"
				"UPDATE sqlite_sequence SET name='%s' WHERE name='old_%s';"
				"DROP TABLE old_%s;", name, name, create, name, columns, columns, name, name, name, name,
				name) < 0)
		return outcome_no_memory(outcome);
	return database_execute(&store->database, sql, outcome);
}

/* Those of earlier versions do not end in the row, or are of few attributes. */
static int renew_indexes(struct store *store, struct outcome *outcome)
{
	static const char find[] = "SELECT name FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL LIMIT 1";
	char *create CLEANUP_FREE = schema_indexes();
	int result;

	if (!create)
		return outcome_no_memory(outcome);
	for (;;) {
		sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, find, outcome);
		char sql[80];

		if (!select)
			return outcome->status;
		result = sqlite3_step(select);
		if (result == SQLITE_DONE)
			break;
		if (result != SQLITE_ROW)
			return database_status(&store->database, result, outcome);
		snprintf(sql, sizeof(sql), "DROP INDEX \"%.40s\"", (const char *)sqlite3_column_text(select, 0));
		database_done(select);
		if (database_execute(&store->database, sql, outcome))
			return outcome->status;
	}
	return database_execute(&store->database, create, outcome);
}

int store_migrate(struct store *store, struct outcome *outcome)
{
	char sql[40];
	int version = 0, status = store_begin(store, true, outcome);

	if (!status)
		status = read_version(store, &version, outcome);
	store->hashing = true;
	if (!status && (version < SCHEMA_VERSION || store->hash_again)) {
		for (unsigned int class = 0; !status && class < ITEM_STORED_CLASSES; class++) {
			status = add_columns(store, class, outcome);
			if (!status)
				status = seal_table(store, class, outcome);
			if (!status && version < WITH_ABOUT)
				status = renew_table(store, class, outcome);
		}
		if (!status && version < WITH_ABOUT)
			status = database_execute(&store->database, "DROP TABLE IF EXISTS about;" SCHEMA_ABOUT, outcome);
		if (!status && version < WITH_ABOUT)
			status = renew_indexes(store, outcome);
		snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", SCHEMA_VERSION);
		if (!status)
			status = database_execute(&store->database, sql, outcome);
		/* Its keys have shown whose it is; without them nothing would. */
		if (!status)
			status = owner_record_migrated(store, outcome);
	}
	if (!status)
		status = store_commit(store, outcome);
	if (!status) {
		store->database.version = SCHEMA_VERSION;
		store->hash_again = false;
	}
	store->hashing = false;
	store_rollback(store);
	return status;
}
