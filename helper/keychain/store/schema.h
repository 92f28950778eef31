/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: one a class of item, and the keys. docs/keychain-format.md has them in full.
 */
#ifndef KEYCHAIN_SCHEMA_H
#define KEYCHAIN_SCHEMA_H

#include "helper/keychain/store/attribute.h"

/* In the header of the file. */
#define SCHEMA_VERSION		3		/* of this program, see docs/keychain-format.md */
#define SCHEMA_APPLICATION	0x4b594348	/* "KYCH" */

/*
 * Columns that precede those of lookup hashes: row uuid digest format mkey agrp pdmn sync tomb
 * cdat mdat.
 */
#define SCHEMA_PLAIN_COLUMNS 11

/* What the database says of itself: owner.c. */
#define SCHEMA_ABOUT	"CREATE TABLE about(name TEXT PRIMARY KEY NOT NULL,value BLOB NOT NULL) WITHOUT ROWID;" \
			"INSERT INTO about VALUES('version','" SCHEMA_VERSION_TEXT "');"
#define SCHEMA_VERSION_TEXT	"3"	/* beside the one in the header */

/* Before the first table is made: pages that are free can be given back. */
#define SCHEMA_VACUUM	"PRAGMA auto_vacuum=INCREMENTAL;"

/* A SELECT of how many items there are. */
#define SCHEMA_COUNT	"SELECT (SELECT count(*) FROM genp WHERE tomb=0)+(SELECT count(*) FROM inet WHERE tomb=0)+" \
			"(SELECT count(*) FROM cert WHERE tomb=0)+(SELECT count(*) FROM keys WHERE tomb=0)"
/* The same of those that are lost with the passcode. */
#define SCHEMA_COUNT_AKPU \
	"SELECT (SELECT count(*) FROM genp WHERE tomb=0 AND pdmn='akpu')+" \
	"(SELECT count(*) FROM inet WHERE tomb=0 AND pdmn='akpu')+" \
	"(SELECT count(*) FROM cert WHERE tomb=0 AND pdmn='akpu')+" \
	"(SELECT count(*) FROM keys WHERE tomb=0 AND pdmn='akpu')"

/* Statements that make every table, to be freed; NULL without memory. */
char *schema_create(void);
/* The same of the table of one class, without its indexes. */
char *schema_table(enum item_class item_class);
/* The same of all indexes alone. */
char *schema_indexes(void);

/* Names of two hashed attributes that items are asked for by together: they have the index NAME_pair. */
const char *const *schema_pair(enum item_class item_class);

/* All columns, "row,uuid,...,h_acct,...,attributes,rowkey,secret". */
const char *schema_columns(enum item_class item_class);

/* Attributes of a class with a column of lookup hashes, in order; ends with NULL. */
const struct attribute *const *schema_hashed(enum item_class item_class);
#define SCHEMA_MAX_HASHED 40

#endif
