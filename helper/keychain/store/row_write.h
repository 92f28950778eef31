/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealed rows into the database. These return an errSec status, with @outcome set unless it is
 * success.
 */
#ifndef KEYCHAIN_ROW_WRITE_H
#define KEYCHAIN_ROW_WRITE_H

#include "helper/keychain/store/row_secret.h"

/* Sets the row's number. */
int row_insert(struct store *store, struct row *row, const struct sealed_secret *sealed,
	       struct outcome *outcome);
int row_update(struct store *store, const struct row *row, const struct sealed_secret *sealed,
	       struct outcome *outcome);
int row_delete(struct store *store, const struct row *row, struct outcome *outcome);

/*
 * Gives up the row's place in what makes items unique: its column "digest" gets its UUID behind it. The row is found
 * and opens as before.
 */
int row_displace(struct store *store, const struct row *row, struct outcome *outcome);

/* Leaves the columns that a synchronizable item's deletion is known by. @when: milliseconds. */
int row_bury(struct store *store, const struct row *row, int64_t when, struct outcome *outcome);

#endif
