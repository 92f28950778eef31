/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one index of the own attributes of items of every class: a table of their hashes and of the rows that have them.
 * Each row has its hashes in its column "own", too, where they are authenticated; whatever the index has follows from
 * these columns: own_fill.h.
 */
#ifndef KEYCHAIN_OWN_INDEX_H
#define KEYCHAIN_OWN_INDEX_H

#include "helper/keychain/store/row.h"

/* Adds the hashes of a row that was written. */
enum fault own_index_add(struct store *store, const struct row *row);

/* Removes those of a row as it is in the file, before it is written or deleted. */
enum fault own_index_remove(struct store *store, const struct row *row);

#endif
