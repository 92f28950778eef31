/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing and removing all rows that meet a query, in one transaction that writes.
 */
#ifndef KEYCHAIN_BULK_H
#define KEYCHAIN_BULK_H

#include "helper/keychain/items/request.h"

/* The update of a request; @any_class: it has to do for rows of every class. */
int bulk_change_decode(struct request *request, struct query *change, enum item_class item_class,
		       bool any_class);

/* errSecItemNotFound when none is met. A row that is locked: nothing is changed. */
int bulk_change(struct request *request, const struct query *query, const struct groups *groups,
		enum item_class item_class, const struct query *change, size_t *ret_count);

/* Needs no keys. Rows that are damaged go as well, uncounted. Up to options.limit rows. */
int bulk_delete(struct request *request, const struct query *query, const struct groups *groups,
		enum item_class item_class, size_t *ret_count);

#endif
