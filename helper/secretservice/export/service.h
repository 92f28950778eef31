/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.Secret.Service, at SECRETS_PATH.
 */
#ifndef SECRETSERVICE_EXPORT_SERVICE_H
#define SECRETSERVICE_EXPORT_SERVICE_H

#include <systemd/sd-bus.h>

/* Returns 0 or a negative errno. */
int service_export(sd_bus *bus);

#endif /* SECRETSERVICE_EXPORT_SERVICE_H */
