// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/engine/each.h"

#include "helper/libkeybag/keybag.h"

static int visit_row(struct each *each, struct row *row, bool *stop)
{
	int status = 0;

	if (row->state == ROW_DAMAGED)
		status = each->damaged ? each->damaged(each, row) : 0;
	else if (row->state != ROW_OPEN || query_matches(each->find.query, row))
		status = each->visit(each, row, stop);
	if (!status)
		each->after = row->id;
	return status;
}

int each_row(struct each *each)
{
	struct store *store = each->request->store;
	struct outcome *outcome = &each->request->outcome;
	size_t count, capacity = 4;
	bool stop = false;
	int status = 0;

	/* Few at first: most searches find one. */
	for (; !status && !stop; capacity = FIND_BATCH) {
		struct row rows[FIND_BATCH];
		int error;

		status = find_rows(&each->find, each->after, rows, capacity, &count, outcome);
		if (status || !count)
			break;
		error = rows_open(store, rows, count, outcome);
		if (error && each->without_keys) {
			for (size_t i = 0; i < count; i++) {
				if (rows[i].state == ROW_SEALED)
					rows[i].state = ROW_LOCKED;
			}
		} else if (error) {
			status = store_key_failure(store, error, 0, outcome);
		}
		for (size_t i = 0; i < count; i++) {
			if (!status && !stop)
				status = visit_row(each, &rows[i], &stop);
			row_release(&rows[i]);
		}
	}
	return status;
}
