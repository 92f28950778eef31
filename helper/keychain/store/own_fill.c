// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/own_fill.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/schema.h"

#include <stdint.h>
#include <stdio.h>

/* The hashes of one row: number, group, synchronization, hashes. */
static int fill_row(sqlite3_stmt *select, sqlite3_stmt *insert)
{
	const uint8_t *hashes = sqlite3_column_blob(select, 3);
	size_t count = (size_t)sqlite3_column_bytes(select, 3) / HASH_SIZE;
	int result = SQLITE_DONE;

	sqlite3_bind_value(insert, 3, sqlite3_column_value(select, 1));
	sqlite3_bind_value(insert, 4, sqlite3_column_value(select, 2));
	sqlite3_bind_int64(insert, 5, sqlite3_column_int64(select, 0));
	for (size_t i = 0; result == SQLITE_DONE && i < count; i++) {
		sqlite3_bind_blob(insert, 1, hashes + i * HASH_SIZE, HASH_SIZE, SQLITE_STATIC);
		result = sqlite3_step(insert);
		sqlite3_reset(insert);
	}
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int fill_class(sqlite3 *handle, enum item_class item_class)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL, *insert CLEANUP_STEP = NULL;
	char sql[160];
	int result, step = SQLITE_DONE;

	snprintf(sql, sizeof(sql), "SELECT row,agrp,sync,own FROM %s NOT INDEXED WHERE tomb=0 AND typeof(own)='blob'",
		 item_class_name(item_class));
	result = sqlite3_prepare_v2(handle, sql, -1, &select, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_prepare_v2(handle, SCHEMA_OWN_INSERT, -1, &insert, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_bind_int(insert, 2, (int)item_class);
	while (result == SQLITE_OK && (step = sqlite3_step(select)) == SQLITE_ROW)
		result = fill_row(select, insert);
	return result == SQLITE_OK && step != SQLITE_DONE ? step : result;
}

int own_fill(sqlite3 *handle)
{
	int result = raw_run(handle, "DELETE FROM own_index");

	for (unsigned int class = 0; result == SQLITE_OK && class < ITEM_STORED_CLASSES; class++)
		result = fill_class(handle, class);
	return result;
}
