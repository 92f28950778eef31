/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The delay of sleep that logind grants: a descriptor, for as long as it is open. A thread asks for it over a connection of
 * its own, the only one that takes descriptors (daemon/system_bus.h): neither a slow logind nor what others send there holds
 * the daemon up. Main thread only.
 */
#ifndef KEYBAGD_INHIBITOR_H
#define KEYBAGD_INHIBITOR_H

#include <systemd/sd-event.h>

/* @failed is called, later, when one that was asked for could not be had. Returns 0 or a negative errno. */
int inhibitor_open(sd_event *loop, void (*failed)(int error));

/* Asks @logind, a unique name on the bus, for one, unless there is one or it is being asked already. */
void inhibitor_take(const char *logind);

/* Gives it up, also one that is still on its way. */
void inhibitor_let(void);

#endif /* KEYBAGD_INHIBITOR_H */
