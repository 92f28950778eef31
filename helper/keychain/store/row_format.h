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
 * Sets attributes, seal and flags; of bytes with padding or, from earlier versions, without. FAULT_DAMAGED or
 * FAULT_MEMORY. Bounded and total. @wanted: only attributes that are keys of this dictionary; NULL: all. What @row is to
 * have encoded, and whether it agrees with its columns, is of all that there are.
 */
enum fault row_decode(struct row *row, const uint8_t *bytes, size_t length, const struct value *wanted);

/*
 * A dictionary of attributes, without header: the same coding, for secrets of more than one
 * field.
 */
size_t fields_encode(const struct value *dictionary, uint8_t *bytes);
enum fault fields_decode(const uint8_t *bytes, size_t length, struct value **ret_dictionary);

/* Associated data of a chunk of the attributes. */
#define ROW_MAX_AAD (64 + ROW_MAX_GROUP + SCHEMA_MAX_HASHED * (4 + HASH_SIZE) + 4 + 32)
/* Bytes of it at most. */
size_t row_associated_size(const struct row *row);
size_t row_associated_data(const struct row *row, uint32_t chunk, uint32_t chunks,
			   uint8_t bytes[ROW_MAX_AAD]);

#endif
