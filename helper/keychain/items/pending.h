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

/* What pending_settle() has made of additions. */
struct pending_outcome {
	size_t added;
	size_t colliding, refused, damaged;	/* which wait no more, and are kept */
};

/*
 * Carries out all that wait, in one transaction, in their order; each is gone from there once it is an item. Nothing is
 * done while they cannot be opened, and where the file cannot be written: they wait on. @request is one of its own,
 * without a caller; its changes are those made. Returns whether there was anything to do.
 */
bool pending_settle(struct request *request, struct pending_outcome *ret_outcome);

/* Removes those that a deletion is about: by persistent reference, or of all in the class. Adds to *count, up to @limit (0: none). */
int pending_remove(struct find *find, int64_t limit, size_t *count);

#endif
