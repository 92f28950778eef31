// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/bulk.h"
#include "helper/keychain/items/item.h"
#include "helper/keychain/items/pending.h"
#include "helper/keychain/items/row_iterator.h"


struct bulk {
	const struct query *change;
	size_t count;
	int64_t limit;		/* 0: none */
};

int bulk_change_decode(struct request *request, struct query *change, enum item_class item_class,
		       bool any_class)
{
	int status;

	if (!request->update)
		return outcome_fail(&request->outcome, errSecParam, "\"update\" is missing");
	status = query_decode(change, QUERY_CHANGE, request->update, item_class, any_class,
			      &request->outcome);
	if (!status && change->group)
		status = groups_check_write(request->caller, change->group, &request->outcome);
	return status;
}

static int change_row(struct row_iterator *iterator, struct row *row, bool *stop)
{
	struct bulk *bulk = iterator->context;
	struct request *request = iterator->request;
	int status;

	(void)stop;
	if (row->state == ROW_LOCKED)
		return request_status(request, FAULT_LOCKED, row->class_number);
	/* The row is open, and so its sealed value is whole: it need not be opened for that. */
	status = item_change(request, row, bulk->change);
	bulk->count += !status;
	return status;
}

int bulk_change(struct request *request, const struct query *query, const struct groups *groups,
		enum item_class item_class, const struct query *change, size_t *ret_count)
{
	struct bulk bulk = { .change = change };
	struct row_iterator iterator;
	int status;

	row_iterator_init(&iterator, request, change_row, &bulk);
	status = find_prepare(&iterator.find, request, query, groups, item_class);
	if (!status)
		status = find_decided(&iterator.find);
	if (!status)
		status = row_iterator_run(&iterator);
	if (!status && !bulk.count)
		status = find_nothing(&iterator.find);
	find_release(&iterator.find);
	*ret_count = bulk.count;
	return status;
}

static int delete_row(struct row_iterator *iterator, struct row *row, bool *stop)
{
	struct bulk *bulk = iterator->context;
	int status = item_remove(iterator->request, row);

	bulk->count += !status;
	*stop = bulk->limit && (int64_t)bulk->count >= bulk->limit;
	return status;
}

static int erase_row(struct row_iterator *iterator, struct row *row)
{
	return item_erase(iterator->request, row);
}

int bulk_delete(struct request *request, const struct query *query, const struct groups *groups,
		enum item_class item_class, size_t *ret_count)
{
	struct bulk bulk = { .limit = option_number(request, "limit") };
	struct row_iterator iterator;
	int status;

	row_iterator_init(&iterator, request, delete_row, &bulk);
	iterator.damaged = erase_row;
	iterator.without_keys = true;
	status = find_prepare(&iterator.find, request, query, groups, item_class);
	/* A deletion of one item may take any of them. */
	if (!status && bulk.limit != 1)
		status = find_decided(&iterator.find);
	if (!status)
		status = row_iterator_run(&iterator);
	if (!status)
		status = pending_remove(&iterator.find, bulk.limit, &bulk.count);
	if (!status && !bulk.count)
		status = find_nothing(&iterator.find);
	find_release(&iterator.find);
	*ret_count = bulk.count;
	return status;
}
