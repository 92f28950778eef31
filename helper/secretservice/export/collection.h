/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.Secret.Collection, at the path of each collection and at those of aliases.
 */
#ifndef SECRETSERVICE_EXPORT_COLLECTION_H
#define SECRETSERVICE_EXPORT_COLLECTION_H

#include <systemd/sd-bus.h>

#include "helper/secretservice/store/item.h"

/* Returns 0 or a negative errno. */
int collection_export(sd_bus *bus);

/* Forgets all that was read for the message before. */
void collection_forget(void);

/* Appends an array of paths: those of entries that are locked, or of those that are not; or of all, @which below 0. */
int item_list_append(sd_bus_message *message, const struct item_list *list, int which);

#endif /* SECRETSERVICE_EXPORT_COLLECTION_H */
