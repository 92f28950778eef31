/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows systemd-logind: which sessions there are from its files (sd-login), what happens to their
 * screens and to the machine from its signals (logind_bus.h). Where logind does not run, nothing is
 * followed, and nothing is waited for. Main thread only.
 */
#ifndef KEYBAGD_LOGIND_H
#define KEYBAGD_LOGIND_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/* Returns 0 or a negative errno. That logind is not there yet, or has gone, is no error. */
int logind_open(sd_event *loop);

/* Before the daemon ends. */
void logind_close(void);

/* Whether sessions are followed. */
bool logind_follows(void);

/* Looks again: a signal was about a session that is not known yet. */
void logind_scan(void);

/*
 * What is known about sessions is complete: what was missed while the daemon did not run is made
 * good, once.
 */
void logind_settled(void);

/* Of a request: where it comes from, if from a session. */
struct session *logind_session_of(pid_t pid);

#endif /* KEYBAGD_LOGIND_H */
