// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/engine/item_unique.h"
#include "helper/keychain/engine/item.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The digest under the other lookup key, too: a row of another class may have the same
 * attributes.
 */
static int other_digest(struct request *request, const struct row *row, uint8_t digest[HASH_SIZE],
			bool *ret_known, bool *ret_undecided)
{
	struct hash_job job = { .column = "uniq" };
	uint8_t *unique;
	int error;

	*ret_known = *ret_undecided = false;
	unique = hash_unique_bytes(row->item_class, row->attributes, &job.length);
	if (!unique)
		return -ENOMEM;
	job.bytes = unique;
	job.lookup = hash_lookup(row->class_number) == LOOKUP_ALWAYS ? LOOKUP_FIRST_UNLOCK
								    : LOOKUP_ALWAYS;
	memcpy(job.table, item_class_name(row->item_class), 4);
	error = hash_all(request->store, &job, 1, false, &request->outcome);
	explicit_bzero(unique, job.length);
	free(unique);
	if (!error) {
		memcpy(digest, job.hash, HASH_SIZE);
		*ret_known = true;
	} else if (error == -ENODATA) {
		error = 0;
	} else if (error == -ENOKEY && job.lookup == LOOKUP_FIRST_UNLOCK) {
		*ret_undecided = true;
		error = 0;
	}
	return error;
}

static int others_exist(struct request *request, const struct row *row, bool *ret_exist)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	char sql[160];
	int result;

	snprintf(sql, sizeof(sql), "SELECT 1 FROM %s WHERE agrp=? AND tomb=0 AND "
		 "pdmn NOT IN('dk','dku') LIMIT 1", item_class_name(row->item_class));
	select = database_prepare(&request->store->database, sql, &request->outcome);
	if (!select)
		return request->outcome.status;
	sqlite3_bind_text(select, 1, row->group, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	*ret_exist = result == SQLITE_ROW;
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return 0;
	return database_status(&request->store->database, result, &request->outcome);
}

/* The secret counts as well: a row whose value is damaged is as if absent. */
static int readable(struct request *request, struct row *row, bool *ret_alive)
{
	struct value *secret = NULL;
	int status, error = rows_open(request->store, row, 1, &request->outcome);

	*ret_alive = true;
	if (error)
		return item_key_error(request, error, row->class_number);
	if (row->state == ROW_DAMAGED)
		*ret_alive = false;
	if (row->state != ROW_OPEN)
		return 0;
	status = item_secret(request, row, &secret);
	value_free(secret);
	if (status == errSecDecode) {
		outcome_reset(&request->outcome);
		*ret_alive = false;
		return 0;
	}
	return status;
}

/*
 * Whether a sealed row may be stored. What stands in its way and is dead goes; the identity of a
 * tombstone is set in *ret_reuse.
 */
static int make_way(struct request *request, const struct row *row, const uint8_t *digest,
		    bool *ret_reuse, uint8_t uuid[ROW_UUID_SIZE])
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	struct row present;
	bool alive = false;
	char sql[1400];
	int result, status = 0;

	*ret_reuse = false;
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE digest=? AND row<>?",
		 schema_columns(row->item_class), item_class_name(row->item_class));
	select = database_prepare(&request->store->database, sql, &request->outcome);
	if (!select)
		return request->outcome.status;
	sqlite3_bind_blob(select, 1, digest, HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(select, 2, row->id);
	result = sqlite3_step(select);
	if (result == SQLITE_DONE)
		return 0;
	if (result != SQLITE_ROW)
		return database_status(&request->store->database, result, &request->outcome);
	if (row_read(&present, row->item_class, select))
		return outcome_no_memory(&request->outcome);
	database_done(select);
	/* The cache of statements may drop it from here on. */
	select = NULL;
	if (present.tombstone) {
		*ret_reuse = true;
		memcpy(uuid, present.uuid, ROW_UUID_SIZE);
	} else {
		status = readable(request, &present, &alive);
	}
	if (!status && alive) {
		outcome_detail(&request->outcome, "colliding",
			       query_reference(present.item_class, present.uuid));
		status = outcome_fail(&request->outcome, errSecDuplicateItem,
				      "an item of class %s with the "
				      "same unique attributes exists in group \"%s\"; its "
				      "protection is "
				      "%s: change or delete that one first, or add with upsert",
				      item_class_name(present.item_class), present.group,
				      keybag_class_name(present.class_number));
	}
	if (!status)
		status = item_erase(request, &present);
	row_release(&present);
	return status;
}

int item_check_unique(struct request *request, const struct row *row, bool *ret_reuse,
			uint8_t uuid[ROW_UUID_SIZE])
{
	uint8_t digest[HASH_SIZE];
	bool known, undecided, exist = false, reuse_other = false;
	int status, error = other_digest(request, row, digest, &known, &undecided);

	if (error)
		return item_key_error(request, error, KEYBAG_CLASS_DK);
	if (undecided) {
		status = others_exist(request, row, &exist);
		if (status)
			return status;
		if (exist)
			return item_key_error(request, -ENOKEY, KEYBAG_CLASS_CK);
	}
	status = make_way(request, row, row->digest, ret_reuse, uuid);
	if (!status && known)
		status = make_way(request, row, digest, &reuse_other, uuid);
	*ret_reuse |= reuse_other;
	return status;
}
