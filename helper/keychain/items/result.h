/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results made of rows.
 */
#ifndef KEYCHAIN_RESULT_H
#define KEYCHAIN_RESULT_H

#include "helper/keychain/items/request.h"

/*
 * By the return keys of the query: NULL for none, data (the value or the reference, whichever alone is
 * asked for), or a dictionary. @secret is taken;
 * @reference_class is the class persistent references name. Returns a status.
 */
int result_of_row(const struct query *query, const struct row *row, enum item_class reference_class,
		  struct value *secret, struct value **ret_result, struct outcome *outcome);

/* Whether the reference alone is asked for: it is the result then, and no dictionary around it. */
bool result_is_reference(const struct query *query);

/* Attributes of an open row that clients see, added to a dictionary that has none of them. */
int result_attributes(const struct row *row, struct value *dictionary);

/* Bytes it will take in an answer, about. */
size_t result_size(const struct value *result);

#endif
