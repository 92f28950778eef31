/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sign of life of the daemon, which is there to lock: it tells the kernel every 10 s, and the kernel locks
 * everything that can lock when it has not heard for 30 s. Main thread only; it is the event loop that tells it,
 * so that a loop that hangs counts as a daemon that is gone.
 */
#ifndef KEYBAGD_FOLLOWER_H
#define KEYBAGD_FOLLOWER_H

#include <systemd/sd-event.h>

void follower_open_loop(sd_event *loop);

/* From now on: the module is there. */
void follower_begin(void);

/*
 * The daemon ends for good: locks everything that can lock. Without this call, one that ends has 30 s to
 * come back. What is still on its way to an unlock is the caller's to stop, before.
 */
void follower_end(void);

#endif /* KEYBAGD_FOLLOWER_H */
