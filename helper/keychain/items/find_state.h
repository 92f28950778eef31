/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One search under way, see find.h.
 */
#ifndef KEYCHAIN_FIND_STATE_H
#define KEYCHAIN_FIND_STATE_H

#include "helper/keychain/items/groups.h"
#include "helper/keychain/store/store.h"

#define FIND_BATCH	64
#define FIND_MAX_TERMS	(QUERY_MAX_KEYS + 2)

struct find {
	struct store *store;
	const struct query *query;
	const struct groups *groups;
	enum item_class item_class;	/* a stored one */
	bool writes;			/* the group of tokens is left out */
	/* Equality of columns of lookup hashes. */
	struct {
		const struct attribute *attribute;
		uint8_t hash[LOOKUP_KEYS][HASH_SIZE];
	} terms[FIND_MAX_TERMS];
	size_t term_count;
	bool usable[LOOKUP_KEYS];
	bool undecided; /* rows may exist that cannot be looked up before first unlock */
	struct find_sources *sources;	/* NULL: not begun */
};

#endif
