/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Databases of earlier versions.
 *
 * 1 had no lookup hash of the application that added an item, so that nothing could be purged by
 * it. 2 did not say which keybag it belongs to, nor by which key a row is sealed, and had fewer indexes. 3 had no own
 * attributes, 4 no additions that wait.
 */
#ifndef KEYCHAIN_MIGRATE_H
#define KEYCHAIN_MIGRATE_H

#include "helper/keychain/store/store.h"

/*
 * Brings the file to SCHEMA_VERSION in one transaction: adds columns that are missing and, to a file of 1 or 2, seals
 * each row again. For that every class that has rows must be open; else FAULT_LOCKED, and nothing is changed: *ret_class
 * is the one, as with other faults of a key. Rows that are damaged stay as they are. All are sealed again where a lookup
 * key is damaged, too (store->hash_again). Does nothing where another process has done it.
 */
enum fault store_migrate(struct store *store, uint32_t *ret_class);

#endif
