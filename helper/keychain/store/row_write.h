/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealed rows into the database.
 */
#ifndef KEYCHAIN_ROW_WRITE_H
#define KEYCHAIN_ROW_WRITE_H

#include "helper/keychain/store/row_secret.h"

/* Sets the row's number. */
enum fault row_insert(struct store *store, struct row *row, const struct sealed_secret *sealed);
enum fault row_update(struct store *store, const struct row *row, const struct sealed_secret *sealed);
enum fault row_delete(struct store *store, const struct row *row);

/*
 * Gives up the row's place in what makes items unique: its column "digest" gets its UUID behind it. The row is found
 * and opens as before.
 */
enum fault row_displace(struct store *store, const struct row *row);

/* Leaves the columns that a synchronizable item's deletion is known by. @when: milliseconds. */
enum fault row_bury(struct store *store, const struct row *row, int64_t when);

#endif
