/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child keys of a store, and the transactions that they are made in.
 */
#ifndef KEYCHAIN_KEYS_H
#define KEYCHAIN_KEYS_H

#include "helper/keychain/store/store.h"

/* A transaction; @write as in database.h. Keys made in one that is rolled back are forgotten. */
enum fault store_begin(struct store *store, bool write);
enum fault store_commit(struct store *store);
void store_rollback(struct store *store);

/*
 * Keys. Without @create, FAULT_ABSENT where none was made yet.
 */
enum fault store_descriptor(struct store *store, int *ret_fd);
enum fault store_metadata_key(struct store *store, uint32_t class_number, bool create, int *ret_child);
/*
 * The metadata key with that id, of that class. FAULT_ABSENT: there is none; what fault_is_damage() says is
 * damage: it does not open.
 */
enum fault store_earlier_key(struct store *store, uint32_t class_number, int64_t id, int *ret_child);
/* Ids of all metadata keys of a class, the newest first, at most @capacity. */
enum fault store_metadata_ids(struct store *store, uint32_t class_number, int64_t *ids, size_t capacity,
			      size_t *ret_count);
/*
 * That a lookup key is absent is remembered, and not looked up again while the file is as it was then. What a
 * transaction for reading did before it had a snapshot is shown by that: whether a key may have been there all the
 * same, so that the request has to be made again. Before the transaction ends.
 */
bool store_assumed_wrong(struct store *store);
enum fault store_lookup_key(struct store *store, enum lookup lookup, bool create, int *ret_child);

#endif
