/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding rows: by lookup hashes and plain columns in the database, in the order of their numbers.
 * Rows come sealed; whoever opens them checks by query_matches() that the columns told the truth.
 */
#ifndef KEYCHAIN_FIND_H
#define KEYCHAIN_FIND_H

#include "helper/keychain/engine/groups.h"
#include "helper/keychain/store/store.h"

#define FIND_BATCH	64
#define FIND_PASSES	16
#define FIND_MAX_TERMS	(QUERY_MAX_KEYS + 2)

struct find {
	struct store *store;
	const struct query *query;
	const struct groups *groups;
	enum item_class item_class;	/* a stored one */
	bool writes;			/* the group of tokens is left out */
	/* Equality of columns of lookup hashes. */
	struct {
		char column[8];
		uint8_t hash[LOOKUP_KEYS][HASH_SIZE];
		bool joined;
	} terms[FIND_MAX_TERMS];
	size_t term_count;
	/* Further column and hash, for a join: NULL: none. */
	bool usable[LOOKUP_KEYS];
	bool undecided; /* rows exist that cannot be looked up before first unlock */
};

/*
 * Prepares the search for one stored class; in a transaction. Returns a status. Attributes of the
 * query that are not valid for the class are not looked at.
 */
int find_prepare(struct find *find, struct store *store, const struct query *query,
		 const struct groups *groups, enum item_class item_class, struct outcome *outcome);

/* Adds the condition that the row's joining column has this hash. */
void find_join(struct find *find, const char *column, const uint8_t hash[HASH_SIZE]);

/*
 * Up to @capacity (at most FIND_BATCH) rows with numbers above @after, to be released. Fewer than
 * that do not mean that there are no more: none do.
 */
int find_rows(struct find *find, int64_t after, struct row *rows, size_t capacity,
	      size_t *ret_count, struct outcome *outcome);

/* When nothing was found: -25308 where that could not be told, else -25300. */
int find_nothing(struct find *find, struct outcome *outcome);

#endif
