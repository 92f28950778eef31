/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which index a selection goes by.
 */
#ifndef KEYCHAIN_SELECT_INDEX_H
#define KEYCHAIN_SELECT_INDEX_H

#include "helper/keychain/store/select_state.h"

/*
 * Chooses it, and puts the terms in order: the pair that tells most items apart, else the hash or own attribute that
 * fewest rows have, else a plain column.
 */
enum fault select_choose_index(struct select *select);

/* The place of a column among those of hashes. */
unsigned int select_column(enum item_class item_class, const struct attribute *attribute);

#endif
