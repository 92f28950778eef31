// SPDX-License-Identifier: GPL-2.0-or-later
#include "awaited_login.h"

#include <errno.h>
#include <stdlib.h>

static struct awaited_login *awaited_logins;

/* Where the one of @uid is linked, or the end of the list. */
static struct awaited_login **awaited_login_find(uid_t uid)
{
	struct awaited_login **place = &awaited_logins;

	while (*place && (*place)->uid != uid)
		place = &(*place)->next;
	return place;
}

int awaited_login_add(uid_t uid, uint64_t end_us)
{
	struct awaited_login **place = awaited_login_find(uid);

	if (!*place) {
		*place = calloc(1, sizeof(**place));
		if (!*place)
			return -ENOMEM;
		(*place)->uid = uid;
	}
	(*place)->end_us = end_us;
	return 0;
}

bool awaited_login_note_end(uid_t uid, bool seat)
{
	struct awaited_login *awaited = *awaited_login_find(uid);

	if (!awaited)
		return false;
	awaited->ended = true;
	awaited->seat_ended |= seat;
	return true;
}

bool awaited_login_take(uid_t uid, struct awaited_login *ret_awaited)
{
	struct awaited_login **place = awaited_login_find(uid);
	struct awaited_login *awaited = *place;

	if (!awaited)
		return false;
	*ret_awaited = *awaited;
	*place = awaited->next;
	free(awaited);
	return true;
}

const struct awaited_login *awaited_login_first(void)
{
	const struct awaited_login *awaited, *first = awaited_logins;

	for (awaited = awaited_logins; awaited; awaited = awaited->next)
		if (awaited->end_us < first->end_us)
			first = awaited;
	return first;
}
