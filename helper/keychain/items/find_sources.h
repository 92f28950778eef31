/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The searches that a find is made of, and the index that they go by.
 */
#ifndef KEYCHAIN_FIND_SOURCES_H
#define KEYCHAIN_FIND_SOURCES_H

#include "helper/keychain/items/find_state.h"

struct find_sources;

/* Chooses the index and begins all searches, with numbers above @after. Returns a status. */
int find_sources_begin(struct find *find, int64_t after, size_t capacity, struct outcome *outcome);
void find_sources_free(struct find_sources *sources);

/*
 * The lowest number above @after that any of them has; *ret_row 0: none. *ret_group and *ret_lookup: of the
 * search that it is from.
 */
int find_sources_next(struct find *find, int64_t after, int64_t *ret_row, const char **ret_group,
		      enum lookup *ret_lookup, struct outcome *outcome);

/*
 * Rows of protection classes that are looked up by the key of first unlock, in the groups of @find:
 * see find_withheld().
 */
int find_sources_count_keyed(struct find *find, bool exist, int64_t *ret_count, uint32_t *ret_classes,
			     struct outcome *outcome);

#endif
