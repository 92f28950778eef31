// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/lookup.h"

#include <string.h>

#include "helper/keychain/store/schema.h"

/* The row that the statement finds. */
static enum fault one_row(struct store *store, enum item_class item_class, bool secret, sqlite3_stmt *statement,
			  struct row *ret_row, bool *ret_found)
{
	int result = sqlite3_step(statement);

	*ret_found = result == SQLITE_ROW;
	if (*ret_found)
		return row_read(ret_row, item_class, secret, statement);
	return result == SQLITE_DONE ? FAULT_NONE : database_fault(&store->database, result);
}

static sqlite3_stmt *by_column(struct store *store, enum statement_kind kind, enum item_class item_class,
			       const char *condition)
{
	struct statement_name name = { .kind = kind, .item_class = item_class };

	return database_named(&store->database, &name, "SELECT %s FROM %s WHERE %s", schema_columns(item_class),
			      item_class_name(item_class), condition);
}

enum fault lookup_uuid(struct store *store, enum item_class item_class, const uint8_t uuid[ROW_UUID_SIZE],
		       bool secret, struct row *ret_row, bool *ret_found)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = by_column(store, STATEMENT_UUID, item_class, "uuid=?");

	*ret_found = false;
	if (!select)
		return store->database.fault;
	sqlite3_bind_blob(select, 1, uuid, ROW_UUID_SIZE, SQLITE_STATIC);
	return one_row(store, item_class, secret, select, ret_row, ret_found);
}

enum fault lookup_number(struct store *store, enum item_class item_class, int64_t number, bool secret,
			 struct row *ret_row, bool *ret_found)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = by_column(store, STATEMENT_NUMBER, item_class, "row=?");

	*ret_found = false;
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, number);
	return one_row(store, item_class, secret, select, ret_row, ret_found);
}

enum fault lookup_digest(struct store *store, const struct row *row, const uint8_t digest[HASH_SIZE],
			 const struct row *after, struct row *ret_row, bool *ret_found)
{
	/* In the order of the index: nothing is sorted. */
	sqlite3_stmt *select CLEANUP_STATEMENT = by_column(store, STATEMENT_DIGEST, row->item_class, "digest>=? AND "
							   "digest<=? AND +row<>? ORDER BY digest LIMIT 1");
	uint8_t first[ROW_DIGEST_SIZE + 1], last[ROW_DIGEST_SIZE];
	size_t length = HASH_SIZE;

	*ret_found = false;
	if (!select)
		return store->database.fault;
	memcpy(first, digest, HASH_SIZE);
	memcpy(last, digest, HASH_SIZE);
	memset(last + HASH_SIZE, 0xff, ROW_UUID_SIZE);
	if (after && after->displaced) {
		memcpy(first + HASH_SIZE, after->uuid, ROW_UUID_SIZE);
		length = ROW_DIGEST_SIZE;
	}
	/* The first one behind is longer by a zero. */
	if (after)
		first[length++] = 0;
	sqlite3_bind_blob(select, 1, first, (int)length, SQLITE_STATIC);
	sqlite3_bind_blob(select, 2, last, sizeof(last), SQLITE_STATIC);
	sqlite3_bind_int64(select, 3, row->id);
	return one_row(store, row->item_class, false, select, ret_row, ret_found);
}

enum fault lookup_keyed(struct store *store, const struct row *row, bool *ret_exist)
{
	struct statement_name name = { .kind = STATEMENT_KEYED, .item_class = row->item_class };
	const char *table = item_class_name(row->item_class);
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	select = database_named(&store->database, &name, "SELECT 1 FROM %s INDEXED BY %s_pdmn WHERE agrp=? AND tomb=0 AND "
				"sync IN(0,1) AND pdmn IN('ak','ck','aku','cku','akpu') LIMIT 1", table, table);
	if (!select)
		return store->database.fault;
	sqlite3_bind_text(select, 1, row->group, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	*ret_exist = result == SQLITE_ROW;
	return result == SQLITE_ROW || result == SQLITE_DONE ? FAULT_NONE : database_fault(&store->database, result);
}

static enum fault count(struct store *store, const char *sql, int64_t *ret_count)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, sql);
	int result;

	if (!select)
		return store->database.fault;
	result = sqlite3_step(select);
	if (result != SQLITE_ROW)
		return database_fault(&store->database, result);
	*ret_count = sqlite3_column_int64(select, 0);
	return FAULT_NONE;
}

enum fault lookup_count(struct store *store, bool akpu, int64_t *ret_count)
{
	return count(store, akpu ? SCHEMA_COUNT_AKPU : SCHEMA_COUNT, ret_count);
}

enum fault lookup_count_pending(struct store *store, int64_t *ret_count)
{
	*ret_count = 0;
	return store->database.version < SCHEMA_WITH_PENDING ? FAULT_NONE : count(store, SCHEMA_COUNT_PENDING, ret_count);
}
