// SPDX-License-Identifier: GPL-2.0-or-later
#include "create_quota.h"

#include <errno.h>
#include <stdlib.h>

static struct made {
	uid_t uid;
	unsigned int count;
} *users;
static size_t user_count;

static struct made *create_quota_find(uid_t uid)
{
	struct made *more;
	size_t i;

	for (i = 0; i < user_count; i++)
		if (users[i].uid == uid)
			return &users[i];
	more = reallocarray(users, user_count + 1, sizeof(*users));
	if (!more)
		return NULL;
	users = more;
	users[user_count] = (struct made){ .uid = uid };
	return &users[user_count++];
}

int create_quota_count(struct operation *operation, uid_t uid)
{
	struct made *made = create_quota_find(uid);

	if (!made)
		return request_result_fail_plain(&operation->result, -ENOMEM, "keybag");
	if (made->count >= CREATE_QUOTA)
		return operation_fail(operation, -EDQUOT,
				      "uid %u has made %u keybags since keybagd started, and may not "
				      "make more: root may", uid, CREATE_QUOTA);
	made->count++;
	operation->counted = true;
	return 0;
}

void create_quota_release(struct operation *operation, uid_t uid)
{
	struct made *made = operation->counted ? create_quota_find(uid) : NULL;

	if (made)
		made->count--;
	operation->counted = false;
}
