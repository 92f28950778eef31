/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows systemd-logind: which sessions there are from its files (sd-login), what happens to their
 * screens and to the machine from its signals (logind_bus.h). Where logind does not run, nothing is
 * followed, and nothing is waited for. What policy/ makes of it is carried out by the functions that
 * main.c gives. Main thread only.
 */
#ifndef KEYBAGD_LOGIND_H
#define KEYBAGD_LOGIND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/* main.c gives these functions. */
struct logind_actions {
	/* Locks the keybags of @uid that are unlocked; those without a passcode cannot. @why goes to the journal. */
	void (*lock)(uid_t uid, uint32_t reason, const char *why);
	/* Locks all keybags that can lock. Returns 0 or a negative errno. */
	int (*lock_all)(uint32_t reason);
	/*
	 * From now on no request that carries a secret is taken. Calls @quiet, once, as soon as none is under way; NULL:
	 * they are taken again, and nothing is to be called any more.
	 */
	void (*when_quiet)(void (*quiet)(void));
	/* Since when a keybag of @uid is unlocked: CLOCK_MONOTONIC, ns. 0: none is. */
	uint64_t (*open_since)(uid_t uid);
	/* After how many seconds without use those of @uid are locked, see logind_idle.h. */
	uint32_t (*lock_after)(uid_t uid);
	/* Calls @judge for each user whose keybag is loaded; @login_ns: when a login has unlocked it, 0: none has. */
	void (*each_loaded)(void (*judge)(uid_t uid, uint64_t login_ns));
};

/* Returns 0 or a negative errno. That logind is not there yet, or has gone, is no error. */
int logind_open(sd_event *loop, const struct logind_actions *actions);

/* Before the daemon ends. */
void logind_close(void);

/*
 * A login of @uid is about to unlock, and its session will open in a moment. It is awaited, unless sessions are not
 * followed: none would ever come.
 */
void logind_await_login(uid_t uid);

/* The session that a process is in, or NULL. */
struct session *logind_session_of(pid_t pid);

/*
 * Whether a screen locker may be at that process, and in which session; NULL: in none that logind knows, as what the
 * user's service manager has started is. Not so where its session has ended, or where it is in none and has a terminal:
 * that is a tmux which somebody has attached to from elsewhere.
 */
bool logind_screen_of(pid_t pid, struct session **ret_session);

/* A screen locker there has unlocked the keybag of @uid, see session.h; whether it has let its user in is looked at later. */
void logind_screen_opened(uid_t uid, struct session *session);

#endif /* KEYBAGD_LOGIND_H */
