/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_ITEM_UNIQUE_H
#define KEYCHAIN_ITEM_UNIQUE_H

#include "helper/keychain/items/request.h"

/*
 * Whether a sealed row may be stored, by what makes it unique, whatever the class of protection of
 * the row in its way. One that is dead there, damaged or a tombstone, is removed, one whose key does not open now is
 * displaced (row_write.h); the identity of a tombstone is set in *ret_reuse and @uuid. errSecDuplicateItem with the colliding reference among
 * the details.
 */
int item_check_unique(struct request *request, const struct row *row, bool *ret_reuse,
		      uint8_t uuid[ROW_UUID_SIZE]);

#endif
