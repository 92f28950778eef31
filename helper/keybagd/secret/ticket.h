/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tickets: a login that authenticates in one process and opens the session in another leaves the passcode
 * key here in between, in locked memory, untried. Main thread only.
 *
 *   none → kept   the login has authenticated: ticket_keep(); the oldest of many makes room
 *   kept → kept   the account may log in, and its session is still to come: ticket_use(), then keep_ticket
 *   kept → none   the session is there: ticket_use(), then ticket_drop(); its time is over: ticket_on_end();
 *                 everything is locked, or the daemon ends: ticket_drop_all()
 *
 * A login that began to authenticate before ticket_drop_all() gets none after it: it is of an earlier ticket_round().
 */
#ifndef KEYBAGD_TICKET_H
#define KEYBAGD_TICKET_H

#include <systemd/sd-event.h>

#include "keybagd/bag/operation.h"

struct ticket;

void ticket_open_loop(sd_event *loop);

/* Number of times that all were dropped. */
unsigned int ticket_round(void);

/*
 * Takes over the key of the operation, and leaves the number of its ticket there. Returns 0, -ECANCELED: all were dropped
 * since operation->ticket_round; or -ENOMEM.
 */
int ticket_keep(struct operation *operation);

/* The one with that number, or NULL. */
struct ticket *ticket_find(const uint8_t number[KEYBAG_TICKET_SIZE]);

/*
 * Makes it an operation on the ticket's keybag, with a copy of its key. Returns 0, -ENOENT: that keybag is gone; or
 * -ENOMEM.
 */
int ticket_use(const struct ticket *ticket, struct operation *operation);

/* Wipes it. */
void ticket_drop(struct ticket *ticket);

/* Wipes them all: when everything is locked, and before the daemon ends. */
void ticket_drop_all(void);

#endif /* KEYBAGD_TICKET_H */
