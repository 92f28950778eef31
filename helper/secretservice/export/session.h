/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.Secret.Session, and OpenSession of the service.
 */
#ifndef SECRETSERVICE_EXPORT_SESSION_H
#define SECRETSERVICE_EXPORT_SESSION_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Returns 0 or a negative errno. */
int session_export(sd_bus *bus);

/* A handler of sd-bus. */
int open_session(sd_bus_message *message, void *context, sd_bus_error *error);

#endif /* SECRETSERVICE_EXPORT_SESSION_H */
