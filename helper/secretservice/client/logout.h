/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of the user's login: of their last session, as logind knows it. What they left behind may go on, this service
 * among it.
 */
#ifndef SECRETSERVICE_LOGOUT_H
#define SECRETSERVICE_LOGOUT_H

#include <stdbool.h>
#include <systemd/sd-event.h>

/*
 * Calls @ended whenever the last session of the user has ended; without logind never. Returns false where none was there already, as
 * of a user who lingers.
 */
bool logout_follow(sd_event *loop, void (*ended)(void));
void logout_end(void);

#endif /* SECRETSERVICE_LOGOUT_H */
