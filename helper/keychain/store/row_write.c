// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row_write.h"
#include "helper/keychain/store/own_index.h"

#include <stdio.h>
#include <string.h>

#define SQL_SIZE 1600

/* "uuid,...": all columns but the number. */
static const char *columns_of(const struct row *row)
{
	return schema_columns(row->item_class) + strlen("row,");
}

static void bind_secret(const struct sealed_secret *sealed, sqlite3_stmt *statement, int parameter)
{
	if (!sealed->bytes)
		return;
	sqlite3_bind_blob(statement, parameter, sealed->row_key, SECRET_KEY_BLOB_SIZE,
			  SQLITE_STATIC);
	sqlite3_bind_blob(statement, parameter + 1, sealed->bytes, (int)sealed->length,
			  SQLITE_STATIC);
}

static enum fault step(struct store *store, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	return result == SQLITE_DONE ? FAULT_NONE : database_fault(&store->database, result);
}

/* The one row was there a moment ago, in the same snapshot: where it is not, the table is damaged. */
static enum fault step_row(struct store *store, sqlite3_stmt *statement)
{
	enum fault fault = step(store, statement);

	return fault || sqlite3_changes(store->database.handle) ? fault : database_fault(&store->database, SQLITE_CORRUPT);
}

/* A statement that is not in use may give its place to any that is asked for: what is done with is held no longer. */
static void let_go(sqlite3_stmt **statement)
{
	database_done(*statement);
	*statement = NULL;
}

/* The statement that inserts into the table, kept or made. */
static sqlite3_stmt *insertion(struct store *store, const struct row *row)
{
	struct statement_name name = { .kind = STATEMENT_INSERT, .item_class = row->item_class };
	sqlite3_stmt *insert = database_kept(&store->database, &name);
	const char *columns = columns_of(row);
	char sql[SQL_SIZE];
	size_t at;

	if (insert)
		return insert;
	at = (size_t)snprintf(sql, sizeof(sql), "INSERT INTO %s(%s) VALUES(?", item_class_name(row->item_class), columns);
	for (const char *comma = strchr(columns, ','); comma; comma = strchr(comma + 1, ',')) {
		sql[at++] = ',';
		sql[at++] = '?';
	}
	memcpy(sql + at, ")", sizeof(")"));
	return database_keep(&store->database, &name, sql);
}

enum fault row_insert(struct store *store, struct row *row, const struct sealed_secret *sealed)
{
	sqlite3_stmt *insert CLEANUP_STATEMENT = insertion(store, row);
	enum fault fault;

	if (!insert)
		return store->database.fault;
	bind_secret(sealed, insert, row_bind(row, insert, 1));
	fault = step(store, insert);
	if (fault)
		return fault;
	row->id = sqlite3_last_insert_rowid(store->database.handle);
	let_go(&insert);
	return row->own.count ? own_index_add(store, row) : FAULT_NONE;
}

/* The same of an update of all columns. */
static sqlite3_stmt *renewal(struct store *store, const struct row *row)
{
	struct statement_name kept = { .kind = STATEMENT_UPDATE, .item_class = row->item_class };
	sqlite3_stmt *update = database_kept(&store->database, &kept);
	char sql[SQL_SIZE], columns[SQL_SIZE], *save, *name;
	size_t at;

	if (update)
		return update;
	snprintf(columns, sizeof(columns), "%s", columns_of(row));
	at = (size_t)snprintf(sql, sizeof(sql), "UPDATE %s SET ", item_class_name(row->item_class));
	for (name = strtok_r(columns, ",", &save); name; name = strtok_r(NULL, ",", &save))
		at += (size_t)snprintf(sql + at, sizeof(sql) - at, "%s=?,", name);
	snprintf(sql + at - 1, sizeof(sql) - at + 1, " WHERE row=?");
	return database_keep(&store->database, &kept, sql);
}

enum fault row_update(struct store *store, const struct row *row, const struct sealed_secret *sealed)
{
	sqlite3_stmt *update CLEANUP_STATEMENT = NULL;
	enum fault fault = row->own.indexed ? own_index_remove(store, row) : FAULT_NONE;
	int next;

	if (fault)
		return fault;
	update = renewal(store, row);
	if (!update)
		return store->database.fault;
	next = row_bind(row, update, 1);
	bind_secret(sealed, update, next);
	sqlite3_bind_int64(update, next + 3, row->id);
	fault = step_row(store, update);
	let_go(&update);
	return fault || !row->own.count ? fault : own_index_add(store, row);
}

enum fault row_delete(struct store *store, const struct row *row)
{
	struct statement_name name = { .kind = STATEMENT_DELETE, .item_class = row->item_class };
	sqlite3_stmt *delete CLEANUP_STATEMENT = NULL;
	enum fault fault = row->own.indexed ? own_index_remove(store, row) : FAULT_NONE;

	if (fault)
		return fault;
	delete = database_named(&store->database, &name, "DELETE FROM %s WHERE row=?", item_class_name(row->item_class));
	if (!delete)
		return store->database.fault;
	sqlite3_bind_int64(delete, 1, row->id);
	return step_row(store, delete);
}

enum fault row_displace(struct store *store, const struct row *row)
{
	struct statement_name name = { .kind = STATEMENT_DISPLACE, .item_class = row->item_class };
	sqlite3_stmt *update CLEANUP_STATEMENT = NULL;
	struct row displaced = *row;

	displaced.displaced = true;
	update = database_named(&store->database, &name, "UPDATE %s SET digest=? WHERE row=?",
				item_class_name(row->item_class));
	if (!update)
		return store->database.fault;
	row_bind_digest(&displaced, update, 1);
	sqlite3_bind_int64(update, 2, row->id);
	return step_row(store, update);
}

enum fault row_bury(struct store *store, const struct row *row, int64_t when)
{
	struct statement_name name = { .kind = STATEMENT_BURY, .item_class = row->item_class };
	sqlite3_stmt *update CLEANUP_STATEMENT = NULL;
	enum fault fault = row->own.indexed ? own_index_remove(store, row) : FAULT_NONE;

	if (fault)
		return fault;
	update = database_named(&store->database, &name, "UPDATE %s SET tomb=1,mdat=?,rowkey=NULL,secret=NULL WHERE row=?",
				item_class_name(row->item_class));
	if (!update)
		return store->database.fault;
	sqlite3_bind_int64(update, 1, when);
	sqlite3_bind_int64(update, 2, row->id);
	return step_row(store, update);
}
