// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity.h"

#include <stdio.h>
#include <stdlib.h>

#include "helper/keychain/service/peer/peer_kind.h"

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
