/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of the user's login: of their last session, as logind knows it. What they left behind may go on, this service
 * among it.
 */
#ifndef USERSERVICE_LOGOUT_H
#define USERSERVICE_LOGOUT_H

#include <stdbool.h>
#include <systemd/sd-event.h>

/*
 * From now on, and until logout_end(), calls from the loop
 *   @ended, when the login has ended: the last session has, or all that there are have begun since the last look;
 *   @changed, behind that, with the login as login_read() tells it, when other sessions are there than it was told last, "" of a login
 *   that has ended; NULL: not wanted. It is told of the sessions that there are before this returns, if there are any.
 * Without logind, or where it cannot be followed, which the journal is told, neither is called. Returns whether the user is logged in:
 * false of one who lingers.
 */
bool logout_follow(sd_event *loop, void (*ended)(void), void (*changed)(const char *login));
void logout_end(void);

#endif /* USERSERVICE_LOGOUT_H */
