/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of one table, chosen by group, lookup hashes and plain columns, in the order of their numbers.
 *
 * A selection is one search over each group, lookup key and kind of synchronization: each goes through its rows by one
 * index, which has them in order. So no search looks at a row of a group that it is not about, or sorts any. A row comes
 * from the table itself, in the same statement, and is compared with what the index said of it: a damaged index does not
 * lead to the rows of others.
 */
#ifndef KEYCHAIN_SELECT_H
#define KEYCHAIN_SELECT_H

#include "helper/keychain/store/row.h"

#define SELECT_MAX_TERMS 130

/* What is selected. Whoever makes it keeps it, and what it points to, while the selection is under way. */
struct selection {
	enum item_class item_class;	/* a stored one */
	/* Equality of columns of lookup hashes. */
	struct {
		const struct attribute *attribute;
		uint8_t hash[LOOKUP_KEYS][HASH_SIZE];
	} terms[SELECT_MAX_TERMS];
	size_t term_count;
	bool usable[LOOKUP_KEYS];	/* there are hashes by that key */
	const char *const *groups;	/* NULL: all there are, but for @except */
	size_t group_count;
	const char *except;		/* NULL: none */
	bool synchronizable[2];		/* whether rows that are not are looked for, and those that are */
	const char *protection;		/* NULL: any */
	bool by_created, by_modified;
	int64_t created, modified;	/* milliseconds */
	bool secrets;			/* rows come with their sealed secrets */
};

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
