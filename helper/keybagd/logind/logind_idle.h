/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks logind how long sessions have been idle, for policy/idle.h. Idle is what logind says: of a graphical
 * session what the desktop has told it, of a terminal when it was typed on last. All by CLOCK_MONOTONIC: a clock that is
 * set neither locks nor keeps open. Main thread only.
 */
#ifndef KEYBAGD_LOGIND_IDLE_H
#define KEYBAGD_LOGIND_IDLE_H

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#define LOGIND_ANYBODY	((uid_t)-1)

/*
 * @lock_after tells after how many seconds without use the keybags of a user are locked (0: never), of LOGIND_ANYBODY the
 * shortest of all. @open_since tells since when a keybag of a user is unlocked (CLOCK_MONOTONIC, ns; 0: none is).
 * Returns 0 or a negative errno. Without the setting nothing is looked at.
 */
int logind_idle_open(sd_event *loop, uint64_t (*open_since)(uid_t uid), uint32_t (*lock_after)(uid_t uid));

/* The setting may have changed. */
void logind_idle_reload(void);

#endif /* KEYBAGD_LOGIND_IDLE_H */
