/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of a row: docs/keychain-format.md.
 */
#ifndef KEYCHAIN_ROW_FORMAT_H
#define KEYCHAIN_ROW_FORMAT_H

#include "helper/keychain/store/row.h"

/* Attributes with their header, padded. Returns the length; @bytes NULL: only that. */
size_t row_encode(const struct row *row, uint8_t *bytes);

/*
 * Sets attributes, seal and flags; of bytes with padding or, from earlier versions, without. Returns 0, -EBADMSG or
 * -ENOMEM. Bounded and total.
 */
int row_decode(struct row *row, const uint8_t *bytes, size_t length);

/*
 * A dictionary of attributes, without header: the same coding, for secrets of more than one
 * field.
 */
size_t fields_encode(const struct value *dictionary, uint8_t *bytes);
int fields_decode(const uint8_t *bytes, size_t length, struct value **ret_dictionary);

/* Associated data of a chunk of the attributes. */
#define ROW_MAX_AAD (64 + ROW_MAX_GROUP + SCHEMA_MAX_HASHED * (4 + HASH_SIZE))
size_t row_associated_data(const struct row *row, uint32_t chunk, uint32_t chunks,
			   uint8_t bytes[ROW_MAX_AAD]);

#endif
