/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keybagd, where it runs beside the tests: out of the way of those that take its part.
 */
#ifndef KEYBAG_SELFTEST_DAEMON_H
#define KEYBAG_SELFTEST_DAEMON_H

#include <stdbool.h>

/* Whether there is one, which may not have opened the device yet. */
bool daemon_runs(void);

/* Ends every keybagd, and returns when none is left. */
void daemon_stop(void);

/* Starts it again, as the service or else by itself; returns when daemon_stop() would find it. */
void daemon_start(void);

#endif /* KEYBAG_SELFTEST_DAEMON_H */
