// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/migrate.h"
#include "helper/keychain/store/row_write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AT_A_TIME 32

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

static int has_column(struct store *store, enum item_class item_class, const char *attribute,
		      bool *ret_has, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	char name[8];
	int result;

	select = database_prepare(&store->database,
				  "SELECT 1 FROM pragma_table_info(?) WHERE name=?", outcome);
	if (!select)
		return outcome->status;
	snprintf(name, sizeof(name), "h_%s", attribute);
	sqlite3_bind_text(select, 1, item_class_name(item_class), -1, SQLITE_STATIC);
	sqlite3_bind_text(select, 2, name, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	*ret_has = result == SQLITE_ROW;
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return 0;
	return database_status(&store->database, result, outcome);
}

static int add_columns(struct store *store, enum item_class item_class, struct outcome *outcome)
{
	const struct attribute *const *hashed = schema_hashed(item_class);
	int status = 0;

	for (unsigned int i = 0; !status && hashed[i]; i++) {
		char sql[80];
		bool has = false;

		status = has_column(store, item_class, hashed[i]->name, &has, outcome);
		if (status || has)
			continue;
		snprintf(sql, sizeof(sql), "ALTER TABLE %s ADD COLUMN h_%s BLOB",
			 item_class_name(item_class), hashed[i]->name);
		status = database_execute(&store->database, sql, outcome);
	}
	return status;
}

static int seal_again(struct store *store, struct row *row, struct outcome *outcome)
{
	struct sealed_secret sealed = { 0 };
	int error, status;

	if (row->state == ROW_DAMAGED)
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

int store_migrate(struct store *store, struct outcome *outcome)
{
	char sql[40];
	int version = 0, status = store_begin(store, true, outcome);

	if (!status)
		status = read_version(store, &version, outcome);
	store->hashing = true;
	if (!status && (version < DATABASE_VERSION || store->hash_again)) {
		for (unsigned int class = 0; !status && class < ITEM_STORED_CLASSES; class++) {
			status = add_columns(store, class, outcome);
			if (!status)
				status = seal_table(store, class, outcome);
		}
		snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", DATABASE_VERSION);
		if (!status)
			status = database_execute(&store->database, sql, outcome);
	}
	if (!status)
		status = store_commit(store, outcome);
	if (!status) {
		store->database.version = DATABASE_VERSION;
		store->hash_again = false;
	}
	store->hashing = false;
	store_rollback(store);
	return status;
}
