/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access groups: which of them a request concerns, and whether the caller may do that there.
 */
#ifndef KEYCHAIN_GROUPS_H
#define KEYCHAIN_GROUPS_H

#include "helper/keychain/items/caller.h"
#include "helper/keychain/items/query.h"

#define GROUP_TOKEN "com.apple.token"

struct groups {
	bool all;			/* any group but the one of tokens when writing */
	const char **names;		/* the caller's and the query's */
	size_t count;
};

/* Finds the groups of a query; for add, the one that the item gets is names[0]. groups_release() in any case. */
int groups_resolve(const struct engine_caller *caller, const struct query *query,
		   struct groups *ret_groups, struct outcome *outcome);
void groups_release(struct groups *groups);
#define CLEANUP_GROUPS __attribute__((cleanup(groups_release)))

/* Whether the group is among those that the caller has by name. */
bool groups_hold(const struct engine_caller *caller, const char *group);

/* Whether the caller may put items into @group. */
int groups_check_write(const struct engine_caller *caller, const char *group,
		       struct outcome *outcome);

#endif
