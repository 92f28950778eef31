/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.impl.portal.Secret, at PORTAL_PATH: the secrets of applications in sandboxes, which ask xdg-desktop-portal for
 * them. That one says which application asks, and is believed; nobody else is.
 *
 * A call is answered when the keybag is open: 0, after the secret was written to the descriptor of the call; 1, the user has
 * declined; 2, anything else. Until then it has an object, org.freedesktop.impl.portal.Request, by which it is closed.
 */
#ifndef SECRETSERVICE_EXPORT_PORTAL_H
#define SECRETSERVICE_EXPORT_PORTAL_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define PORTAL_NAME	"org.freedesktop.impl.portal.desktop.keybag"
#define PORTAL_PATH	"/org/freedesktop/portal/desktop"

/* Calls that wait, of one application and of all. */
#define PORTAL_APPLICATION_WAITING	8
#define PORTAL_WAITING			64

/* Whether xdg-desktop-portal has sent it, as far as the bus is concerned. */
bool portal_sent(sd_bus_message *message);

/* To be called before the service has its names. @bus takes descriptors. Returns 0 or a negative errno. */
int portal_export(sd_bus *bus);

/* Answers all that wait: the service ends. */
void portal_end(void);

#endif /* SECRETSERVICE_EXPORT_PORTAL_H */
