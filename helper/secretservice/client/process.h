/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process behind a connection to the bus.
 */
#ifndef SECRETSERVICE_PROCESS_H
#define SECRETSERVICE_PROCESS_H

#include <systemd/sd-bus.h>

/*
 * A pidfd of the process that made the connection @name: the one that the bus has, or, of a bus that has none, of the number
 * that it tells before and after the descriptor was opened. Of a process that has ended while another one holds its connection
 * the number may be a third one's by then. That third one is of the same user and, where the bus tells a security label, has the
 * one of the connection, so that a Snap is not taken for a program outside; without a label, as on Debian 12, a Snap that has the
 * bus itself can be. What is in no sandbox reaches nothing by it that it does not have. A Flatpak's proxy holds the connection
 * itself.
 *
 * Returns 0, -ESRCH (it is gone), -EACCES (another label) or another negative errno.
 */
int process_of_connection(sd_bus *bus, const char *name, int *ret_pidfd);

#endif /* SECRETSERVICE_PROCESS_H */
