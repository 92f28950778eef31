/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One search under way, see find.h.
 */
#ifndef KEYCHAIN_FIND_STATE_H
#define KEYCHAIN_FIND_STATE_H

#include "helper/keychain/items/request.h"
#include "helper/keychain/store/select.h"

#define FIND_BATCH	16	/* what does not go into a page is read again with the next */

struct find {
	struct request *request;
	const struct query *query;
	const struct groups *groups;
	enum item_class item_class;	/* a stored one */
	bool writes;			/* the group of tokens is left out */
	bool undecided; /* rows may exist that cannot be looked up before first unlock */
	struct selection selection;	/* what the query says, but for a reference */
	struct select *select;	/* NULL: not begun */
};

#endif
