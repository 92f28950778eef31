/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making, naming and deleting collections: who may is for the caller to say.
 */
#ifndef SECRETSERVICE_EXPORT_COLLECTION_CHANGE_H
#define SECRETSERVICE_EXPORT_COLLECTION_CHANGE_H

#include "helper/secretservice/store/item.h"

/*
 * Makes one with that label, "" for none, and that alias, "" for none, and announces it. Returns 0 or a status of libkeychain:
 * then there is no new one.
 */
int collection_make(const char *label, const char *alias, char ret_keychain[KEYCHAIN_NAME_SIZE]);

/* Returns 0 or a status of libkeychain. Announces it. */
int collection_set_label(const char *keychain, const char *label);

/* Deletes it with all that is in it, and announces that. Returns 0 or a status of libkeychain. */
int collection_delete(const char *keychain);

/* The label that it was given, to be freed; NULL: none, or it cannot be read, as without a keybag. */
void collection_read_label(const char *keychain, char **ret_label);

#endif /* SECRETSERVICE_EXPORT_COLLECTION_CHANGE_H */
