/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making and changing rows, in a transaction that writes.
 */
#ifndef KEYCHAIN_ITEM_H
#define KEYCHAIN_ITEM_H

#include "helper/keychain/items/request.h"
#include "helper/keychain/store/row_secret.h"

/*
 * Makes what the new row is to have, before anything is sealed: attributes with dates, and an identity. *ret_row is to be released in any case.
 */
int item_prepare(struct request *request, enum item_class item_class, struct value *attributes,
		 const struct value *secret, struct row *ret_row);

/*
 * A new row of the attributes, which are all that the item has but dates; *ret_row is what was
 * stored, to be released. errSecDuplicateItem with the colliding reference among the details.
 */
int item_insert(struct request *request, enum item_class item_class, struct value *attributes,
		const struct value *secret, struct row *ret_row);

/*
 * Applies @change to an open row and stores it. Its class and group may change as well. What a certificate's or key's
 * attributes say of its value follows a new one, or goes; what @change says, and what was set otherwise than the value
 * before implied it, stays.
 */
int item_change(struct request *request, struct row *row, const struct query *change);

/*
 * The open row of a persistent reference, to be released; errSecInteractionNotAllowed where it is
 * locked.
 */
int item_by_reference(struct request *request, const struct value *reference, struct row *ret_row);

/* Removes a row, or leaves a tombstone of a synchronizable one. */
int item_remove(struct request *request, const struct row *row);

/* Removes what is left of a damaged row. */
int item_erase(struct request *request, const struct row *row);

/*
 * Reads and opens a row's secret: data, a dictionary of fields ("data" is the value) or NULL.
 * errSecDecode: damaged, as if absent.
 */
int item_secret(struct request *request, const struct row *row, struct value **ret_secret);

/* Attributes a new item has, from a decoded query for add; defaults and derived ones included. */
int item_attributes(struct request *request, const struct query *query, const char *group,
		    struct value **ret_attributes);

/*
 * The secret of a query: a dictionary where it has fields beside the value. *ret_owned: to be
 * freed, or NULL.
 */
int item_query_secret(const struct query *query, const struct value **ret_secret,
		      struct value **ret_owned);

/* errSecParam where a synchronizable item is to stay on this device. */
int item_check(struct request *request, const struct value *attributes);

#endif
