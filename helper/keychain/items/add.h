/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Additions, in a transaction that writes, of queries that were decoded for add.
 */
#ifndef KEYCHAIN_ADD_H
#define KEYCHAIN_ADD_H

#include "helper/keychain/items/request.h"

/* Adds the item. *ret_result: what the query asks to be returned, or as it was. Returns a status. */
int add_query(struct request *request, const struct query *query, struct value **ret_result);

/* The same, or changes the item that it collides with. *ret_added: which; where it waits, that it was added. */
int add_or_change_query(struct request *request, const struct query *query, struct value **ret_result, bool *ret_added);

#endif
