/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tickets of backup keybags: whoever proved a secret of a keybag gets a number, with which keychaind fetches the
 * descriptor for that user, within a minute and once. Main thread only.
 */
#ifndef KEYBAGD_BACKUP_TICKET_H
#define KEYBAGD_BACKUP_TICKET_H

#include <systemd/sd-event.h>

#include "keybagd/bag/operation.h"

void backup_ticket_open_loop(sd_event *loop);

/*
 * Takes over operation->backup, and leaves the number of its ticket in operation->ticket. An earlier one of that owner is
 * void: the kernel has ended its keybag. Returns 0 or -ENOMEM.
 */
int backup_ticket_keep(struct operation *operation);

/* Gives out the descriptor of the ticket of that owner with that number; -1: there is none. */
int backup_ticket_use(uid_t owner, const uint8_t number[KEYBAG_TICKET_SIZE]);

/* Closes them all: before the daemon ends. */
void backup_ticket_drop_all(void);

#endif /* KEYBAGD_BACKUP_TICKET_H */
