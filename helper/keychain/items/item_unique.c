// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/item_unique.h"

#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/lookup.h"
#include "helper/keychain/store/row_seal.h"
#include "helper/keychain/store/row_write.h"

/*
 * The digest under the other lookup key, too: a row of another class may have the same
 * attributes.
 */
static enum fault other_digest(struct request *request, const struct row *row, uint8_t digest[HASH_SIZE],
			       bool *ret_known, bool *ret_undecided)
{
	struct hash_job job = { .column = "uniq" };
	uint8_t *unique;
	enum fault fault;

	*ret_known = *ret_undecided = false;
	unique = hash_unique_bytes(row->item_class, row->attributes, &job.length);
	if (!unique)
		return FAULT_MEMORY;
	job.bytes = unique;
	job.lookup = hash_lookup(row->class_number) == LOOKUP_ALWAYS ? LOOKUP_FIRST_UNLOCK
								    : LOOKUP_ALWAYS;
	memcpy(job.table, item_class_name(row->item_class), 4);
	fault = hash_all(request->store, &job, 1, false);
	explicit_bzero(unique, job.length);
	free(unique);
	if (!fault) {
		memcpy(digest, job.hash, HASH_SIZE);
		*ret_known = true;
		return FAULT_NONE;
	}
	*ret_undecided = fault == FAULT_LOCKED && job.lookup == LOOKUP_FIRST_UNLOCK;
	return fault == FAULT_ABSENT || *ret_undecided ? FAULT_NONE : fault;
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
	struct store *store = request->store;
	enum fault fault;

	if (present->tombstone)
		return request_status(request, row_delete(store, present), 0);
	fault = rows_open(store, present, 1, NULL);
	if (fault)
		return request_status(request, fault, present->class_number);
	switch (present->state) {
	case ROW_DAMAGED:
		return request_status(request, row_delete(store, present), 0);
	case ROW_LOST:
		return request_status(request, present->displaced ? FAULT_NONE : row_displace(store, present), 0);
	default:
		return duplicate(request, present);
	}
}

/* Whether a sealed row may be stored; the identity of a tombstone in its way is set in *ret_reuse. */
static int make_way(struct request *request, const struct row *row, const uint8_t *digest,
		    bool *ret_reuse, uint8_t uuid[ROW_UUID_SIZE])
{
	struct row present, last, *after = NULL;
	bool found;
	int status;

	*ret_reuse = false;
	for (;;) {
		status = request_status(request, lookup_digest(request->store, row, digest, after, &present, &found), 0);
		if (status || !found)
			break;
		if (present.tombstone) {
			*ret_reuse = true;
			memcpy(uuid, present.uuid, ROW_UUID_SIZE);
		}
		status = clear_away(request, &present);
		if (after)
			row_release(after);
		last = present;
		after = &last;
		if (status)
			break;
	}
	if (after)
		row_release(after);
	return status;
}

int item_check_unique(struct request *request, const struct row *row, bool *ret_reuse,
			uint8_t uuid[ROW_UUID_SIZE])
{
	uint8_t digest[HASH_SIZE];
	bool known, undecided, exist = false, reuse_other = false;
	enum fault fault = other_digest(request, row, digest, &known, &undecided);
	int status;

	if (!fault && undecided)
		fault = lookup_keyed(request->store, row, &exist);
	if (!fault && exist)
		return request_status(request, FAULT_LOCKED, KEYBAG_CLASS_CK);
	if (fault)
		return request_status(request, fault, KEYBAG_CLASS_DK);
	status = make_way(request, row, row->digest, ret_reuse, uuid);
	if (!status && known)
		status = make_way(request, row, digest, &reuse_other, uuid);
	*ret_reuse |= reuse_other;
	return status;
}
