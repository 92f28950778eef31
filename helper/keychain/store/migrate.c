// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/migrate.h"
#include "helper/keychain/store/database_open.h"
#include "helper/keychain/store/owner.h"
#include "helper/keychain/store/row_write.h"

#include <stdio.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/row_seal.h"

#define AT_A_TIME	32

static enum fault read_version(struct store *store, int *ret_version)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	select = database_prepare(&store->database, "PRAGMA user_version");
	if (!select)
		return store->database.fault;
	result = sqlite3_step(select);
	if (result != SQLITE_ROW)
		return database_fault(&store->database, result);
	*ret_version = sqlite3_column_int(select, 0);
	return FAULT_NONE;
}

static enum fault add_column(struct store *store, enum item_class item_class, const char *name, const char *type)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	char sql[100];
	int result;

	select = database_prepare(&store->database,
				  "SELECT 1 FROM pragma_table_info(?) WHERE name=?");
	if (!select)
		return store->database.fault;
	sqlite3_bind_text(select, 1, item_class_name(item_class), -1, SQLITE_STATIC);
	sqlite3_bind_text(select, 2, name, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		return FAULT_NONE;
	if (result != SQLITE_DONE)
		return database_fault(&store->database, result);
	snprintf(sql, sizeof(sql), "ALTER TABLE %s ADD COLUMN %s %s", item_class_name(item_class), name, type);
	return database_execute(&store->database, sql);
}

static enum fault add_columns(struct store *store, enum item_class item_class)
{
	const struct attribute *const *hashed = schema_hashed(item_class);
	enum fault fault = add_column(store, item_class, "mkey", "INTEGER NOT NULL DEFAULT 0");

	for (unsigned int i = 0; !fault && hashed[i]; i++) {
		char name[8];

		snprintf(name, sizeof(name), "h_%s", hashed[i]->name);
		fault = add_column(store, item_class, name, "BLOB");
	}
	/* As the last one, where new files have it. */
	return fault ? fault : add_column(store, item_class, "own", "BLOB");
}

/* A file that was saved of a damaged one (salvage.h) has it already. */
static enum fault add_table(struct store *store, const char *name, const char *create)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	select = database_prepare(&store->database, "SELECT 1 FROM sqlite_schema WHERE name=?");
	if (!select)
		return store->database.fault;
	sqlite3_bind_text(select, 1, name, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	database_done(select);
	if (result == SQLITE_DONE)
		return database_execute(&store->database, create);
	return result == SQLITE_ROW ? FAULT_NONE : database_fault(&store->database, result);
}

static enum fault seal_again(struct store *store, struct row *row, uint32_t *ret_class)
{
	struct sealed_secret sealed = { 0 };
	enum fault fault;

	if (row->state == ROW_DAMAGED || row->state == ROW_LOST)
		return FAULT_NONE;
	*ret_class = row->class_number;
	if (row->state == ROW_LOCKED)
		return FAULT_LOCKED;
	fault = secret_read(store, row, &sealed);
	if (!fault)
		fault = row_seal(store, row);
	if (!fault)
		fault = row_update(store, row, &sealed);
	sealed_secret_release(&sealed);
	return fault;
}

static enum fault read_rows(struct store *store, enum item_class item_class, int64_t after, struct row *rows,
			    size_t *ret_count)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	enum fault fault = FAULT_NONE;
	char sql[1600];
	int result;

	*ret_count = 0;
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE tomb=0 AND row>? ORDER BY row LIMIT %d",
		 schema_columns(item_class), item_class_name(item_class), AT_A_TIME);
	select = database_prepare(&store->database, sql);
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, after);
	while (!fault && (result = sqlite3_step(select)) == SQLITE_ROW) {
		fault = row_read(&rows[*ret_count], item_class, false, select);
		if (fault)
			break;
		/* A table that is out of order would go on without end. */
		if (rows[*ret_count].id <= after)
			fault = database_fault(&store->database, SQLITE_CORRUPT);
		after = rows[(*ret_count)++].id;
	}
	if (!fault && result != SQLITE_DONE)
		fault = database_fault(&store->database, result);
	while (fault && *ret_count)
		row_release(&rows[--*ret_count]);
	return fault;
}

static enum fault seal_table(struct store *store, enum item_class item_class, uint32_t *ret_class)
{
	enum fault fault = FAULT_NONE;
	int64_t after = 0;
	size_t count;

	do {
		struct row rows[AT_A_TIME];

		fault = read_rows(store, item_class, after, rows, &count);
		if (fault || !count)
			return fault;
		fault = rows_open(store, rows, count, NULL);
		after = rows[count - 1].id;
		for (size_t i = 0; i < count; i++) {
			if (!fault)
				fault = seal_again(store, &rows[i], ret_class);
			row_release(&rows[i]);
		}
	} while (!fault);
	return fault;
}

/*
 * Columns that were added stand last. The table is made anew with the columns in the order of new files, so that every
 * file of this version has the same texts: repair.h goes by them. Row numbers are not used again.
 */
static enum fault renew_table(struct store *store, enum item_class item_class)
{
	const char *name = item_class_name(item_class), *columns = schema_columns(item_class);
	char *create CLEANUP_FREE = schema_table(item_class), *sql CLEANUP_FREE = NULL;

