/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access groups: which of them a request concerns, and whether the caller may do that there.
 */
#ifndef KEYCHAIN_GROUPS_H
#define KEYCHAIN_GROUPS_H

#include "helper/keychain/engine/engine.h"
#include "helper/keychain/engine/query.h"

#define GROUP_TOKEN "com.apple.token"
#define GROUPS_MAX 256

struct groups {
	bool all;			/* any group but the one of tokens when writing */
	const char *names[GROUPS_MAX + 1];
	size_t count;
};

/* Of a query; for add, the one that the item gets is names[0]. */
int groups_resolve(const struct engine_caller *caller, const struct query *query,
		   struct groups *ret_groups, struct outcome *outcome);

/* Whether the caller may put items into @group. */
int groups_check_write(const struct engine_caller *caller, const char *group,
		       struct outcome *outcome);

#endif
