// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Callers ask for most items by these. */
static const char *const pairs[ITEM_STORED_CLASSES][2] = {
	[ITEM_GENERIC] = { "svce", "acct" },
	[ITEM_INTERNET] = { "srvr", "acct" },
	[ITEM_CERTIFICATE] = { "issr", "slnr" },
	[ITEM_KEY] = { "klbl", "kcls" },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct attribute *hashed[ITEM_STORED_CLASSES][SCHEMA_MAX_HASHED + 1];
static char columns[ITEM_STORED_CLASSES][1024];

static void prepare(void)
{
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++) {
		size_t count = 0, at;

		at = (size_t)snprintf(columns[class], sizeof(columns[class]),
				      "row,uuid,digest,format,mkey,agrp,pdmn,sync,tomb,cdat,mdat");
		for (size_t i = 0; i < attribute_count(); i++) {
			const struct attribute *attribute = attribute_at(i);

			if (!attribute->hashed || !attribute_valid(attribute, class))
				continue;
			if (count == SCHEMA_MAX_HASHED)
				abort();
			hashed[class][count++] = attribute;
			at += (size_t)snprintf(columns[class] + at, sizeof(columns[class]) - at,
					       ",h_%s", attribute->name);
		}
		snprintf(columns[class] + at, sizeof(columns[class]) - at,
			 ",attributes,rowkey,secret,own");
	}
}

const char *schema_columns(enum item_class item_class)
{
	pthread_once(&once, prepare);
	return columns[item_class];
}

const struct attribute *const *schema_hashed(enum item_class item_class)
{
	pthread_once(&once, prepare);
	return hashed[item_class];
}

static void create_table(FILE *sql, enum item_class class)
{
	const char *name = item_class_name(class);

	fprintf(sql,
		"CREATE TABLE %s(row INTEGER PRIMARY KEY AUTOINCREMENT,uuid BLOB NOT NULL UNIQUE,"
		"digest BLOB NOT NULL UNIQUE,format INTEGER NOT NULL,mkey INTEGER NOT NULL,agrp TEXT NOT NULL,"
		"pdmn TEXT NOT NULL,sync INTEGER NOT NULL,tomb INTEGER NOT NULL,cdat INTEGER NOT "
		"NULL,"
		"mdat INTEGER NOT NULL",
		name);
	for (const struct attribute *const *attribute = schema_hashed(class); *attribute;
	     attribute++)
		fprintf(sql, ",h_%s BLOB", (*attribute)->name);
	/* The last one is as SQLite writes it where it is added to a table. */
	fputs(",attributes BLOB NOT NULL,rowkey BLOB,secret BLOB, own BLOB);", sql);
}

/*
 * Each ends in the row's number, as all do: what has one hash or date in one group is in order. Those of
 * hashes have no rows without one.
 */
static void create_indexes(FILE *sql, enum item_class class)
{
	static const char *const plain[] = { "pdmn", "cdat", "mdat" };
	const char *name = item_class_name(class);

	for (const struct attribute *const *attribute = schema_hashed(class); *attribute; attribute++)
		fprintf(sql, "CREATE INDEX %s_%s ON %s(h_%s,agrp,sync) WHERE h_%s IS NOT NULL AND tomb=0;", name,
			(*attribute)->name, name, (*attribute)->name, (*attribute)->name);
	fprintf(sql, "CREATE INDEX %s_pair ON %s(h_%s,h_%s,agrp,sync) WHERE h_%s IS NOT NULL AND h_%s IS NOT NULL AND "
		"tomb=0;CREATE INDEX %s_group ON %s(agrp,sync) WHERE tomb=0;", name, name, pairs[class][0],
		pairs[class][1], pairs[class][0], pairs[class][1], name, name);
	for (unsigned int i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		fprintf(sql, "CREATE INDEX %s_%s ON %s(agrp,sync,%s) WHERE tomb=0;", name, plain[i], name, plain[i]);
}

const char *const *schema_pair(enum item_class item_class)
{
	return pairs[item_class];
}

static char *finish(FILE *sql, char **text)
{
	if (!fclose(sql))
		return *text;
	free(*text);
	return NULL;
}

char *schema_table(enum item_class item_class)
{
	char *text = NULL;
	size_t length;
	FILE *sql = open_memstream(&text, &length);

	if (!sql)
		return NULL;
	create_table(sql, item_class);
	return finish(sql, &text);
}

char *schema_indexes(void)
{
	char *text = NULL;
	size_t length;
	FILE *sql = open_memstream(&text, &length);

	if (!sql)
		return NULL;
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++)
		create_indexes(sql, class);
	return finish(sql, &text);
}

char *schema_create(void)
{
	char *text = NULL;
	size_t length;
	FILE *sql = open_memstream(&text, &length);

	if (!sql)
		return NULL;
	fputs("CREATE TABLE metadatakeys(id INTEGER PRIMARY KEY AUTOINCREMENT,keyclass INTEGER NOT "
	      "NULL,"
	      "data BLOB NOT NULL);"
	      "CREATE TABLE lookupkeys(id INTEGER PRIMARY KEY AUTOINCREMENT,keyclass INTEGER NOT "
	      "NULL,"
	      "data BLOB NOT NULL);" SCHEMA_ABOUT SCHEMA_OWN_INDEX SCHEMA_PENDING,
	      sql);
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++) {
		create_table(sql, class);
		create_indexes(sql, class);
	}
	return finish(sql, &text);
}
