// SPDX-License-Identifier: GPL-2.0-or-later
#include "description.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int description_parse(const char *description, struct keybag_whose *ret_whose)
{
	char canonical[sizeof("user:4294967295")];
	unsigned int uid;

	if (strcmp(description, "system") == 0) {
		*ret_whose = (struct keybag_whose){ .by = KEYBAG_WHOSE_SYSTEM };
		return 0;
	}
	if (sscanf(description, "user:%10u", &uid) != 1 || uid == KEYBAG_UID_NONE)
		return -EINVAL;
	snprintf(canonical, sizeof(canonical), "user:%u", uid);
	if (strcmp(description, canonical) != 0)
		return -EINVAL;
	*ret_whose = (struct keybag_whose){ .by = KEYBAG_WHOSE_UID, .uid = uid };
	return 0;
}

bool description_permitted(const struct keybag_whose *whose, uid_t requester)
{
	return requester == 0 || (whose->by == KEYBAG_WHOSE_UID && whose->uid == requester);
}
