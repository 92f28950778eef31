/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows sealed and opened, with child keys that the kernel holds.
 */
#ifndef KEYCHAIN_ROW_SEAL_H
#define KEYCHAIN_ROW_SEAL_H

#include "helper/keychain/store/row.h"

/*
 * Opens each row that is ROW_SEALED and sets its state. A fault has nothing to do with the rows.
 * @wanted: as of row_decode(). A row that is not open with all of its attributes cannot be sealed again.
 */
enum fault rows_open(struct store *store, struct row *rows, size_t count, const struct value *wanted);

/*
 * Takes group, class, sync and dates from @row->attributes, computes hashes and seals under the
 * metadata key of the class, which is made if there is none; only in a transaction that writes.
 */
enum fault row_seal(struct store *store, struct row *row);

#endif
