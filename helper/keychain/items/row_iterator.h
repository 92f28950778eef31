/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going through the rows of one class that meet a query.
 */
#ifndef KEYCHAIN_ROW_ITERATOR_H
#define KEYCHAIN_ROW_ITERATOR_H

#include "helper/keychain/items/find.h"
#include "helper/keychain/items/request.h"

struct row_iterator {
	struct request *request;
	struct find find;
	/*
	 * Called with each row that is open and meets the query, and with each that is locked,
	 * which may or may not. Sets *@stop to end. Damaged rows are passed over, or go to
	 * @damaged.
	 */
	int (*visit)(struct row_iterator *iterator, struct row *row, bool *stop);
	int (*damaged)(struct row_iterator *iterator, struct row *row);	/* NULL: nothing */
	bool without_keys;	/* go on without a keybag: all rows are locked then */
	const struct value *wanted;	/* what is decoded of open rows, as of row_decode(); NULL: all */
	size_t first;		/* rows that are read before one is visited, later FIND_BATCH: one, where one will do */
	bool encoded;		/* rows come with what clients are told of them as CBOR */
	void *context;
	int64_t after;		/* number of the last row that was visited; to start after it */
	/* Rows so far that may or may not meet the query. */
	size_t damaged_count, lost_count;
};

/* Begins one. The search is not zeroed, which is large: find_prepare() fills it in. */
void row_iterator_init(struct row_iterator *iterator, struct request *request,
		       int (*visit)(struct row_iterator *iterator, struct row *row, bool *stop), void *context);

/* Returns a status. In a transaction; find_prepare() has been called, find_release() is not needed. */
int row_iterator_run(struct row_iterator *iterator);

#endif
