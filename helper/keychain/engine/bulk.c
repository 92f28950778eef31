// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/engine/bulk.h"
#include "helper/keychain/engine/each.h"
#include "helper/keychain/engine/item.h"

#include <errno.h>

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

static int change_row(struct each *each, struct row *row, bool *stop)
{
	struct bulk *bulk = each->context;
	struct request *request = each->request;
	struct value *secret;
	int status;

	(void)stop;
	if (row->state == ROW_LOCKED)
		return store_key_failure(request->store, -ENOKEY, row->class_number,
					 &request->outcome);
	/* A row with a damaged value is as if absent, for those who change it too. */
	status = item_secret(request, row, &secret);
	value_free(secret);
	if (status == errSecDecode) {
		outcome_reset(&request->outcome);
		return 0;
	}
	if (!status)
		status = item_change(request, row, bulk->change);
	bulk->count += !status;
	return status;
}

int bulk_change(struct request *request, const struct query *query, const struct groups *groups,
		enum item_class item_class, const struct query *change, size_t *ret_count)
{
	struct bulk bulk = { .change = change };
	struct each each = { .request = request, .visit = change_row, .context = &bulk };
	int status;

	status = find_prepare(&each.find, request->store, query, groups, item_class,
			      &request->outcome);
	if (!status)
		status = each_row(&each);
	if (!status && !bulk.count)
		status = find_nothing(&each.find, &request->outcome);
	*ret_count = bulk.count;
	return status;
}

static int delete_row(struct each *each, struct row *row, bool *stop)
{
	struct bulk *bulk = each->context;
	int status = item_remove(each->request, row);

	bulk->count += !status;
	*stop = bulk->limit && (int64_t)bulk->count >= bulk->limit;
	return status;
}

static int erase_row(struct each *each, struct row *row)
{
	return item_erase(each->request, row);
}

int bulk_delete(struct request *request, const struct query *query, const struct groups *groups,
		enum item_class item_class, size_t *ret_count)
{
	struct bulk bulk = { .limit = option_number(request, "limit") };
	struct each each = {
		.request = request, .visit = delete_row, .damaged = erase_row, .context = &bulk,
		.without_keys = true,
	};
	int status;

	status = find_prepare(&each.find, request->store, query, groups, item_class,
			      &request->outcome);
	if (!status)
		status = each_row(&each);
	if (!status && !bulk.count)
		status = find_nothing(&each.find, &request->outcome);
	*ret_count = bulk.count;
	return status;
}
