/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of a bus for tests of what reads and writes them: they are never sent.
 */
#ifndef UNIT_BUS_MESSAGE_H
#define UNIT_BUS_MESSAGE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "tests/unit/lib/tap.h"

static sd_bus *bus;

static void open_bus(void)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0 || sd_bus_new(&bus) < 0 ||
	    sd_bus_set_fd(bus, sockets[0], sockets[0]) < 0 || sd_bus_start(bus) < 0) {
		puts("Bail out! no bus");
		exit(1);
	}
}

static sd_bus_message *new_message(void)
{
	sd_bus_message *message;

	if (sd_bus_message_new_method_call(bus, &message, NULL, "/x", NULL, "X") < 0)
		exit(1);
	return message;
}

static sd_bus_message *readable(sd_bus_message *message)
{
	check(sd_bus_message_seal(message, 1, 0) >= 0 && sd_bus_message_rewind(message, true) >= 0);
	return message;
}

#endif /* UNIT_BUS_MESSAGE_H */
