/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the user's screen is locked, by logind: nobody is asked then.
 */
#ifndef AGENT_SCREEN_H
#define AGENT_SCREEN_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/* Calls @changed whenever a session may have been locked or opened; without a bus never. */
void screen_watch(sd_event *loop, void (*changed)(void));

/* Whether the session that @uid sees is locked. Without logind: no. */
bool screen_is_locked(uid_t uid);

#endif /* AGENT_SCREEN_H */
