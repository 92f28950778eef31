/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks that the daemon makes by itself, and logins whose session is still to come. Main thread
 * only.
 */
#ifndef KEYBAGD_SESSION_LOCK_H
#define KEYBAGD_SESSION_LOCK_H

#include "libkeybag/keybag.h"
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "bag.h"

void session_lock_open_loop(sd_event *loop);

/*
 * Locks the keybags of @uid that are unlocked; those without a passcode cannot. @why goes to the
 * journal. With KEYBAG_REASON_LOGOUT and a login on its way, nothing is done yet.
 */
void session_lock(uid_t uid, uint32_t reason, const char *why);

/* Locks all keybags that can lock. Returns 0 or a negative errno. */
int session_lock_all(uint32_t reason);

/*
 * A login of @uid is about to unlock, and its session will open in a moment: the end of an earlier
 * one must not lock what it has unlocked. If no session comes, the keybag is locked then.
 */
void session_await(uid_t uid);

/*
 * At the start of the daemon: whether a login has unlocked the keybag a moment ago, under the daemon before;
 * its session is awaited then.
 */
bool session_await_again(const struct bag *bag);

/* The session has come. */
void session_came(uid_t uid);

#endif /* KEYBAGD_SESSION_LOCK_H */
