/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_TICKET_H
#define KEYBAGD_TICKET_H

#include <systemd/sd-event.h>

void ticket_open_loop(sd_event *loop);

/* Wipes them all: when everything is locked, and before the daemon ends. */
void ticket_drop_all(void);

#endif /* KEYBAGD_TICKET_H */
