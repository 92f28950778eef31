/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIND_SERVER_H
#define KEYCHAIND_SERVER_H

#include <systemd/sd-event.h>

/*
 * Listens on the socket the service manager passed, or on its own. Returns a negative errno on
 * failure.
 */
int server_open(sd_event *loop);

#endif
