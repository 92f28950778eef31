// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/add.h"
#include "helper/keychain/items/identity.h"
#include "helper/keychain/items/item.h"
#include "helper/keychain/items/operations.h"
#include "helper/keychain/items/pending.h"
#include "helper/keychain/items/result.h"
#include "helper/keychain/store/keys.h"

/* Stores it, or where its class is locked and the request says so, has it wait. */
static int insert_or_wait(struct request *request, const struct query *query, struct value *attributes,
			  const struct value *secret, bool replaces, struct row *ret_row)
{
	int status = item_insert(request, query->item_class, attributes, secret, ret_row);

	if (status != errSecInteractionNotAllowed || !option_boolean(request, "seal_while_locked"))
		return status;
	return pending_add(request, query, attributes, secret, replaces, ret_row);
}

/*
 * In a transaction. *ret_result: what the query asks to be returned. @replaces: where it collides the caller changes the
 * item that is there.
 */
static int add_one(struct request *request, const struct query *query, bool replaces, struct value **ret_result)
{
	struct outcome *outcome = &request->outcome;
	const struct value *secret;
	struct value *attributes = NULL, *owned = NULL;
	struct groups groups CLEANUP_GROUPS = { 0 };
	struct row row;
	int status;

	if (query->item_class == ITEM_IDENTITY)
		return pending_refuse_identity(request, identity_add(request, query, ret_result));
	status = groups_resolve(request->caller, query, &groups, outcome);
	if (!status)
		status = item_attributes(request, query, groups.names[0], &attributes);
	if (status)
		return status;
	if (item_query_secret(query, &secret, &owned))
		status = outcome_no_memory(outcome);
	else
		status = insert_or_wait(request, query, attributes, secret, replaces, &row);
	value_free(attributes);
	value_free(owned);
	if (status)
		return status;
	status = result_of_row(query, &row, query->item_class, value_copy(query->data), ret_result,
			       outcome);
	row_release(&row);
	return status;
}

int operation_add(struct request *request)
{
	struct query query;
	int status;

	status = query_decode(&query, QUERY_ADD, request->query, 0, false, &request->outcome);
	if (!status)
		status = request_status(request, store_begin(request->store, true), 0);
	if (!status)
		status = add_one(request, &query, false, &request->result);
	if (!status)
		status = request_commit(request);
	query_release(&query);
	return status;
}

/* The items of "items", all or none: what bulk import uses. */
int operation_add_all(struct request *request)
{
	const struct value *items = value_get(request->source, "items");
	struct value *results;
	int status;

	if (!value_is(items, VALUE_ARRAY) || !value_count(items))
		return outcome_fail(&request->outcome, errSecParam,
				    "\"items\" has to be an array of "
				    "queries");
	results = request->result = value_array();
	if (!results)
		return outcome_no_memory(&request->outcome);
	status = request_status(request, store_begin(request->store, true), 0);
	for (size_t i = 0; !status && i < value_count(items); i++) {
		struct value *result = NULL;
		struct query query;

		status = query_decode(&query, QUERY_ADD, value_at(items, i), 0, false,
				      &request->outcome);
		if (!status)
			status = add_one(request, &query, false, &result);
		if (!status && result && value_append(results, result))
			status = outcome_no_memory(&request->outcome);
		if (status)
			outcome_detail(&request->outcome, "item", value_integer((int64_t)i));
		query_release(&query);
	}
	if (!status)
		status = request_commit(request);
	if (!status && !value_count(results)) {
		value_free(results);
		request->result = NULL;
	}
	return status;
}

/* The secret is the item's as it is now: the query may have none, or a part of it. */
static int changed_result(struct request *request, const struct query *query, const struct row *row, struct value **ret_result)
{
	struct value *secret = NULL;
	int status = query->return_data ? item_secret(request, row, &secret) : 0;

	return status ? status : result_of_row(query, row, query->item_class, secret, ret_result, &request->outcome);
}

/* Whether an addition that waited is older than the last change of the item, by somebody who did not have to wait. */
static bool is_newer(const struct request *request, const struct row *row)
{
	return request->pending && value_as_date(value_get(row->attributes, "mdat")) > request->pending->added;
}

static int change_colliding(struct request *request, const struct query *query, const struct value *colliding,
			    struct value **ret_result)
{
	struct query change = *query;
	struct row row;
	int status = item_by_reference(request, colliding, &row);

	if (status)
		return status;
	change.use = QUERY_CHANGE;
	if (is_newer(request, &row)) {
		row_release(&row);
		return errSecDuplicateItem;
	}
	outcome_reset(&request->outcome);
	status = item_change(request, &row, &change);
	if (!status)
		status = changed_result(request, query, &row, ret_result);
	row_release(&row);
	return status;
}

int add_query(struct request *request, const struct query *query, struct value **ret_result)
{
	return add_one(request, query, false, ret_result);
}

int add_or_change_query(struct request *request, const struct query *query, struct value **ret_result, bool *ret_added)
{
	const struct value *colliding;
	int status = add_one(request, query, true, ret_result);

	*ret_added = !status;
	colliding = value_get(request->outcome.details, "colliding");
	return status == errSecDuplicateItem && colliding ? change_colliding(request, query, colliding, ret_result) : status;
}

/* Adds, or changes the item that is in the way. */
int operation_upsert(struct request *request)
{
	struct outcome *outcome = &request->outcome;
	struct value *result = NULL;
	struct query query;
	bool added = true;
	int status;

	status = query_decode(&query, QUERY_ADD, request->query, 0, false, outcome);
	if (!status && query.item_class == ITEM_IDENTITY)
		status = outcome_fail(outcome, errSecUnimplemented,
				      "an identity is added, not replaced: "
				      "upsert its certificate and its key");
	if (!status)
		status = request_status(request, store_begin(request->store, true), 0);
	if (!status)
		status = add_or_change_query(request, &query, &result, &added);
	if (!status)
		status = request_commit(request);
	if (!status)
		outcome_detail(outcome, "added", value_boolean(added));
	request->result = result;
	query_release(&query);
	return status;
}
