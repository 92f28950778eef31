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

/*
 * Makes one with that label, "" for none, and that alias, "" for none, and announces it. Returns 0 or a status of libkeychain:
 * then there is no new one.
 */
int collection_make(const char *label, const char *alias, char ret_keychain[KEYCHAIN_NAME_SIZE]);

/* Returns 0 or a status of libkeychain. Announces it. */
int collection_set_label(const char *keychain, const char *label);

/* Deletes it with all that is in it, and announces that. Returns 0 or a status of libkeychain. */
int collection_delete(const char *keychain);

/* Appends an array of paths: those of entries that are locked, or of those that are not; or of all, @which below 0. */
int item_list_append(sd_bus_message *message, const struct item_list *list, int which);

#endif /* SECRETSERVICE_EXPORT_COLLECTION_H */
