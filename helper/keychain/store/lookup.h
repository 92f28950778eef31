/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single rows, by what one row has. They come sealed, and are to be released; *ret_found false: there is none.
 * @secret: they hold their sealed secrets.
 */
#ifndef KEYCHAIN_LOOKUP_H
#define KEYCHAIN_LOOKUP_H

#include "helper/keychain/store/row.h"

/* The row, or tombstone, of that identity. */
enum fault lookup_uuid(struct store *store, enum item_class item_class, const uint8_t uuid[ROW_UUID_SIZE],
		       bool secret, struct row *ret_row, bool *ret_found);

/* The row of that number. */
enum fault lookup_number(struct store *store, enum item_class item_class, int64_t number, bool secret,
			 struct row *ret_row, bool *ret_found);

/*
 * The next row or tombstone behind @after, NULL: the first, that has @digest, or had until it was displaced. @row itself
 * does not count. One that is displaced on the way comes once more.
 */
enum fault lookup_digest(struct store *store, const struct row *row, const uint8_t digest[HASH_SIZE],
			 const struct row *after, struct row *ret_row, bool *ret_found);

/* Whether the group of @row has rows that are looked up by the key of first unlock. */
enum fault lookup_keyed(struct store *store, const struct row *row, bool *ret_exist);

/* The number of additions that wait (pending_row.h). */
enum fault lookup_count_pending(struct store *store, int64_t *ret_count);

/* The number of rows of all tables; @akpu: of the class that is lost with the passcode. */
enum fault lookup_count(struct store *store, bool akpu, int64_t *ret_count);

#endif
