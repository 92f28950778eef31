/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads: connections, each of a child of the service manager that reads one credential to the end.
 *
 *   asking    the keychain is asked; one that cannot be answered yet is asked about again each second
 *   serving   the secret is sent, then the end
 *   refusing  more is sent than a credential may have
 *
 * An end without a byte is an empty credential to the manager, with which it starts the unit: a refusal sends so much that
 * the manager gives up, whatever was sent before. Nothing is closed before it is answered, not even when this process ends
 * (kept.h); only what does not read is, after a stop.
 */
#ifndef KEYCHAIN_SYSTEMD_LOAD_H
#define KEYCHAIN_SYSTEMD_LOAD_H

#include <systemd/sd-event.h>

#include "kept.h"

/*
 * At a time; what comes beyond waits in front of the socket. Of one unit the manager loads one after the other: more at a
 * time are not its, and are refused; of those that are believed and of the others each. Where there are twice as many, or
 * more than LOADS_UNBELIEVED, the one is closed that has been refused for the longest and not read it.
 */
#define LOADS			1024
#define LOADS_OF_UNIT		16
#define LOADS_OF_NONE		(LOADS / 8)	/* of what is in no system unit, and refused */
#define LOADS_UNBELIEVED	(LOADS / 2)

/* @pause is called with whether no more connections are to be accepted. Returns 0 or a negative errno. */
int load_begin(sd_event *loop, void (*pause)(bool paused));

/* Owns @fd, which has been accepted and is non-blocking. */
void load_accept(int fd);

/* The same of one that an earlier process had: under that name it was kept. */
void load_resume(int fd, const char *name);

/* Refuses all that are left, and waits up to 5 s until they have read it: what has not by then is closed. */
void load_refuse_all(void);

#endif
