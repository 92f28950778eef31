// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/own_index.h"


static enum fault step(struct store *store, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	return result == SQLITE_DONE ? FAULT_NONE : database_fault(&store->database, result);
}

enum fault own_index_add(struct store *store, const struct row *row)
{
	struct statement_name name = { .kind = STATEMENT_OWN_ADD };
	sqlite3_stmt *insert CLEANUP_STATEMENT = database_named(&store->database, &name, "%s", SCHEMA_OWN_INSERT);
	enum fault fault = FAULT_NONE;

	if (!insert)
		return store->database.fault;
	sqlite3_bind_int(insert, 2, (int)row->item_class);
	sqlite3_bind_text(insert, 3, row->group, -1, SQLITE_STATIC);
	sqlite3_bind_int(insert, 4, row->synchronizable);
	sqlite3_bind_int64(insert, 5, row->id);
	for (size_t i = 0; !fault && i < row->own.count; i++) {
		sqlite3_bind_blob(insert, 1, row->own.hashes + i * HASH_SIZE, HASH_SIZE, SQLITE_STATIC);
		fault = step(store, insert);
	}
	return fault;
}

/* @found: a row of its group, its kind of synchronization and its hashes. */
static enum fault remove_all(struct store *store, const struct row *row, sqlite3_stmt *found)
{
	struct statement_name name = { .kind = STATEMENT_OWN_REMOVE };
	sqlite3_stmt *delete CLEANUP_STATEMENT = NULL;
	const uint8_t *hashes = sqlite3_column_blob(found, 2);
	size_t count = (size_t)sqlite3_column_bytes(found, 2) / HASH_SIZE;
	enum fault fault = FAULT_NONE;

	delete = database_named(&store->database, &name, "DELETE FROM own_index WHERE hash=? AND class=? AND agrp=? AND "
				"sync=? AND row=?");
	if (!delete)
		return store->database.fault;
	sqlite3_bind_int(delete, 2, (int)row->item_class);
	sqlite3_bind_value(delete, 3, sqlite3_column_value(found, 0));
	sqlite3_bind_value(delete, 4, sqlite3_column_value(found, 1));
	sqlite3_bind_int64(delete, 5, row->id);
	for (size_t i = 0; !fault && i < count; i++) {
		sqlite3_bind_blob(delete, 1, hashes + i * HASH_SIZE, HASH_SIZE, SQLITE_STATIC);
		fault = step(store, delete);
	}
	return fault;
}

enum fault own_index_remove(struct store *store, const struct row *row)
{
	struct statement_name name = { .kind = STATEMENT_OWN_READ, .item_class = row->item_class };
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	select = database_named(&store->database, &name, "SELECT agrp,sync,own FROM %s WHERE row=?",
				item_class_name(row->item_class));
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, row->id);
	result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		return remove_all(store, row, select);
	return result == SQLITE_DONE ? FAULT_NONE : database_fault(&store->database, result);
}
