// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session_lock.h"

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

static bool is_screen(const struct session *session)
{
	return session->seat && session->graphical;
}

struct counts {
	unsigned int screens;
	unsigned int locked_screens;
	unsigned int seats;		/* sessions at a seat, screens included */
	unsigned int all;
};

static struct counts count(uid_t uid)
{
	const struct session *session;
	struct counts counts = { 0 };

	for (session = sessions; session; session = session->next) {
		if (session->uid != uid)
			continue;
		counts.all++;
		counts.seats += session->seat;
		counts.screens += is_screen(session);
		counts.locked_screens += is_screen(session) && session->locked;
	}
	return counts;
}

bool session_all_locked(uid_t uid)
{
	struct counts counts = count(uid);

	return counts.screens && counts.screens == counts.locked_screens;
}

bool session_any(uid_t uid)
{
	return count(uid).all;
}

bool session_counts(const struct session *session)
{
	struct counts counts = count(session->uid);

	if (counts.screens)
		return is_screen(session);
	return !counts.seats || session->seat;
}

static void drop(struct session *session)
{
	struct session **place;

	for (place = &sessions; *place != session; place = &(*place)->next)
		;
	*place = session->next;
	free(session);
}

void session_end(struct session *session)
{
	uid_t uid = session->uid;
	bool seat = session->seat;
	char why[SESSION_ID_SIZE + 32];
	struct counts left;

	snprintf(why, sizeof(why), "session %s has ended", session->id);
	drop(session);
	left = count(uid);
	if (left.screens ? left.screens == left.locked_screens :
	    seat ? !left.seats : !left.all)
		session_lock(uid, KEYBAG_REASON_LOGOUT, why);
}

void session_screen_locked(struct session *session)
{
	char why[SESSION_ID_SIZE + 32];

	if (!session->seat)
		return;
	session->graphical = true;
	session->locked = true;
	snprintf(why, sizeof(why), "session %s is locked", session->id);
	if (session_all_locked(session->uid))
		session_lock(session->uid, KEYBAG_REASON_SCREEN, why);
}

void session_screen_opened(uid_t uid, struct session *session)
{
	struct session *each;

	if (!session && count(uid).screens == 1)
		for (each = sessions; each && !session; each = each->next)
			if (each->uid == uid && is_screen(each))
				session = each;
	if (session && session->uid == uid)
		session->locked = false;
}

void session_judge(uid_t uid)
{
	if (session_all_locked(uid))
		session_lock(uid, KEYBAG_REASON_SCREEN, "its sessions are locked");
	else if (!session_any(uid))
		session_lock(uid, KEYBAG_REASON_LOGOUT, "it has no session");
}
