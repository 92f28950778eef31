// SPDX-License-Identifier: GPL-2.0-or-later
#include "auto_lock.h"

#include <stdarg.h>
#include <stdio.h>

#include "awaited_login.h"

static const struct auto_lock nothing;

__attribute__((format(printf, 3, 4)))
static struct auto_lock auto_lock_decide(uid_t uid, uint32_t reason, const char *format, ...)
{
	struct auto_lock decision = { .uid = uid, .reason = reason };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(decision.why, sizeof(decision.why), format, arguments);
	va_end(arguments);
	return decision;
}

struct auto_lock auto_lock_screen_locked(struct session *session)
{
	if (!session->seat && !session->graphical)
		return nothing;
	session->graphical = true;
	session->locked = true;
	session->look_us = 0;
	if (!session_all_locked(session->uid))
		return nothing;
	return auto_lock_decide(session->uid, KEYBAG_REASON_SCREEN, "session %s is locked", session->id);
}

struct auto_lock auto_lock_session_ended(struct session *session)
{
	struct auto_lock decision = auto_lock_decide(session->uid, KEYBAG_REASON_LOGOUT, "session %s has ended",
						     session->id);
	bool seat = session->seat;

	session_remove(session);
	if (!session_end_locks(decision.uid, seat) || awaited_login_note_end(decision.uid, seat))
		return nothing;
	return decision;
}

/* Decides on what has ended meanwhile. */
static struct auto_lock auto_lock_settle(const struct awaited_login *awaited)
{
	if (!awaited->ended || !session_end_locks(awaited->uid, awaited->seat_ended))
		return nothing;
	return auto_lock_decide(awaited->uid, KEYBAG_REASON_LOGOUT, "a session has ended during a login");
}

struct auto_lock auto_lock_session_came(uid_t uid)
{
	struct awaited_login awaited;

	return awaited_login_take(uid, &awaited) ? auto_lock_settle(&awaited) : nothing;
}

struct auto_lock auto_lock_login_over(uid_t uid)
{
	struct auto_lock decision = auto_lock_session_came(uid);

	return decision.reason ? decision : auto_lock_missed(uid);
}

struct auto_lock auto_lock_missed(uid_t uid)
{
	if (session_all_locked(uid))
		return auto_lock_decide(uid, KEYBAG_REASON_SCREEN, "its sessions are locked");
	if (session_any(uid) || awaited_login_note_end(uid, false))
		return nothing;
	return auto_lock_decide(uid, KEYBAG_REASON_LOGOUT, "it has no session");
}
