/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child keys of a store, and the transactions that they are made in.
 */
#ifndef KEYCHAIN_KEYS_H
#define KEYCHAIN_KEYS_H

#include "helper/keychain/store/store.h"

/* A transaction; @write as in database.h. Keys made in one that is rolled back are forgotten. */
int store_begin(struct store *store, bool write, struct outcome *outcome);
int store_commit(struct store *store, struct outcome *outcome);
void store_rollback(struct store *store);

/*
 * Keys. These return 0 or a negative errno, for store_key_failure(), or -EREMOTEIO with @outcome
 * set when it was the database that failed; -ENOLINK: no keybag; -EUCLEAN: a lookup key is damaged;
 * -EXDEV: the file is that of another keybag (owner.h).
 * Without @create, -ENODATA where no key was made yet.
 */
int store_descriptor(struct store *store, int *ret_fd, struct outcome *outcome);
int store_metadata_key(struct store *store, uint32_t class_number, bool create, int *ret_child,
		       struct outcome *outcome);
/*
 * The metadata key with that id, of that class. -ENODATA: there is none; what store_error_is_damage()
 * says is damage: it does not open.
 */
int store_earlier_key(struct store *store, uint32_t class_number, int64_t id, int *ret_child,
		      struct outcome *outcome);
/* Ids of all metadata keys of a class, the newest first, at most @capacity. */
int store_metadata_ids(struct store *store, uint32_t class_number, int64_t *ids, size_t capacity,
		       size_t *ret_count, struct outcome *outcome);
int store_lookup_key(struct store *store, enum lookup lookup, bool create, int *ret_child,
		     struct outcome *outcome);

#endif
