/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions, and when they lock the keybag of their user. Main thread only. What the sessions are
 * comes from logind/; nothing here waits, or does input and output. The decisions are made in auto_lock.h.
 *
 * A screen is a session at a seat that is graphical or that has said that it was locked; for a user
 * without a session at a seat, a graphical one from elsewhere (xrdp, VNC). The rules, for one user:
 *
 *   a screen is locked             lock, if all the screens are (reason screen)
 *   a session at a seat ends       lock, unless a screen is left at a seat that is not locked, or,
 *                                  without any screen, another session at a seat (reason logout)
 *   another session ends           lock, if it was the last one, or all screens that are left are
 *                                  locked (reason logout)
 *
 * Sessions from elsewhere (ssh) hold a keybag open only where there is no session at a seat. A
 * session that is closing, with processes left behind, has ended. Only sessions of users count:
 * not those of cron, of greeters, of service managers.
 *
 * Marks of screens are left by edges alone, for a screen locker takes its mark back after it has
 * let the user in. A mark that is too old locks too early, never too late.
 *
 * A screen locker that opens the keybag may go on to refuse its user. So LockedHint, once set, is a mark that the locker
 * alone takes back, and is looked at once more some seconds after the keybag was opened: still set, it locks.
 */
#ifndef KEYBAGD_SESSION_H
#define KEYBAGD_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SESSION_ID_SIZE	64

struct session {
	struct session *next;
	char id[SESSION_ID_SIZE];
	uid_t uid;
	bool seat;		/* at a seat, not from elsewhere */
	bool graphical;		/* X11, Wayland, or one at a seat that has locked its screen */
	bool locked;
	bool hinted;		/* its LockedHint is set, as far as logind has told */
	uint64_t look_end_us;	/* it is not put off beyond this, where look_us is one */
	uint64_t look_us;	/* CLOCK_MONOTONIC, when its LockedHint is looked at; 0: it is not, or it was locked since */
	uint64_t idle_since_ns;	/* CLOCK_MONOTONIC; 0: in use, or not known; idle.h has what it comes from */
	uint64_t looked_ns;	/* CLOCK_MONOTONIC, at its terminal; 0: never */
	uint64_t stamp_us;	/* when that was used last, by whatever clock: it is compared, not reckoned with */
	uint64_t typed_ns;	/* CLOCK_MONOTONIC, the same, as far as is known */
	bool found;		/* by the scan under way */
};

struct session *session_first(void);
struct session *session_find(const char *id);

/* A new session of a user. NULL: no memory. */
struct session *session_add(const char *id, uid_t uid, bool seat, bool graphical);

/* It has ended. @session is gone afterwards. */
void session_remove(struct session *session);

/* Whether the end of a session that is gone (@seat: one at a seat) locks, with the sessions there are now. */
bool session_end_locks(uid_t uid, bool seat);

/*
 * A screen locker has unlocked the keybag of @uid, and said so before it said anything to logind.
 * @session: where it runs; NULL when that is not known, and then only a single screen can be
 * meant. Returns the one that is meant, to be looked at later, or NULL.
 */
struct session *session_screen_opened(uid_t uid, struct session *session);

/* Its LockedHint was taken back. */
void session_hint_cleared(struct session *session);

/* Whether the user has screens, all of them locked. */
bool session_all_locked(uid_t uid);

/* Whether the user has a session. */
bool session_any(uid_t uid);

/*
 * Whether it is one that counts for its user now: a screen; without screens, one at a seat;
 * without those, any.
 */
bool session_counts(const struct session *session);

#endif /* KEYBAGD_SESSION_H */
