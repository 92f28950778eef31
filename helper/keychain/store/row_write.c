// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row_write.h"

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

static int step(struct store *store, sqlite3_stmt *statement, struct outcome *outcome)
{
	int result = sqlite3_step(statement);

	return result == SQLITE_DONE ? 0 : database_status(&store->database, result, outcome);
}

int row_insert(struct store *store, struct row *row, const struct sealed_secret *sealed,
	       struct outcome *outcome)
{
	sqlite3_stmt *insert CLEANUP_STATEMENT = NULL;
	const char *columns = columns_of(row);
	char sql[SQL_SIZE];
	int status;
	size_t at;

	at = (size_t)snprintf(sql, sizeof(sql), "INSERT INTO %s(%s) VALUES(?",
			      item_class_name(row->item_class), columns);
	for (const char *comma = strchr(columns, ','); comma; comma = strchr(comma + 1, ',')) {
		sql[at++] = ',';
		sql[at++] = '?';
	}
	memcpy(sql + at, ")", sizeof(")"));
	insert = database_prepare(&store->database, sql, outcome);
	if (!insert)
		return outcome->status;
	bind_secret(sealed, insert, row_bind(row, insert, 1));
	status = step(store, insert, outcome);
	if (!status)
		row->id = sqlite3_last_insert_rowid(store->database.handle);
	return status;
}

int row_update(struct store *store, const struct row *row, const struct sealed_secret *sealed,
	       struct outcome *outcome)
{
	sqlite3_stmt *update CLEANUP_STATEMENT = NULL;
	char sql[SQL_SIZE], columns[SQL_SIZE], *save, *name;
	size_t at;
	int next;

	snprintf(columns, sizeof(columns), "%s", columns_of(row));
	at = (size_t)snprintf(sql, sizeof(sql), "UPDATE %s SET ", item_class_name(row->item_class));
	for (name = strtok_r(columns, ",", &save); name; name = strtok_r(NULL, ",", &save))
		at += (size_t)snprintf(sql + at, sizeof(sql) - at, "%s=?,", name);
	snprintf(sql + at - 1, sizeof(sql) - at + 1, " WHERE row=?");
	update = database_prepare(&store->database, sql, outcome);
	if (!update)
		return outcome->status;
	next = row_bind(row, update, 1);
	bind_secret(sealed, update, next);
	sqlite3_bind_int64(update, next + 2, row->id);
	return step(store, update, outcome);
}

int row_delete(struct store *store, const struct row *row, struct outcome *outcome)
{
	sqlite3_stmt *delete CLEANUP_STATEMENT = NULL;
	char sql[80];

	snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE row=?", item_class_name(row->item_class));
	delete = database_prepare(&store->database, sql, outcome);
	if (!delete)
		return outcome->status;
	sqlite3_bind_int64(delete, 1, row->id);
	return step(store, delete, outcome);
}

int row_displace(struct store *store, const struct row *row, struct outcome *outcome)
{
	sqlite3_stmt *update CLEANUP_STATEMENT = NULL;
	struct row displaced = *row;
	char sql[80];

	displaced.displaced = true;
	snprintf(sql, sizeof(sql), "UPDATE %s SET digest=? WHERE row=?", item_class_name(row->item_class));
	update = database_prepare(&store->database, sql, outcome);
	if (!update)
		return outcome->status;
	row_bind_digest(&displaced, update, 1);
	sqlite3_bind_int64(update, 2, row->id);
	return step(store, update, outcome);
}

int row_bury(struct store *store, const struct row *row, int64_t when, struct outcome *outcome)
{
	sqlite3_stmt *update CLEANUP_STATEMENT = NULL;
	char sql[120];

	snprintf(sql, sizeof(sql),
		 "UPDATE %s SET tomb=1,mdat=?,rowkey=NULL,secret=NULL WHERE row=?",
		 item_class_name(row->item_class));
	update = database_prepare(&store->database, sql, outcome);
	if (!update)
		return outcome->status;
	sqlite3_bind_int64(update, 1, when);
	sqlite3_bind_int64(update, 2, row->id);
	return step(store, update, outcome);
}
