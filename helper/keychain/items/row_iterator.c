// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/row_iterator.h"

#include "helper/keychain/items/query_match.h"
#include "helper/keychain/store/row_seal.h"
#include "helper/libkeybag/keybag.h"

void row_iterator_init(struct row_iterator *iterator, struct request *request,
		       int (*visit)(struct row_iterator *iterator, struct row *row, bool *stop), void *context)
{
	iterator->request = request;
	iterator->find.select = NULL;
	iterator->visit = visit;
	iterator->damaged = NULL;
	iterator->without_keys = false;
	iterator->wanted = NULL;
	/* Most searches find one. */
	iterator->first = 4;
	iterator->encoded = false;
	iterator->context = context;
	iterator->after = 0;
	iterator->damaged_count = 0;
	iterator->lost_count = 0;
}

static int visit_row(struct row_iterator *iterator, struct row *row, bool *stop)
{
	int status = 0;

	iterator->damaged_count += row->state == ROW_DAMAGED;
	iterator->lost_count += row->state == ROW_LOST;
	if (row->state == ROW_DAMAGED)
		status = iterator->damaged ? iterator->damaged(iterator, row) : 0;
	else if (row->state == ROW_LOST)
		status = 0;
	else if (row->state != ROW_OPEN || query_matches(iterator->find.query, row))
		status = iterator->visit(iterator, row, stop);
	if (!status)
		iterator->after = row->id;
	return status;
}

int row_iterator_run(struct row_iterator *iterator)
{
	struct store *store = iterator->request->store;
	size_t count, capacity = iterator->first;
	bool stop = false;
	int status = 0;

	for (; !status && !stop; capacity = FIND_BATCH) {
		struct row rows[FIND_BATCH];
		enum fault fault;

		status = find_rows(&iterator->find, iterator->after, rows, capacity, &count);
		if (status || !count)
			break;
		for (size_t i = 0; i < count; i++)
			rows[i].encodes = iterator->encoded;
		fault = rows_open(store, rows, count, iterator->wanted);
		if (fault && iterator->without_keys) {
			for (size_t i = 0; i < count; i++) {
				if (rows[i].state == ROW_SEALED)
					rows[i].state = ROW_LOCKED;
			}
		} else {
			status = request_status(iterator->request, fault, 0);
		}
		for (size_t i = 0; i < count; i++) {
			if (!status && !stop)
				status = visit_row(iterator, &rows[i], &stop);
			row_release(&rows[i]);
		}
	}
	find_release(&iterator->find);
	return status;
}
