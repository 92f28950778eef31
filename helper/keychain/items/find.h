/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding rows: by lookup hashes and plain columns in the store, in the order of their numbers.
 * Rows come sealed; whoever opens them checks by query_matches() that the columns told the truth.
 */
#ifndef KEYCHAIN_FIND_H
#define KEYCHAIN_FIND_H

#include "helper/keychain/items/find_state.h"

/*
 * Prepares the search for one stored class; in a transaction. Returns a status, as all of these do. Attributes of the
 * query that are not valid for the class are not looked at. find_release() in any case. Rows hold their sealed secrets
 * where the query asks for data.
 */
int find_prepare(struct find *find, struct request *request, const struct query *query, const struct groups *groups,
		 enum item_class item_class);
void find_release(struct find *find);

/* Adds the condition that the row's joining column has this hash. Before the first find_rows(). */
void find_join(struct find *find, const char *column, const uint8_t hash[HASH_SIZE]);

/* Whether the search is for items of that class, and the caller may see that group in it. */
bool find_reaches(const struct find *find, enum item_class item_class, const char *group);

/*
 * Up to @capacity (at most FIND_BATCH) rows with numbers above @after, which does not get less from call to
 * call, to be released. Fewer than that do not mean that there are no more: none do.
 */
int find_rows(struct find *find, int64_t after, struct row *rows, size_t capacity, size_t *ret_count);

/*
 * Where not all that may meet the query can be looked up before first unlock: how many rows these are
 * at most, in the caller's groups, and their classes as bits. @exist: whether there are any will do.
 */
int find_withheld(struct find *find, bool exist, int64_t *ret_count, uint32_t *ret_classes);

/* -25308 where there are such rows. For what concerns everything that matches. */
int find_decided(struct find *find);

/* When nothing was found: -25308 where that could not be told, or what was asked for waits (pending.h), else -25300. */
int find_nothing(struct find *find);

#endif
