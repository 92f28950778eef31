// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests about additions that wait for the next unlock, or waited and could not become items: they are listed, and
 * added in another way. A deletion by persistent reference removes one.
 */
#include "helper/keychain/items/operations.h"
#include "helper/keychain/items/pending_settle.h"
#include "helper/keychain/store/keys.h"

#include <stdlib.h>
#include <string.h>

static bool may_see(const struct request *request, const struct pending_row *row)
{
	const struct engine_caller *caller = request->caller;

	return caller->all_groups || groups_hold(caller, row->group);
}

/* ---- listed ---- */

/* Attributes without the secret, of one that opens now; NULL: it does not, or there is no memory. */
static struct value *attributes_of(struct request *request, const struct pending_row *row)
{
	struct outcome outcome = { 0 };
	struct value *addition = NULL, *attributes = NULL;
	struct query query;

	if (pending_row_open(request->store, row, &addition))
		return NULL;
	if (!query_decode(&query, QUERY_ADD, value_get(addition, "query"), 0, false, &outcome))
		attributes = value_copy(query.attributes);
	query_release(&query);
	outcome_reset(&outcome);
	value_free(addition);
	return attributes;
}

static int describe(const struct pending_row *row, struct value *entry)
{
	static const char *const states[PENDING_STATES] = {
		[PENDING_WAITS] = "waits", [PENDING_COLLIDES] = "collides", [PENDING_REFUSED] = "refused",
		[PENDING_DAMAGED] = "damaged",
	};
	const char *protection = keybag_class_name(row->class_number);

	return value_set(entry, "state", value_string(states[row->state])) ||
	       value_set(entry, "class", value_string(item_class_name(row->item_class))) ||
	       value_set(entry, "v_PersistentRef", query_reference(row->item_class, row->uuid)) ||
	       value_set(entry, "agrp", value_string(row->group)) ||
	       value_set(entry, "pdmn", value_string(protection ? protection : "")) ||
	       value_set(entry, "sync", value_integer(row->synchronizable)) ||
	       value_set(entry, "cdat", value_date(row->added));
}

static int list_one(struct request *request, const struct pending_row *row)
{
	struct value *entry;

	if (!may_see(request, row))
		return 0;
	entry = attributes_of(request, row);
	if (!entry)
		entry = value_dictionary();
	if (!entry || describe(row, entry)) {
		value_free(entry);
		return outcome_no_memory(&request->outcome);
	}
	return value_append(request->result, entry) ? outcome_no_memory(&request->outcome) : 0;
}

int operation_pending(struct request *request)
{
	int64_t after = 0;
	int status = request_status(request, store_begin(request->store, false), 0);
	bool found = true;

	request->result = value_array();
	if (!request->result)
		return outcome_no_memory(&request->outcome);
	while (!status && found) {
		struct pending_row row CLEANUP_PENDING_ROW = { 0 };

		status = request_status(request, pending_row_next(request->store, after, &row, &found), 0);
		after = row.id;
		if (!status && found)
			status = list_one(request, &row);
	}
	return status;
}

/* ---- added in another way ---- */

static int not_there(struct request *request)
{
	return outcome_fail(&request->outcome, errSecItemNotFound, "nothing with that reference waits to be added in the groups "
			    "of this program: 'keychainctl pending' lists what there is");
}

/* The row of the request's persistent reference. */
static int find_meant(struct request *request, struct pending_row *row)
{
	struct query query;
	bool found = false;
	int status = query_decode(&query, QUERY_DELETE, request->query, 0, true, &request->outcome);

	if (!status && (!query.reference.given || query.reference.legacy))
		status = outcome_fail(&request->outcome, errSecParam, "\"query\" has to have \"v_PersistentRef\", and nothing else");
	if (!status)
		status = request_status(request, pending_row_find(request->store, query.reference.uuid, row, &found), 0);
	query_release(&query);
	if (status)
		return status;
	return found && may_see(request, row) ? 0 : not_there(request);
}

/* Attributes that it is to have in place of its own, which make it another item. */
static int change_query(struct request *request, struct value *query)
{
	const struct value *update = request->update;
	const char *group = value_as_name(value_get(update, "agrp"));
	int status = group ? groups_check_write(request->caller, group, &request->outcome) : 0;

	for (size_t i = 0; !status && i < value_count(update); i++) {
		const char *key = value_key_at(update, i);

		if (strlen(key) != 4)
			status = outcome_fail(&request->outcome, errSecNoSuchAttr, "\"%.40s\" cannot be changed: \"update\" has "
					      "attributes only", key);
		else if (value_set(query, key, value_copy(value_at(update, i))))
			status = outcome_no_memory(&request->outcome);
	}
	return status;
}

static int open_meant(struct request *request, const struct pending_row *row, struct value **ret_addition)
{
	enum fault fault = pending_row_open(request->store, row, ret_addition);

	if (fault_is_damage(fault))
		return outcome_fail(&request->outcome, errSecDecode, "what waited is damaged, and cannot be added: delete it by its "
				    "reference");
	return request_status(request, fault, KEYBAG_CLASS_AK);
}

static int add_meant(struct request *request, struct pending_row *row, struct value *addition)
{
	bool replaces = option_boolean(request, "replace");
	const char *group = value_as_name(value_get(request->update, "agrp"));
	char *moved = group ? strdup(group) : NULL;
	int status = change_query(request, value_get(addition, "query"));

	if (!status && ((group && !moved) || value_set(addition, "replaces", value_boolean(replaces))))
		status = outcome_no_memory(&request->outcome);
	if (moved) {
		free(row->group);
		row->group = moved;
	}
	/* It is somebody's wish of now. */
	row->added = request_time(request);
	request->pending = row;
	if (!status)
		status = pending_carry_out(request, addition);
	request->pending = NULL;
	return status;
}

int operation_pending_add(struct request *request)
{
	struct pending_row row CLEANUP_PENDING_ROW = { 0 };
	struct value *addition = NULL;
	int status = request->update && !value_is(request->update, VALUE_DICTIONARY) ?
		outcome_fail(&request->outcome, errSecParam, "\"update\" has to be a dictionary") :
		request_status(request, store_begin(request->store, true), 0);

	if (!status)
		status = find_meant(request, &row);
	if (!status)
		status = open_meant(request, &row, &addition);
	if (!status)
		status = add_meant(request, &row, addition);
	value_free(addition);
	if (!status)
		status = request_status(request, pending_row_delete(request->store, &row), 0);
	return status ? status : request_commit(request);
}
