// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/salvage_keys.h"
#include "helper/keychain/store/key_blob.h"
#include "helper/keychain/store/leaves.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/schema.h"
#include "helper/keychain/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "helper/common/cleanup.h"

#define COLUMNS	3	/* id, keyclass, data */

struct keys {
	sqlite3_stmt *known, *metadata, *lookup;
	bool looked_up[STORE_CLASSES];	/* there is a lookup key of that class */
};

static int find_looked_up(sqlite3 *to, struct keys *keys)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	int result = sqlite3_prepare_v2(to, "SELECT keyclass FROM lookupkeys", -1, &select, NULL);

	while (result == SQLITE_OK && (result = sqlite3_step(select)) == SQLITE_ROW) {
		int64_t number = sqlite3_column_int64(select, 0);

		if (number >= 0 && number < STORE_CLASSES)
			keys->looked_up[number] = true;
		result = SQLITE_OK;
	}
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* Where its number is taken it gets another: rows name it as the key to begin with, no more. */
static int insert(sqlite3_stmt *statement, int64_t id, const struct leaf_value *values)
{
	int result = SQLITE_OK, changes = 0;

	for (int attempt = 0; result == SQLITE_OK && !changes && attempt < 2; attempt++) {
		sqlite3_reset(statement);
		if (attempt)
			sqlite3_bind_null(statement, 1);
		else
			sqlite3_bind_int64(statement, 1, id);
		sqlite3_bind_int64(statement, 2, values[1].integer);
		sqlite3_bind_blob64(statement, 3, values[2].bytes, values[2].length, SQLITE_STATIC);
		result = sqlite3_step(statement);
		if (result == SQLITE_DONE) {
			changes = sqlite3_changes(sqlite3_db_handle(statement));
			result = SQLITE_OK;
		}
	}
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result;
}

static int copy_key(struct keys *keys, int64_t id, const struct leaf_value *values, int64_t *ret_copied)
{
	int64_t number = values[1].integer;
	int result;

	if (values[1].kind != LEAF_INTEGER || number < 0 || number >= STORE_CLASSES || values[2].kind != LEAF_BLOB ||
	    !key_blob_plausible(values[2].bytes, values[2].length, (uint32_t)number))
		return SQLITE_OK;
	sqlite3_bind_blob64(keys->known, 1, values[2].bytes, values[2].length, SQLITE_STATIC);
	result = sqlite3_step(keys->known);
	sqlite3_reset(keys->known);
	sqlite3_clear_bindings(keys->known);
	if (result != SQLITE_DONE)
		return result == SQLITE_ROW ? SQLITE_OK : result;
	++*ret_copied;
	result = insert(keys->metadata, id, values);
	return result == SQLITE_OK && !keys->looked_up[number] ? insert(keys->lookup, id, values) : result;
}

static int prepare(sqlite3 *to, struct keys *keys)
{
	int result = sqlite3_prepare_v2(to, "SELECT 1 FROM metadatakeys WHERE data=?1 UNION ALL SELECT 1 FROM lookupkeys "
					"WHERE data=?1", -1, &keys->known, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_prepare_v2(to, "INSERT OR IGNORE INTO metadatakeys(id,keyclass,data) VALUES(?,?,?)", -1,
					    &keys->metadata, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_prepare_v2(to, "INSERT OR IGNORE INTO lookupkeys(id,keyclass,data) VALUES(?,?,?)", -1,
					    &keys->lookup, NULL);
	return result == SQLITE_OK ? find_looked_up(to, keys) : result;
}

int salvage_keys(const char *whole, sqlite3 *to, int64_t *ret_copied)
{
	struct leaves *leaves CLEANUP_LEAVES = NULL;
	const struct leaf_value *values;
	struct keys keys = { 0 };
	int64_t id;
	int result = prepare(to, &keys), found = leaves_open(whole, COLUMNS, 0, &leaves);

	while (result == SQLITE_OK && found >= 0 && (found = leaves_next(leaves, &id, &values)) > 0)
		result = copy_key(&keys, id, values, ret_copied);
	sqlite3_finalize(keys.known);
	sqlite3_finalize(keys.metadata);
	sqlite3_finalize(keys.lookup);
	return found < 0 ? raw_result_of(-found, SQLITE_IOERR) : result;
}

int salvage_note_lost(sqlite3 *to)
{
	static const struct {
		unsigned int class_number;
		const char *rows;
	} keys[] = { { KEYBAG_CLASS_DK, "IN('dk','dku')" }, { KEYBAG_CLASS_CK, "NOT IN('dk','dku')" } };
	int result = SQLITE_OK;

	for (size_t i = 0; result == SQLITE_OK && i < sizeof(keys) / sizeof(keys[0]); i++) {
		for (unsigned int class = 0; result == SQLITE_OK && class < ITEM_STORED_CLASSES; class++) {
			char sql[256];

			snprintf(sql, sizeof(sql), "INSERT INTO lookupkeys(keyclass,data) SELECT %u,x'' WHERE EXISTS (SELECT 1 FROM %s "
				 "WHERE pdmn %s) AND NOT EXISTS (SELECT 1 FROM lookupkeys WHERE keyclass=%u)", keys[i].class_number,
				 item_class_name(class), keys[i].rows, keys[i].class_number);
			result = raw_run(to, sql);
		}
	}
	return result;
}
