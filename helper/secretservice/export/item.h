/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.Secret.Item, at the path of each item and at those by an alias.
 */
#ifndef SECRETSERVICE_EXPORT_ITEM_H
#define SECRETSERVICE_EXPORT_ITEM_H

#include <systemd/sd-bus.h>

/* Returns 0 or a negative errno. */
int item_export(sd_bus *bus);

/* Forgets all that was read for the message before. */
void item_forget(void);

#endif /* SECRETSERVICE_EXPORT_ITEM_H */
