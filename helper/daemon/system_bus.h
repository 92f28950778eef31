/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections to the system bus. Any user can send to any of them, descriptors too, whatever the receiver asks for. sd-bus
 * closes these in the thread that reads, and how long that takes is the sender's to say (closer.h). So a connection takes
 * descriptors only where one is asked for, in a thread that serves nobody else; to others the bus delivers no message that
 * has some.
 */
#ifndef DAEMON_SYSTEM_BUS_H
#define DAEMON_SYSTEM_BUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* To be begun by sd_bus_start(), which takes a moment. Returns 0 or a negative errno, and no connection. */
int system_bus_new(bool descriptors, sd_bus **ret_bus);

#endif /* DAEMON_SYSTEM_BUS_H */
