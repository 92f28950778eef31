/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices that accounts of this machine have changed.
 */
#ifndef KEYBAGD_ACCOUNT_WATCH_H
#define KEYBAGD_ACCOUNT_WATCH_H

#include <systemd/sd-event.h>

/*
 * Calls @changed whenever /etc/passwd is written anew. Accounts from elsewhere are not followed. Returns 0 or a
 * negative errno.
 */
int account_watch_open(sd_event *loop, void (*changed)(void));

#endif /* KEYBAGD_ACCOUNT_WATCH_H */
