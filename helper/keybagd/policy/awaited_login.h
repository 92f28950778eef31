/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logins whose session is still to come. PAM unlocks before the session exists, and the end of an earlier session may
 * come in between: it must not lock what the login has unlocked. Main thread only.
 *
 *   none → awaited     PAM has unlocked: awaited_login_add()
 *   awaited → ended    an earlier session ends, which would have locked: awaited_login_note_end()
 *   awaited, ended → none   the session is there, or its time is over: awaited_login_take(); what has ended is judged
 *                      then (auto_lock_session_came(), auto_lock_login_over())
 */
#ifndef KEYBAGD_AWAITED_LOGIN_H
#define KEYBAGD_AWAITED_LOGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct awaited_login {
	struct awaited_login *next;
	uid_t uid;
	uint64_t end_us;	/* CLOCK_BOOTTIME; it is awaited until then */
	bool ended;		/* meanwhile a session has ended, which would have locked */
	bool seat_ended;	/* one at a seat */
};

/* Awaits the session of a login of @uid until @end_us, or until then from now on. Returns 0 or -ENOMEM. */
int awaited_login_add(uid_t uid, uint64_t end_us);

/* A session has ended that would lock: notes it if a login is awaited. Returns whether one is. */
bool awaited_login_note_end(uid_t uid, bool seat);

/* Awaits it no longer. Returns whether it was awaited, and then what is known of it. */
bool awaited_login_take(uid_t uid, struct awaited_login *ret_awaited);

/* The one that ends first, or NULL. */
const struct awaited_login *awaited_login_first(void);

#endif /* KEYBAGD_AWAITED_LOGIN_H */
