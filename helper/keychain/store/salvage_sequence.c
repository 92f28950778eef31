// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/salvage_sequence.h"
#include "helper/keychain/store/attribute.h"
#include "helper/keychain/store/raw.h"

#include <stdint.h>
#include <stdio.h>

#include "helper/common/cleanup.h"

#define UNKNOWN_GAP	"+4294967296"

/* *ret_last: the highest number that a table has given to a row; -1: that cannot be read. */
static int read_sequence(const char *path, sqlite3 *from, const char *table, int64_t *ret_last)
{
	sqlite3_stmt *select CLEANUP_STEP = NULL;
	int result = sqlite3_prepare_v2(from, "SELECT seq FROM sqlite_sequence WHERE name=?", -1, &select, NULL);

	*ret_last = -1;
	if (result == SQLITE_OK)
		result = sqlite3_bind_text(select, 1, table, -1, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(select);
	if (result == SQLITE_ROW && sqlite3_column_type(select, 0) == SQLITE_INTEGER)
		*ret_last = sqlite3_column_int64(select, 0);
	else if (result == SQLITE_DONE)
		*ret_last = 0;
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return SQLITE_OK;
	result = raw_verdict(path, raw_cause(from, result));
	return result == SQLITE_CORRUPT ? SQLITE_OK : result;
}

int salvage_sequences(const char *path, sqlite3 *to)
{
	sqlite3 *from CLEANUP_HANDLE = NULL;
	int result = raw_verdict(path, raw_open(path, &from));

	if (result == SQLITE_CORRUPT)
		result = SQLITE_OK;
	if (result == SQLITE_OK)
		result = raw_run(to, "BEGIN IMMEDIATE");
	for (unsigned int class = 0; result == SQLITE_OK && class < ITEM_STORED_CLASSES; class++) {
		const char *table = item_class_name(class);
		int64_t last = -1;
		char sql[512];

		if (from)
			result = read_sequence(path, from, table, &last);
		snprintf(sql, sizeof(sql), "INSERT INTO sqlite_sequence(name,seq) SELECT '%s',0 WHERE NOT EXISTS (SELECT 1 FROM "
			 "sqlite_sequence WHERE name='%s');UPDATE sqlite_sequence SET seq=max(seq%s,%lld) WHERE name='%s'",
			 table, table, last < 0 ? UNKNOWN_GAP : "", (long long)last, table);
		if (result == SQLITE_OK)
			result = raw_run(to, sql);
	}
	return result == SQLITE_OK ? raw_run(to, "COMMIT") : result;
}
