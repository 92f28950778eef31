// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "helper/keychain/items/bulk.h"
#include "helper/keychain/items/identity.h"
#include "helper/keychain/items/operations.h"
#include "helper/keychain/store/keys.h"

int operation_update(struct request *request)
{
	struct query query, change = { 0 };
	struct groups groups CLEANUP_GROUPS = { 0 };
	size_t count = 0;
	int status;

	status = query_decode(&query, QUERY_UPDATE, request->query, 0, false, &request->outcome);
	if (!status)
		status = bulk_change_decode(request, &change, query.item_class, false);
	if (!status)
		status = groups_resolve(request->caller, &query, &groups, &request->outcome);
	if (!status)
		status = request_status(request, store_begin(request->store, true), 0);
	if (!status)
		status = query.item_class == ITEM_IDENTITY ?
			identity_update(request, &query, &groups, &change, &count) :
			bulk_change(request, &query, &groups, query.item_class, &change, &count);
	if (!status)
		status = request_commit(request);
	if (!status)
		outcome_detail(&request->outcome, "count", value_integer((int64_t)count));
	query_release(&query);
	query_release(&change);
	return status;
}

int operation_delete(struct request *request)
{
	struct groups groups CLEANUP_GROUPS = { 0 };
	struct query query;
	size_t count = 0;
	int status;

	status = query_decode(&query, QUERY_DELETE, request->query, 0, false, &request->outcome);
	if (!status)
		status = groups_resolve(request->caller, &query, &groups, &request->outcome);
	if (!status)
		status = request_status(request, store_begin(request->store, true), 0);
	if (!status)
		status = query.item_class == ITEM_IDENTITY ?
			identity_delete(request, &query, &groups, &count) :
			bulk_delete(request, &query, &groups, query.item_class, &count);
	/* Damaged rows are gone, also when nothing else was found. */
	if (!status || status == errSecItemNotFound) {
		struct outcome kept = request->outcome;
		int commit = request_commit(request);

		if (commit)
			status = commit;
		else
			request->outcome = kept;
	}
	if (!status)
		outcome_detail(&request->outcome, "count", value_integer((int64_t)count));
	query_release(&query);
	return status;
}
