/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CreateItem of a collection.
 */
#ifndef SECRETSERVICE_EXPORT_CREATE_ITEM_H
#define SECRETSERVICE_EXPORT_CREATE_ITEM_H

#include <systemd/sd-bus.h>

/*
 * Adds the item that @message describes, a{sv}(oayays)b, or changes the newest one that has the same attributes and no
 * others, where it is to replace; and answers. Returns as a handler of sd-bus does.
 */
int create_item_in(const char *keychain, sd_bus_message *message, sd_bus_error *error);

#endif /* SECRETSERVICE_EXPORT_CREATE_ITEM_H */
