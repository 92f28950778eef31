// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct session *sessions;

struct session *session_first(void)
{
	return sessions;
}

struct session *session_find(const char *id)
{
	struct session *session;

	for (session = sessions; session; session = session->next)
		if (!strcmp(session->id, id))
			return session;
	return NULL;
}

struct session *session_add(const char *id, uid_t uid, bool seat, bool graphical)
{
	struct session *session;

	if (strlen(id) >= SESSION_ID_SIZE)
		return NULL;
	session = calloc(1, sizeof(*session));
	if (!session)
		return NULL;
	snprintf(session->id, sizeof(session->id), "%s", id);
	session->uid = uid;
	session->seat = seat;
	session->graphical = graphical;
	session->next = sessions;
	sessions = session;
	return session;
}

static unsigned int count_seats(uid_t uid)
{
	const struct session *session;
	unsigned int seats = 0;

	for (session = sessions; session; session = session->next)
		seats += session->uid == uid && session->seat;
	return seats;
}

/* A remote desktop is one for who sits at no seat. */
static bool is_screen(const struct session *session, unsigned int seats)
{
	return session->graphical && (session->seat || !seats);
}

struct counts {
	unsigned int screens;
	unsigned int locked_screens;
	unsigned int seats;		/* sessions at a seat, screens included */
	unsigned int all;
};

static struct counts session_count(uid_t uid)
{
	struct counts counts = { .seats = count_seats(uid) };
	const struct session *session;

	for (session = sessions; session; session = session->next) {
		if (session->uid != uid)
			continue;
		counts.all++;
		counts.screens += is_screen(session, counts.seats);
		counts.locked_screens += is_screen(session, counts.seats) && session->locked;
	}
	return counts;
}

bool session_all_locked(uid_t uid)
{
	struct counts counts = session_count(uid);

	return counts.screens && counts.screens == counts.locked_screens;
}

bool session_any(uid_t uid)
{
	return session_count(uid).all;
}

bool session_counts(const struct session *session)
{
	struct counts counts = session_count(session->uid);

	if (counts.screens)
		return is_screen(session, counts.seats);
	return !counts.seats || session->seat;
}

void session_remove(struct session *session)
{
	struct session **place;

	for (place = &sessions; *place != session; place = &(*place)->next)
		;
	*place = session->next;
	free(session);
}

bool session_end_locks(uid_t uid, bool seat)
{
	struct counts left = session_count(uid);

	/* The end of the last one at a seat locks whatever goes on elsewhere. */
	if (seat && !left.seats)
		return true;
	return left.screens ? left.screens == left.locked_screens : !left.all;
}

struct session *session_screen_opened(uid_t uid, struct session *session)
{
	struct session *each;

	if (!session && session_count(uid).screens == 1)
		for (each = sessions; each && !session; each = each->next)
			if (each->uid == uid && is_screen(each, count_seats(uid)))
				session = each;
	if (!session || session->uid != uid)
		return NULL;
	session->locked = session->locked && session->hinted;
	return session;
}

void session_hint_cleared(struct session *session)
{
	session->hinted = false;
	session->locked = false;
	session->look_us = 0;
}
