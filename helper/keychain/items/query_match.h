/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether rows meet queries.
 */
#ifndef KEYCHAIN_QUERY_MATCH_H
#define KEYCHAIN_QUERY_MATCH_H

#include "helper/keychain/items/query.h"

/*
 * For the same request and one stored class: the attributes that are not valid for it make it
 * empty.
 */
bool query_valid_for(const struct query *query, enum item_class item_class);

/*
 * Whether an open row meets the query, by what was authenticated; not the keys of
 * certificate/match.h.
 */
bool query_matches(const struct query *query, const struct row *row);

#endif
