/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of the keychain: the keybag is opened or closed, or a public half is deleted.
 */
#ifndef SSHAGENT_WATCH_H
#define SSHAGENT_WATCH_H

#include <systemd/sd-event.h>

/*
 * Calls @opened when private keys can be read again, and at the start where they can; @less when they cannot, or a key may have been removed,
 * unless it calls @opened at the same time, which has to look for that as well.
 * Goes on by itself where the keychain is away for a while. Returns 0 or a negative errno, logged.
 */
int watch_begin(sd_event *loop, void (*opened)(void), void (*less)(void));
void watch_end(void);

#endif /* SSHAGENT_WATCH_H */
