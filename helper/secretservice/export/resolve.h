/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The object that a path stands for: the keychain of a collection, by its name or an alias, the item; and whether it is locked.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SECRETSERVICE_RESOLVE_H
#define SECRETSERVICE_RESOLVE_H

#include <stdbool.h>

#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/store/item.h"
#include "helper/secretservice/store/lock_state.h"

/* @path: of a collection or an item. errSecItemNotFound: there is no such collection. */
int resolve_collection(const struct path *path, char ret_keychain[KEYCHAIN_NAME_SIZE]);

/* Whether a collection is locked, by the keybag or by a program. */
bool collection_is_locked(const char *keychain);

/* Whether an item of that class there is, in that state of the keybag: its class may be locked by it, or its collection by a program. */
bool class_is_locked(const char *keychain, enum keychain_accessible accessible, enum lock_state state);

/* Reads the item of a path, with its secret or without: as a locked one, where a program has locked the collection. */
int resolve_item(const struct path *path, bool secret, struct item *ret_item);

/* The same of any text that is a path; errSecInteractionNotAllowed where the item is locked. */
int resolve_open_item(const char *path, bool secret, struct item *ret_item);

enum lock_of_object {
	OBJECT_UNKNOWN = 0,	/* there is none */
	OBJECT_OPEN,
	OBJECT_LOCKED,
	OBJECT_UNAVAILABLE,	/* the keybag is open, and the keychain does not answer */
};

/* @path: any text that is a path, of a collection or an item. */
enum lock_of_object lock_of_object(const char *path);

#endif /* SECRETSERVICE_RESOLVE_H */
