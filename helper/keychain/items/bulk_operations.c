// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations that the original does not have: changing the class, moving between groups, purging an
 * application. Each goes over all classes of items unless one is named, in one transaction, and
 * counts.
 */
#include "helper/keychain/items/bulk.h"
#include "helper/keychain/items/operations.h"
#include "helper/keychain/items/query_match.h"
#include "helper/keychain/items/row_iterator.h"
#include "helper/keychain/store/keys.h"

#include <string.h>

static int change_all(struct request *request, const struct query *query,
		      const struct groups *groups, const struct query *change, size_t *ret_count)
{
	struct outcome *outcome = &request->outcome;
	int status = 0;

	*ret_count = 0;
	for (unsigned int class = 0; !status && class < ITEM_STORED_CLASSES; class++) {
		size_t count = 0;

		if (!query_valid_for(query, class))
			continue;
		status = bulk_change(request, query, groups, class, change, &count);
		if (status == errSecItemNotFound) {
			outcome_reset(outcome);
			status = 0;
		}
		*ret_count += count;
	}
	if (!status && !*ret_count)
		status = outcome_fail(outcome, errSecItemNotFound,
				      "no item matches in the groups of this "
				      "program");
	return status;
}

static int finish(struct request *request, size_t count)
{
	int status = request_commit(request);

	if (status)
		return status;
	request->result = value_dictionary();
	if (!request->result ||
	    value_set(request->result, "count", value_integer((int64_t)count)) ||
	    value_set(request->result, "dry_run", value_boolean(option_boolean(request, "dry_run"))))
		return outcome_no_memory(&request->outcome);
	return 0;
}

static int change_and_count(struct request *request, const char *only, bool group_required)
{
	struct query query, change = { 0 };
	struct groups groups CLEANUP_GROUPS = { 0 };
	size_t count = 0;
	int status;

	status = query_decode(&query, QUERY_UPDATE, request->query, 0, true, &request->outcome);
	if (!status && query.has_class && query.item_class == ITEM_IDENTITY)
		status = outcome_fail(&request->outcome, errSecParam,
				      "identities are not stored: name "
				      "cert or keys");
	if (!status)
		status = bulk_change_decode(request, &change, 0, true);
	if (!status && (!value_get(request->update, only) || value_count(request->update) != 1))
		status = outcome_fail(&request->outcome, errSecParam,
				      "\"update\" has to have \"%s\" and "
				      "nothing else",
				      only);
	if (!status && group_required && !query.group)
		status = outcome_fail(&request->outcome, errSecParam,
				      "\"query\" has to name the group "
				      "that items are moved from, by \"agrp\"");
	if (!status)
		status = groups_resolve(request->caller, &query, &groups, &request->outcome);
	if (!status)
		status = request_status(request, store_begin(request->store, true), 0);
	if (!status)
		status = change_all(request, &query, &groups, &change, &count);
	if (!status)
		status = finish(request, count);
	query_release(&query);
	query_release(&change);
	return status;
}

int operation_change_class(struct request *request)
{
	return change_and_count(request, "pdmn", false);
}

int operation_move(struct request *request)
{
	return change_and_count(request, "agrp", true);
}

/* The attributes of the query, and the application that added the items. */
static int purge_query(struct request *request, struct query *query)
{
	const struct value *application = option_value(request, "application");
	struct value *empty = request->query ? NULL : value_dictionary();
	int status;

	status = query_decode(query, QUERY_DELETE, request->query ? request->query : empty, 0, true,
			      &request->outcome);
	query->source = NULL;
	value_free(empty);
	if (!status && query->reference.given)
		return outcome_fail(&request->outcome, errSecParam, "a persistent reference names one item: purge takes "
				    "attributes, delete takes references");
	if (!status && !value_as_string(application))
		return outcome_fail(&request->outcome, errSecParam, "\"options\" has to name the "
				    "\"application\" whose items are purged");
	if (!status && !query->has_synchronizable)
		query->synchronizable = SYNCHRONIZABLE_ANY;
	if (!status && value_set(query->attributes, "appl", value_copy(application)))
		status = outcome_no_memory(&request->outcome);
	return status;
}

int operation_purge(struct request *request)
{
	struct groups groups CLEANUP_GROUPS = { 0 };
	struct query query;
	size_t total = 0;
	int status = purge_query(request, &query);

	if (!status)
		status = groups_resolve(request->caller, &query, &groups, &request->outcome);
	if (!status)
		status = request_status(request, store_begin(request->store, true), 0);
	for (unsigned int class = 0; !status && class < ITEM_STORED_CLASSES; class++) {
		size_t count = 0;

		if (!query_valid_for(&query, class))
			continue;
		status = bulk_delete(request, &query, &groups, class, &count);
		if (status == errSecItemNotFound) {
			outcome_reset(&request->outcome);
			status = 0;
		}
		total += count;
	}
	if (!status && !total)
		status = outcome_fail(&request->outcome, errSecItemNotFound,
				      "no item of that application "
				      "in the groups of this program");
	if (!status)
		status = finish(request, total);
	query_release(&query);
	return status;
}
