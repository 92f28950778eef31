/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Additions that wait for the next unlock (store/pending_row.h): made by requests that say seal_while_locked while their
 * class is locked, carried out as if they were made anew when it is open.
 */
#ifndef KEYCHAIN_PENDING_H
#define KEYCHAIN_PENDING_H

#include "helper/keychain/items/find.h"

/*
 * After item_insert() has answered errSecInteractionNotAllowed: has the item wait. The group is that of @attributes, and
 * stays it. @replaces: it is to change the item that it collides with. *ret_row: what the item will be, to be released.
 */
int pending_add(struct request *request, const struct query *query, struct value *attributes,
		const struct value *secret, bool replaces, struct row *ret_row);

/* @status of adding an identity, with a text of its own where the request would have it wait, which two items cannot do as one. */
int pending_refuse_identity(struct request *request, int status);

/* Removes those that a deletion is about: by persistent reference, or of all in the class. Adds to *count, up to @limit (0: none). */
int pending_remove(struct find *find, int64_t limit, size_t *count);

#endif
