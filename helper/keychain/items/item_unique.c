// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/item_unique.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/row_seal.h"
#include "helper/keychain/store/row_write.h"

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
	char sql[200];
	int result;

	snprintf(sql, sizeof(sql), "SELECT 1 FROM %s INDEXED BY %s_pdmn WHERE agrp=? AND tomb=0 AND sync IN(0,1) AND "
		 "pdmn IN('ak','ck','aku','cku','akpu') LIMIT 1", item_class_name(row->item_class),
		 item_class_name(row->item_class));
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

/*
 * The next row behind @after that has @digest, or had until it was displaced; @row itself does not count.
 * *ret_found: whether there is one, which is to be released.
 */
static int next_in_way(struct request *request, const struct row *row, const uint8_t *digest, int64_t after,
		       struct row *ret_present, bool *ret_found)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	uint8_t last[ROW_DIGEST_SIZE];
	char sql[1600];
	int result;

	*ret_found = false;
	/* The plus keeps it to the index of digests. */
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE digest BETWEEN ? AND ? AND +row<>? AND +row>? "
		 "ORDER BY +row LIMIT 1", schema_columns(row->item_class), item_class_name(row->item_class));
	select = database_prepare(&request->store->database, sql, &request->outcome);
	if (!select)
		return request->outcome.status;
	memcpy(last, digest, HASH_SIZE);
	memset(last + HASH_SIZE, 0xff, ROW_UUID_SIZE);
	sqlite3_bind_blob(select, 1, digest, HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_blob(select, 2, last, sizeof(last), SQLITE_STATIC);
	sqlite3_bind_int64(select, 3, row->id);
	sqlite3_bind_int64(select, 4, after);
	result = sqlite3_step(select);
	if (result == SQLITE_DONE)
		return 0;
	if (result != SQLITE_ROW)
		return database_status(&request->store->database, result, &request->outcome);
	if (row_read(ret_present, row->item_class, select))
		return outcome_no_memory(&request->outcome);
	*ret_found = true;
	return 0;
}

static int duplicate(struct request *request, const struct row *present)
{
	outcome_detail(&request->outcome, "colliding", query_reference(present->item_class, present->uuid));
	return outcome_fail(&request->outcome, errSecDuplicateItem, "an item of class %s with the same unique attributes "
			    "exists in group \"%s\"; its protection is %s: change or delete that one first, or add with "
			    "upsert", item_class_name(present->item_class), present->group,
			    keybag_class_name(present->class_number));
}

/*
 * Only what is shown to be dead is erased: a row whose key does not open now may be read again with another form
 * of the keybag, and so gives up its place alone.
 */
static int clear_away(struct request *request, struct row *present)
{
	int error;

	if (present->tombstone)
		return row_delete(request->store, present, &request->outcome);
	error = rows_open(request->store, present, 1, &request->outcome);
	if (error)
		return request_key_error(request, error, present->class_number);
	switch (present->state) {
	case ROW_DAMAGED:
		return row_delete(request->store, present, &request->outcome);
	case ROW_LOST:
		return present->displaced ? 0 : row_displace(request->store, present, &request->outcome);
	default:
		return duplicate(request, present);
	}
}

/* Whether a sealed row may be stored; the identity of a tombstone in its way is set in *ret_reuse. */
static int make_way(struct request *request, const struct row *row, const uint8_t *digest,
		    bool *ret_reuse, uint8_t uuid[ROW_UUID_SIZE])
{
	int64_t after = 0;
	bool found;
	int status;

	*ret_reuse = false;
	do {
		struct row present;

		status = next_in_way(request, row, digest, after, &present, &found);
		if (status || !found)
			break;
		after = present.id;
		if (present.tombstone) {
			*ret_reuse = true;
			memcpy(uuid, present.uuid, ROW_UUID_SIZE);
		}
		status = clear_away(request, &present);
		row_release(&present);
	} while (!status);
	return status;
}

int item_check_unique(struct request *request, const struct row *row, bool *ret_reuse,
			uint8_t uuid[ROW_UUID_SIZE])
{
	uint8_t digest[HASH_SIZE];
	bool known, undecided, exist = false, reuse_other = false;
	int status, error = other_digest(request, row, digest, &known, &undecided);

	if (error)
		return request_key_error(request, error, KEYBAG_CLASS_DK);
	if (undecided) {
		status = others_exist(request, row, &exist);
		if (status)
			return status;
		if (exist)
			return request_key_error(request, -ENOKEY, KEYBAG_CLASS_CK);
	}
	status = make_way(request, row, row->digest, ret_reuse, uuid);
	if (!status && known)
		status = make_way(request, row, digest, &reuse_other, uuid);
	*ret_reuse |= reuse_other;
	return status;
}
