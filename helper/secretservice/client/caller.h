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

/* Whether logind takes it for a desktop's. */
bool session_is_graphical(const char *session);

/*
 * Whether the sender's session is on a terminal, or of somebody elsewhere, where no desktop was started that a question could be shown
 * on: nobody can be asked there but by the program itself. So it is for a program of no session, as in tmux, that has a terminal, where
 * the user has no desktop; one without a terminal, which the service manager of the user has started, goes on waiting. False without
 * logind.
 */
bool caller_is_on_terminal(sd_bus_message *message);

#endif /* SECRETSERVICE_CALLER_H */
