/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <systemd/sd-event.h>

/* sd_event_loop() returns this when another process of the service is about to take over. */
#define LOOP_HANDS_OVER	1

/*
 * The main thread's event loop, which answers the service manager's watchdog. It ends at SIGTERM and
 * SIGINT, returning 0, and at SIGUSR1, returning LOOP_HANDS_OVER: the manager sends that one where it
 * restarts a service (RestartKillSignal=). SIGHUP calls @reload, with the manager told of the beginning
 * and the end. SIGPIPE is ignored. Called before any thread is made: threads inherit that these
 * signals are the loop's. Returns 0 or a negative errno, logged.
 */
int loop_open(sd_event **ret_loop, void (*reload)(void));

#endif /* DAEMON_LOOP_H */
