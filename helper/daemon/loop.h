/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <systemd/sd-event.h>

/*
 * The main thread's event loop: ends at SIGTERM and SIGINT, and answers the service manager's
 * watchdog. SIGPIPE is ignored from here on. Called before any thread is made: threads inherit that
 * these signals are the loop's. Returns 0 or a negative errno, logged.
 */
int loop_open(sd_event **ret_loop);

#endif /* DAEMON_LOOP_H */
