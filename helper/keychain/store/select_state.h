/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One selection under way, see select.h.
 */
#ifndef KEYCHAIN_SELECT_STATE_H
#define KEYCHAIN_SELECT_STATE_H

#include "helper/keychain/store/selection.h"

/* One search. */
struct source {
	const char *group;
	enum lookup lookup;
	bool sync;
	bool ended;		/* has no rows behind @next */
	int64_t next;		/* number of its next row; 0: that is not known */
	sqlite3_stmt *statement; /* stands at that row; NULL: there is none */
};

struct select {
	struct store *store;
	const struct selection *what;
	const struct attribute *by;	/* the index: of a lookup hash */
	bool pair;			/* that of schema_pair() */
	bool own;			/* that of own attributes, by the one at @own_term */
	size_t own_term;
	const char *plain;		/* a plain column, or NULL: of the groups alone */
	/* Terms in the order of their columns, whatever order they were given in: a statement is kept by its columns. */
	struct {
		unsigned int term, column;
		bool indexed;		/* the index has the column */
	} order[SELECT_MAX_TERMS];
	uint64_t columns;		/* bits of them */
	char **groups;			/* all there are, where that is asked for; NULL: those of @what */
	size_t group_count;
	struct source *sources;
	size_t count;
	struct source *holders[LOOKUP_KEYS];	/* which one has the statement of that key; NULL: none */
};

static inline const char *select_group(const struct select *select, size_t index)
{
	return select->groups ? select->groups[index] : select->what->groups[index];
}

static inline size_t select_group_count(const struct select *select)
{
	return select->what->groups ? select->what->group_count : select->group_count;
}

#endif
