/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_SERVER_H
#define KEYBAGD_SERVER_H

#include <systemd/sd-event.h>

/* Listens on the socket that was passed by the service manager, or on one of its own. */
int server_open(sd_event *loop);

#endif /* KEYBAGD_SERVER_H */
