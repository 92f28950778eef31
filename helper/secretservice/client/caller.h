/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the program that sent a message runs, as logind knows it.
 */
#ifndef SECRETSERVICE_CALLER_H
#define SECRETSERVICE_CALLER_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Whether the user's service manager has the variables of a display, as desktops tell it at their start. */
bool display_is_known(sd_bus *bus);

/*
 * Whether the sender's session is on a terminal without a display, or of somebody elsewhere: nobody can be asked there but by the
 * program itself. False for a program of no session, as one that the service manager of the user has started, and without logind.
 */
bool caller_is_on_terminal(sd_bus_message *message);

#endif /* SECRETSERVICE_CALLER_H */
