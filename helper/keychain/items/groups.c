// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool groups_hold(const struct engine_caller *caller, const char *group)
{
	for (size_t i = 0; i < caller->group_count; i++) {
		if (!strcmp(caller->groups[i], group))
			return true;
	}
	return false;
}

static struct value *held_list(const struct engine_caller *caller)
{
	struct value *list = value_array();

	for (size_t i = 0; list && i < caller->group_count; i++)
		value_append(list, value_string(caller->groups[i]));
	if (list && caller->tokens)
		value_append(list, value_string(GROUP_TOKEN));
	if (list && caller->all_groups)
		value_append(list, value_string("*"));
	return list;
}

static int refuse(const struct engine_caller *caller, const char *group, const char *why,
		  struct outcome *outcome)
{
	char held_text[256] = "";
	size_t at = 0;

	for (size_t i = 0; i < caller->group_count && at < sizeof(held_text); i++)
		at += (size_t)snprintf(held_text + at, sizeof(held_text) - at, "%s%s",
				       i ? ", " : "", caller->groups[i]);
	if (at >= sizeof(held_text))
		strcpy(held_text + sizeof(held_text) - 4, "...");
	outcome_detail(outcome, "requested_group", group ? value_string(group) : NULL);
	outcome_detail(outcome, "held_groups", held_list(caller));
	if (!group)
		return outcome_fail(outcome, errSecMissingEntitlement,
				    "this program holds no access "
				    "group: an entitlement file has to grant it one (see 'keychainctl "
				    "access')");
	return outcome_fail(outcome, errSecMissingEntitlement,
			    "access group \"%s\" %s; held are: %s", group, why,
			    *held_text ? held_text : "none");
}

void groups_release(struct groups *groups)
{
	free(groups->names);
	*groups = (struct groups){ 0 };
}

int groups_check_write(const struct engine_caller *caller, const char *group,
		       struct outcome *outcome)
{
	if (!strcmp(group, GROUP_TOKEN))
		return refuse(caller, group, "is written by tokens only", outcome);
	if (!strcmp(group, "*"))
		return refuse(caller, group, "is not the name of one group", outcome);
	if (!groups_hold(caller, group) && !caller->all_groups)
		return refuse(caller, group, "is not granted to this program", outcome);
	return 0;
}

int groups_resolve(const struct engine_caller *caller, const struct query *query,
		   struct groups *ret_groups, struct outcome *outcome)
{
	bool reads = query->use == QUERY_COPY;
	const char *group = query->group;
	int status;

	*ret_groups = (struct groups){ .names = calloc(caller->group_count + 2, sizeof(*ret_groups->names)) };
	if (!ret_groups->names)
		return outcome_no_memory(outcome);
	if (!caller->group_count && !caller->all_groups && !(reads && caller->tokens))
		return refuse(caller, group, "is not granted to this program", outcome);
	if (group) {
		if (!reads || strcmp(group, GROUP_TOKEN) || !caller->tokens) {
			status = groups_check_write(caller, group, outcome);
			if (status)
				return status;
		}
		ret_groups->names[ret_groups->count++] = group;
		return 0;
	}
	if (query->use == QUERY_ADD && !caller->group_count)
		return outcome_fail(outcome, errSecMissingEntitlement,
				    "this program holds every access "
				    "group and none by name: name one by \"agrp\"");
	ret_groups->all = caller->all_groups;
	for (size_t i = 0; i < caller->group_count; i++) {
		if (strcmp(caller->groups[i], GROUP_TOKEN))
			ret_groups->names[ret_groups->count++] = caller->groups[i];
	}
	if (reads && caller->tokens)
		ret_groups->names[ret_groups->count++] = GROUP_TOKEN;
	if (query->use == QUERY_ADD && !ret_groups->count)
		return refuse(caller, GROUP_TOKEN, "is written by tokens only", outcome);
	return 0;
}

