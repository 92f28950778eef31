/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: one a class of item, and the keys. docs/keychain-format.md has them in full.
 */
#ifndef KEYCHAIN_SCHEMA_H
#define KEYCHAIN_SCHEMA_H

#include "helper/keychain/store/attribute.h"

/*
 * Columns that precede those of lookup hashes: row uuid digest format agrp pdmn sync tomb cdat
 * mdat.
 */
#define SCHEMA_PLAIN_COLUMNS 10

/* Statements that make every table, to be freed; NULL without memory. */
char *schema_create(void);

/* All columns, "row,uuid,...,h_acct,...,attributes,rowkey,secret". */
const char *schema_columns(enum item_class item_class);

/* Attributes of a class with a column of lookup hashes, in order; ends with NULL. */
const struct attribute *const *schema_hashed(enum item_class item_class);
#define SCHEMA_MAX_HASHED 40

#endif
