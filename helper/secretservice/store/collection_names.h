/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which collections there are: the keychains of the user, by their names, and the names that stand for them.
 *
 * Statuses are those of libkeychain. Names are of at most KEYCHAIN_NAME_SIZE bytes, the NUL included.
 */
#ifndef SECRETSERVICE_COLLECTION_NAMES_H
#define SECRETSERVICE_COLLECTION_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/keychain/include/keychain.h"

#define FIRST_COLLECTION	"login"	/* always there, as LOGIN_TIME_KEYCHAIN is, be it made or not */
#define COLLECTIONS_MAX		40	/* more than a user may have */

struct collection_names {
	bool session_is_made;		/* otherwise nothing is in it */
	size_t count;
	char names[COLLECTIONS_MAX][KEYCHAIN_NAME_SIZE];
};

int collection_names_list(struct collection_names *ret_names);

/* errSecItemNotFound where there is none of that name. */
int collection_names_find(const char *name);

/* Makes a keychain whose name is like @label and is not taken yet. @ret_name is "" where that was not even tried. */
int collection_names_create(const char *label, char ret_name[KEYCHAIN_NAME_SIZE]);

/* Removes it with all that is in it, and the aliases that stand for it. */
int collection_names_remove(const char *name);

/*
 * The collection that an alias stands for: "default" for the default keychain, "session" for LOGIN_TIME_KEYCHAIN, others for what they
 * were set to, or else for the collection of that very name. errSecItemNotFound: for none.
 */
int collection_names_of_alias(const char *alias, char ret_name[KEYCHAIN_NAME_SIZE]);

/* Whether that alias may stand for that collection, NULL: for none. "session" stays where it is, and "default" outlives a login. */
bool collection_names_may_set_alias(const char *alias, const char *name);

/* @alias: of less than KEYCHAIN_NAME_SIZE bytes; @name NULL: for none. Both allowed by collection_names_may_set_alias(). */
int collection_names_set_alias(const char *alias, const char *name);

#endif /* SECRETSERVICE_COLLECTION_NAMES_H */
