/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time for which a login is awaited (policy/awaited_login.h): its session opens in a moment. If none comes, the keybag
 * is locked then. Main thread only.
 */
#ifndef KEYBAGD_LOGIND_AWAIT_H
#define KEYBAGD_LOGIND_AWAIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

void logind_await_open(sd_event *loop);

/* A login of @uid is about to unlock. */
void logind_await(uid_t uid);

/*
 * At the start of the daemon: whether a login has unlocked the keybag of @uid a moment ago, at @unlocked_ns
 * (CLOCK_REALTIME; 0: none has), under the daemon before; its session is awaited then.
 */
bool logind_await_again(uid_t uid, uint64_t unlocked_ns);

#endif /* KEYBAGD_LOGIND_AWAIT_H */
