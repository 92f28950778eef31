/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices that accounts of this machine have changed.
 */
#ifndef KEYBAGD_ACCOUNT_WATCH_H
#define KEYBAGD_ACCOUNT_WATCH_H

#include <systemd/sd-event.h>

/*
 * From now on, whenever /etc/passwd is written anew, no keybag stays loaded whose uid has gone to somebody
 * else. Of accounts from elsewhere that is noticed with the next request. Returns 0 or a negative errno.
 */
int account_watch_open(sd_event *loop);

#endif /* KEYBAGD_ACCOUNT_WATCH_H */
