/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of one table, chosen by group, lookup hashes, own attributes and plain columns, in the order of their numbers.
 *
 * A selection is one search over each group, lookup key and kind of synchronization: each goes through its rows by one
 * index, which has them in order. So no search looks at a row of a group that it is not about, or sorts any. A row comes
 * from the table itself, in the same statement, and is compared with what the index said of it: a damaged index does not
 * lead to the rows of others.
 */
#ifndef KEYCHAIN_SELECT_H
#define KEYCHAIN_SELECT_H

#include "helper/keychain/store/selection.h"

struct select;

/* Begins, with the lowest number above @after; in a transaction. select_end() of *ret_select, which may be NULL. */
enum fault select_begin(struct store *store, const struct selection *what, int64_t after, struct select **ret_select);
void select_end(struct select *select);

/*
 * The row with the lowest number above @after, which does not get less from call to call; *ret_found false: there is
 * none. To be released.
 */
enum fault select_next(struct select *select, int64_t after, struct row *ret_row, bool *ret_found);

/* To be called before anything is written, and before the transaction ends. */
void select_pause(struct select *select);

/*
 * Rows of protection classes that are looked up by the key of first unlock, of the selection's groups, kinds and
 * protection: how many, and their classes as bits. @exist: whether there are any will do.
 */
enum fault select_count_keyed(struct select *select, bool exist, int64_t *ret_count, uint32_t *ret_classes);

#endif
