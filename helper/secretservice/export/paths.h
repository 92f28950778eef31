/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of objects in messages: arrays of their paths, ao. Each returns 0 or a negative errno.
 */
#ifndef SECRETSERVICE_EXPORT_PATHS_H
#define SECRETSERVICE_EXPORT_PATHS_H

#include <systemd/sd-bus.h>

#include "helper/secretservice/store/collection_names.h"
#include "helper/secretservice/store/item.h"

/* Those of entries that are locked, or of those that are not; or of all, @which below 0. */
int item_list_append(sd_bus_message *message, const struct item_list *list, int which);

int collection_names_append(sd_bus_message *message, const struct collection_names *names);

#endif /* SECRETSERVICE_EXPORT_PATHS_H */
