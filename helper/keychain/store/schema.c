// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const indexes[ITEM_STORED_CLASSES][4] = {
	[ITEM_GENERIC] = { "h_svce,h_acct", "h_acct" },
	[ITEM_INTERNET] = { "h_srvr,h_acct", "h_acct" },
	[ITEM_CERTIFICATE] = { "h_issr,h_slnr", "h_subj", "h_pkhh", "h_skid" },
	[ITEM_KEY] = { "h_klbl", "h_atag" },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct attribute *hashed[ITEM_STORED_CLASSES][SCHEMA_MAX_HASHED + 1];
static char columns[ITEM_STORED_CLASSES][1024];

static void prepare(void)
{
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++) {
		size_t count = 0, at;

		at = (size_t)snprintf(columns[class], sizeof(columns[class]),
				      "row,uuid,digest,format,agrp,pdmn,sync,tomb,cdat,mdat");
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
			 ",attributes,rowkey,secret");
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
		"digest BLOB NOT NULL UNIQUE,format INTEGER NOT NULL,agrp TEXT NOT NULL,"
		"pdmn TEXT NOT NULL,sync INTEGER NOT NULL,tomb INTEGER NOT NULL,cdat INTEGER NOT "
		"NULL,"
		"mdat INTEGER NOT NULL",
		name);
	for (const struct attribute *const *attribute = schema_hashed(class); *attribute;
	     attribute++)
		fprintf(sql, ",h_%s BLOB", (*attribute)->name);
	fprintf(sql,
		",attributes BLOB NOT NULL,rowkey BLOB,secret BLOB);"
		"CREATE INDEX %s_group ON %s(agrp);"
		"CREATE INDEX %s_label ON %s(h_labl) WHERE h_labl IS NOT NULL;",
		name, name, name, name);
	for (unsigned int i = 0; i < 4 && indexes[class][i]; i++)
		fprintf(sql, "CREATE INDEX %s_find%u ON %s(%s);", name, i, name, indexes[class][i]);
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
	      "data BLOB NOT NULL);",
	      sql);
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++)
		create_table(sql, class);
	if (fclose(sql)) {
		free(text);
		return NULL;
	}
	return text;
}
