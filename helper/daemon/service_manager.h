/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service manager on a bus: of the machine, or of a user.
 */
#ifndef DAEMON_SERVICE_MANAGER_H
#define DAEMON_SERVICE_MANAGER_H

#include <systemd/sd-bus.h>

#define MANAGER			"org.freedesktop.systemd1"
#define MANAGER_PATH		"/org/freedesktop/systemd1"
#define MANAGER_INTERFACE	MANAGER ".Manager"

/* The variables that what it starts gets, to be released with bus_texts_free(). Returns 0 or a negative errno. */
int manager_environment(sd_bus *bus, char ***ret_variables);

#endif /* DAEMON_SERVICE_MANAGER_H */
