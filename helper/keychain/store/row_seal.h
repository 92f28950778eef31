/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows sealed and opened, with child keys that the kernel holds.
 */
#ifndef KEYCHAIN_ROW_SEAL_H
#define KEYCHAIN_ROW_SEAL_H

#include "helper/keychain/store/row.h"

/*
 * Opens each row that is ROW_SEALED and sets its state. Returns 0, or a negative errno that has
 * nothing to do with the rows.
 */
int rows_open(struct store *store, struct row *rows, size_t count, struct outcome *outcome);

/*
 * Takes group, class, sync and dates from @row->attributes, computes hashes and seals under the
 * metadata key of the class, which is made if there is none; only in a transaction that writes.
 * Returns 0, -E2BIG (attributes too long), or a negative errno of a key.
 */
int row_seal(struct store *store, struct row *row, struct outcome *outcome);

#endif
