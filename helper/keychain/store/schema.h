/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: one a class of item, and the keys. docs/keychain-format.md has them in full.
 */
#ifndef KEYCHAIN_SCHEMA_H
#define KEYCHAIN_SCHEMA_H

#include "helper/keychain/store/attribute.h"

#define HASH_SIZE	16	/* of a lookup hash: hash.h */

/* In the header of the file. */
#define SCHEMA_VERSION		5		/* of this program, see docs/keychain-format.md */
#define SCHEMA_WITH_ABOUT	3		/* the first one with the table "about", */
#define SCHEMA_WITH_OWN		4		/* with own attributes, */
#define SCHEMA_WITH_PENDING	5		/* and with the table "pending" */
#define SCHEMA_APPLICATION	0x4b594348	/* "KYCH" */

/*
 * Columns that precede those of lookup hashes: row uuid digest format mkey agrp pdmn sync tomb
 * cdat mdat.
 */
#define SCHEMA_PLAIN_COLUMNS 11

/* The database's record of itself: owner.c. */
#define SCHEMA_ABOUT	"CREATE TABLE about(name TEXT PRIMARY KEY NOT NULL,value BLOB NOT NULL) WITHOUT ROWID;" \
			"INSERT INTO about VALUES('version','" SCHEMA_VERSION_TEXT "');" SCHEMA_MARK

/* Another one in each file, and in each that was put together of a damaged one: row numbers of one mean nothing in another. */
#define SCHEMA_MARK	"INSERT OR REPLACE INTO about VALUES('file',randomblob(8));"
#define SCHEMA_MARK_SIZE	8

#define SCHEMA_VERSION_TEXT	"5"	/* beside the one in the header */

/* The index of own attributes, which is all of it: own_index.h. */
#define SCHEMA_OWN_INDEX "CREATE TABLE own_index(hash BLOB NOT NULL,class INTEGER NOT NULL,agrp TEXT NOT NULL," \
			 "sync INTEGER NOT NULL,row INTEGER NOT NULL,PRIMARY KEY(hash,class,agrp,sync,row)) WITHOUT ROWID;"

#define SCHEMA_OWN_INSERT "INSERT OR IGNORE INTO own_index(hash,class,agrp,sync,row) VALUES(?,?,?,?,?)"

/*
 * Additions that wait for the next unlock: pending_row.h. No other table has so many columns: salvage.h knows its rows by
 * that.
 */
#define SCHEMA_PENDING "CREATE TABLE pending(row INTEGER PRIMARY KEY,uuid BLOB NOT NULL UNIQUE,format INTEGER NOT NULL," \
		       "agrp TEXT NOT NULL,class TEXT NOT NULL,pdmn TEXT NOT NULL,sync INTEGER NOT NULL,cdat INTEGER NOT NULL," \
		       "state INTEGER NOT NULL,key BLOB NOT NULL,sealed BLOB NOT NULL);"
#define SCHEMA_PENDING_COLUMNS "row,uuid,format,agrp,class,pdmn,sync,cdat,state,key,sealed"
#define SCHEMA_COUNT_PENDING "SELECT count(*) FROM pending"

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

/* All columns, "row,uuid,...,h_acct,...,attributes,rowkey,secret,own". */
const char *schema_columns(enum item_class item_class);

/* Attributes of a class with a column of lookup hashes, in order; ends with NULL. */
const struct attribute *const *schema_hashed(enum item_class item_class);
#define SCHEMA_MAX_HASHED 40

#endif
