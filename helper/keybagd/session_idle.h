/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock-after-idle: keybags of users whose sessions that count (session_counts()) are idle for so
 * long are locked, for screen lockers that tell nobody. Idle is what logind says: of a graphical
 * session what the desktop has told it, of a terminal when it was typed on last.
 */
#ifndef KEYBAGD_SESSION_IDLE_H
#define KEYBAGD_SESSION_IDLE_H

#include <systemd/sd-event.h>

/* Returns 0 or a negative errno. Without the setting nothing is looked at. */
int session_idle_open(sd_event *loop);

#endif /* KEYBAGD_SESSION_IDLE_H */
