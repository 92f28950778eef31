// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/copy_page.h"
#include "helper/keychain/items/identity.h"
#include "helper/keychain/items/item.h"
#include "helper/keychain/items/operations.h"
#include "helper/keychain/items/result.h"
#include "helper/keychain/items/row_iterator.h"
#include "helper/keychain/store/keys.h"

static int visit(struct row_iterator *iterator, struct row *row, bool *stop)
{
	struct copy *copy = iterator->context;
	const struct query *query = copy->query;
	struct value *secret = NULL, *result;
	bool matches = true;
	size_t length;
	int status = 0;

	if (row->state == ROW_LOCKED)
		return copy_locked(copy, row, row->class_number, stop);
	if (query->return_data || query->match_certificate) {
		status = item_secret(copy->request, row, &secret);
		if (status == errSecDecode) {
			copy->damaged_count++;
			outcome_reset(&copy->request->outcome);
			return 0;
		}
		if (status == errSecInteractionNotAllowed && copy->partial) {
			outcome_reset(&copy->request->outcome);
			return copy_locked(copy, row, row->class_number, stop);
		}
	}
	if (!status && query->match_certificate)
		status = copy_certificate_matches(copy, secret, &matches);
	if (status || !matches) {
		value_free(secret);
		return status;
	}
	value_bytes(secret, &length);
	if (!query->return_data)
		length = 0;
	status = result_of_row(query, row, row->item_class, secret, &result,
			       &copy->request->outcome);
	return status ? status : copy_result(copy, result, length, row->id, stop);
}

static int copy_stored(struct request *request, const struct query *query,
		       const struct groups *groups)
{
	struct groups all CLEANUP_GROUPS = { 0 };
	struct query anywhere = *query;
	struct copy copy;
	struct row_iterator iterator;
	int status = copy_start(&copy, request, query);

	row_iterator_init(&iterator, request, visit, &copy);
	anywhere.group = NULL;
	if (!status && query->match_certificate)
		status = groups_resolve(request->caller, &anywhere, &all, &request->outcome);
	if (status)
		return status;
	copy.groups = &all;
	iterator.after = copy.after;
	if (!copy.many)
		iterator.first = 1;
	/* Attributes are compared with the query; what is returned of them needs no values. An exact set takes all of them. */
	if (!query->host && !query->exact) {
		iterator.wanted = query->attributes;
		iterator.encoded = query->return_attributes;
	}
	status = find_prepare(&iterator.find, request, query, groups, query->item_class);
	if (!status && copy.many && query_returns(query))
		status = copy_withhold(&copy, &iterator.find);
	if (!status)
		status = row_iterator_run(&iterator);
	copy_unreadable(&copy, &iterator);
	if (!status && copy_is_nothing(&copy))
		status = find_nothing(&iterator.find);
	find_release(&iterator.find);
	return copy_finish(&copy, status);
}

int operation_copy(struct request *request)
{
	struct groups groups CLEANUP_GROUPS = { 0 };
	struct query query;
	int status;

	status = query_decode(&query, QUERY_COPY, request->query, 0, false, &request->outcome);
	if (!status)
		status = groups_resolve(request->caller, &query, &groups, &request->outcome);
	if (!status)
		status = request_status(request, store_begin(request->store, false), 0);
	if (!status)
		status = query.item_class == ITEM_IDENTITY ? identity_copy(request, &query, &groups)
							   : copy_stored(request, &query, &groups);
	query_release(&query);
	return status;
}