	if (!create || asprintf(&sql, "ALTER TABLE %s RENAME TO old_%s;%s"
				"INSERT INTO %s(%s) SELECT %s FROM old_%s;"
				"DELETE FROM sqlite_sequence WHERE name='%s';"
				"UPDATE sqlite_sequence SET name='%s' WHERE name='old_%s';"
				"DROP TABLE old_%s;", name, name, create, name, columns, columns, name, name, name, name,
				name) < 0)
		return FAULT_MEMORY;
	return database_execute(&store->database, sql);
}

/* Those of earlier versions do not end in the row, or are of few attributes. */
static enum fault renew_indexes(struct store *store)
{
	static const char find[] = "SELECT name FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL LIMIT 1";
	char *create CLEANUP_FREE = schema_indexes();
	enum fault fault;
	int result;

	if (!create)
		return FAULT_MEMORY;
	for (;;) {
		sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, find);
		char sql[80];

		if (!select)
			return store->database.fault;
		result = sqlite3_step(select);
		if (result == SQLITE_DONE)
			break;
		if (result != SQLITE_ROW)
			return database_fault(&store->database, result);
		snprintf(sql, sizeof(sql), "DROP INDEX \"%.40s\"", (const char *)sqlite3_column_text(select, 0));
		database_done(select);
		fault = database_execute(&store->database, sql);
		if (fault)
			return fault;
	}
	return database_execute(&store->database, create);
}

/* Migrates from a version before the table "about": its rows were sealed without some of the hashes. */
static enum fault renew_all(struct store *store)
{
	enum fault fault = FAULT_NONE;

	for (unsigned int class = 0; !fault && class < ITEM_STORED_CLASSES; class++)
		fault = renew_table(store, class);
	if (!fault)
		fault = database_execute(&store->database, "DROP TABLE IF EXISTS about;" SCHEMA_ABOUT);
	return fault ? fault : renew_indexes(store);
}

/* Adds what the file of an earlier version lacks; needs no key. */
static enum fault add_what_lacks(struct store *store)
{
	enum fault fault = FAULT_NONE;

	for (unsigned int class = 0; !fault && class < ITEM_STORED_CLASSES; class++)
		fault = add_columns(store, class);
	if (!fault)
		fault = add_table(store, "own_index", SCHEMA_OWN_INDEX);
	return fault ? fault : add_table(store, "pending", SCHEMA_PENDING);
}

static enum fault seal_all(struct store *store, uint32_t *ret_class)
{
	enum fault fault = FAULT_NONE;

	for (unsigned int class = 0; !fault && class < ITEM_STORED_CLASSES; class++)
		fault = seal_table(store, class, ret_class);
	return fault;
}

/* Where no row was sealed again there is no new key yet, and a damaged one would be found again and again. */
static enum fault renew_lookup_keys(struct store *store, uint32_t *ret_class)
{
	enum fault fault = FAULT_NONE;

	for (unsigned int lookup = 0; !fault && lookup < LOOKUP_KEYS; lookup++) {
		int child;

		fault = store_lookup_key(store, lookup, false, &child);
		if (fault_is_damage(fault))
			fault = store_lookup_key(store, lookup, true, &child);
		else if (fault == FAULT_ABSENT || fault == FAULT_LOCKED)
			fault = FAULT_NONE;
		if (fault == FAULT_LOCKED)
			*ret_class = lookup == LOOKUP_ALWAYS ? KEYBAG_CLASS_DK : KEYBAG_CLASS_CK;
	}
	return fault;
}

static enum fault migrate(struct store *store, int version, uint32_t *ret_class)
{
	bool sealed = version < SCHEMA_WITH_ABOUT;
	char sql[160];
	enum fault fault = version < SCHEMA_VERSION ? add_what_lacks(store) : FAULT_NONE;

	if (!fault && (sealed || store->hash_again))
		fault = seal_all(store, ret_class);
	if (!fault && store->hash_again)
		fault = renew_lookup_keys(store, ret_class);
	if (!fault && sealed)
		fault = renew_all(store);
	snprintf(sql, sizeof(sql), "UPDATE about SET value='%s' WHERE name='version';PRAGMA user_version=%d",
		 SCHEMA_VERSION_TEXT, SCHEMA_VERSION);
	if (!fault && version < SCHEMA_VERSION)
		fault = database_execute(&store->database, sql);
	/* Its keys have shown whose it is; without them nothing would. */
	return fault || !sealed ? fault : owner_record_migrated(store);
}

enum fault store_migrate(struct store *store, uint32_t *ret_class)
{
	enum fault fault = store_begin(store, true);
	int version = 0;

	if (!fault)
		fault = read_version(store, &version);
	*ret_class = 0;
	store->hashing = true;
	if (!fault)
		fault = migrate(store, version, ret_class);
	if (!fault)
		fault = store_commit(store);
	if (!fault) {
		store->database.version = SCHEMA_VERSION;
		store->hash_again = false;
	}
	store->hashing = false;
	store_rollback(store);
	if (!fault)
		fault = database_read_mark(&store->database);
	return fault;
}
