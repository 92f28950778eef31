// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/service/peer/peer_kind.h"

int identity_grant(struct identity *identity, const char *group, const char *source)
{
	identity->groups = calloc(2, sizeof(*identity->groups));
	identity->sources = calloc(2, sizeof(*identity->sources));
	if (!identity->groups || !identity->sources)
		return -ENOMEM;
	if (!group)
		return 0;
	identity->groups[0] = strdup(group);
	identity->sources[0] = source;
	return identity->groups[0] ? 0 : -ENOMEM;
}

int identity_grant_unconfined(struct identity *identity)
{
	char group[32];

	snprintf(group, sizeof(group), "unconfined.%u", identity->uid);
	return identity_grant(identity, group, "program of that user outside of any sandbox");
}

struct engine_caller identity_caller(const struct identity *identity)
{
	size_t count = 0;

	while (identity->groups[count])
		count++;
	return (struct engine_caller){
		.uid = identity->uid,
		.groups = (const char *const *)identity->groups,
		.group_count = count,
		.tokens = identity->tokens,
		.all_groups = identity->all_groups,
		.application = identity->application,
	};
}

void identity_describe(const struct identity *identity, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "process %d of uid %u (%s%s%s)", identity->pid, identity->uid,
		 peer_kind_name(identity->kind), *identity->name ? " " : "", identity->name);
}

void identity_free(struct identity *identity)
{
	size_t i;

	if (!identity)
		return;
	for (i = 0; identity->groups && identity->groups[i]; i++)
		free(identity->groups[i]);
	free(identity->groups);
	free(identity->sources);
	free(identity->file);
	free(identity->application);
	free(identity->prefix);
	free(identity);
}
