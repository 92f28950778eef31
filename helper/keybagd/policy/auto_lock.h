/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which locks the sessions of a user bring about, by the rules of session.h. Each function returns a decision, for the
 * caller to carry out. Main thread only; nothing here waits, or does input and output.
 */
#ifndef KEYBAGD_AUTO_LOCK_H
#define KEYBAGD_AUTO_LOCK_H

#include "libkeybag/keybag.h"

#include "session.h"

struct auto_lock {
	uid_t uid;				/* lock the keybags of this user */
	uint32_t reason;			/* enum keybag_reason; 0: nothing is to be locked */
	char why[SESSION_ID_SIZE + 32];		/* for the journal */
};

/* The screen of @session was locked. */
struct auto_lock auto_lock_screen_locked(struct session *session);

/*
 * @session has ended, or is closing; it is gone afterwards. While a login of its user is awaited (awaited_login.h) the
 * end is only noted, and judged when that session has come, or when none has.
 */
struct auto_lock auto_lock_session_ended(struct session *session);

/* A session of @uid has come, and is among the sessions: decides on what ended while it was awaited. */
struct auto_lock auto_lock_session_came(uid_t uid);

/* The session of a login of @uid has not come in time. */
struct auto_lock auto_lock_login_over(uid_t uid);

/*
 * The daemon has just started: locks, for what it did not see, if all screens of @uid are locked or no session is
 * left. A user who never had one has missed nothing: the caller knows that, see session_note.h.
 */
struct auto_lock auto_lock_missed(uid_t uid);

#endif /* KEYBAGD_AUTO_LOCK_H */
