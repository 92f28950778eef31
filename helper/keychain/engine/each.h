/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going through the rows of one class that meet a query.
 */
#ifndef KEYCHAIN_EACH_H
#define KEYCHAIN_EACH_H

#include "helper/keychain/engine/find.h"
#include "helper/keychain/engine/request.h"

struct each {
	struct request *request;
	struct find find;
	/*
	 * Called with each row that is open and meets the query, and with each that is locked,
	 * which may or may not. Sets *@stop to end. Damaged rows are passed over, or go to
	 * @damaged.
	 */
	int (*visit)(struct each *each, struct row *row, bool *stop);
	int (*damaged)(struct each *each, struct row *row);	/* NULL: nothing */
	bool without_keys;	/* go on without a keybag: all rows are locked then */
	void *context;
	int64_t after;		/* number of the last row that was visited; to start after it */
};

/* Returns a status. In a transaction; find_prepare() has been called. */
int each_row(struct each *each);

#endif
