// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/select_index.h"

#include <stdint.h>
#include <string.h>

#define SAMPLE		32	/* rows that an index is asked for to see which one has fewer */
#define SAMPLE_GROUPS	4

static const uint8_t *hash_of(const struct selection *what, const char *name, enum lookup lookup)
{
	for (size_t i = 0; i < what->term_count; i++) {
		if (!strcmp(what->terms[i].attribute->name, name))
			return what->terms[i].hash[lookup];
	}
	return NULL;
}

unsigned int select_column(enum item_class item_class, const struct attribute *attribute)
{
	const struct attribute *const *hashed = schema_hashed(item_class);
	unsigned int column = 0;

	while (hashed[column] && hashed[column] != attribute)
		column++;
	return column;
}

/* Rows that the index has for the first groups, up to a few. */
static enum fault sample(struct select *select, const struct attribute *by, int64_t *ret_count)
{
	const struct selection *what = select->what;
	struct database *database = &select->store->database;
	const char *table = item_class_name(what->item_class);

	*ret_count = 0;
	for (size_t i = 0; i < select_group_count(select) && i < SAMPLE_GROUPS; i++) {
		for (int lookup = 0; lookup < LOOKUP_KEYS; lookup++) {
			struct statement_name name = { .kind = STATEMENT_SAMPLE, .item_class = what->item_class,
						       .columns = select_column(what->item_class, by) };
			sqlite3_stmt *statement CLEANUP_STATEMENT = NULL;
			int result;

			if (!what->usable[lookup])
				continue;
			statement = database_named(database, &name, "SELECT count(*) FROM (SELECT 1 FROM %s INDEXED BY %s_%s "
						   "WHERE tomb=0 AND h_%s=? AND agrp=? LIMIT %d)", table, table, by->name,
						   by->name, SAMPLE);
			if (!statement)
				return database->fault;
			sqlite3_bind_blob(statement, 1, hash_of(what, by->name, lookup), HASH_SIZE, SQLITE_STATIC);
			sqlite3_bind_text(statement, 2, select_group(select, i), -1, SQLITE_STATIC);
			result = sqlite3_step(statement);
			if (result != SQLITE_ROW)
				return database_fault(database, result);
			*ret_count += sqlite3_column_int64(statement, 0);
		}
	}
	return FAULT_NONE;
}

/* The same of an own attribute. */
static enum fault sample_own(struct select *select, size_t term, int64_t *ret_count)
{
	const struct selection *what = select->what;
	struct statement_name name = { .kind = STATEMENT_OWN_SAMPLE };
	struct database *database = &select->store->database;

	*ret_count = 0;
	for (size_t i = 0; i < select_group_count(select) && i < SAMPLE_GROUPS; i++) {
		for (int lookup = 0; lookup < LOOKUP_KEYS; lookup++) {
			sqlite3_stmt *statement CLEANUP_STATEMENT = NULL;
			int result;

			if (!what->usable[lookup])
				continue;
			statement = database_named(database, &name, "SELECT count(*) FROM (SELECT 1 FROM own_index WHERE hash=? "
						   "AND class=? AND agrp=? LIMIT %d)", SAMPLE);
			if (!statement)
				return database->fault;
			sqlite3_bind_blob(statement, 1, what->own[term][lookup], HASH_SIZE, SQLITE_STATIC);
			sqlite3_bind_int(statement, 2, (int)what->item_class);
			sqlite3_bind_text(statement, 3, select_group(select, i), -1, SQLITE_STATIC);
			result = sqlite3_step(statement);
			if (result != SQLITE_ROW)
				return database_fault(database, result);
			*ret_count += sqlite3_column_int64(statement, 0);
		}
	}
	return FAULT_NONE;
}

/* The own attribute that fewest rows have, if these are fewer than @fewest. */
static enum fault choose_own(struct select *select, int64_t fewest)
{
	const struct selection *what = select->what;
	enum fault fault = FAULT_NONE;
	int64_t count = 0;

	for (size_t i = 0; !fault && i < what->own_count; i++) {
		if (what->own_count + what->term_count > 1)
			fault = sample_own(select, i, &count);
		if (fault || count >= fewest)
			continue;
		fewest = count;
		select->own = true;
		select->own_term = i;
		select->by = NULL;
	}
	return fault;
}

/* The pair that tells most items apart, else the hash that fewest rows have, else a plain column. */
static enum fault choose(struct select *select)
{
	const struct selection *what = select->what;
	const char *const *pair = schema_pair(what->item_class);
	int64_t fewest = INT64_MAX, count = 0;
	enum fault fault;

	select->pair = hash_of(what, pair[0], 0) && hash_of(what, pair[1], 0);
	if (select->pair)
		return FAULT_NONE;
	if (!what->term_count && !what->own_count)
		select->plain = what->by_modified ? "mdat" : what->by_created ? "cdat" : what->protection ? "pdmn" : NULL;
	if (what->term_count == 1)
		select->by = what->terms[0].attribute;
	for (size_t i = 0; what->term_count + what->own_count > 1 && i < what->term_count; i++) {
		fault = sample(select, what->terms[i].attribute, &count);
		if (fault)
			return fault;
		if (count < fewest) {
			fewest = count;
			select->by = what->terms[i].attribute;
		}
	}
	return choose_own(select, fewest);
}

/* After the index has been chosen. */
static void put_in_order(struct select *select)
{
	const struct selection *what = select->what;
	const char *const *pair = schema_pair(what->item_class);

	for (unsigned int i = 0; i < what->term_count; i++) {
		const struct attribute *attribute = what->terms[i].attribute;
		unsigned int column = select_column(what->item_class, attribute), at = i;

		for (; at && select->order[at - 1].column > column; at--)
			select->order[at] = select->order[at - 1];
		select->order[at].term = i;
		select->order[at].column = column;
		select->order[at].indexed = select->pair ? !strcmp(attribute->name, pair[0]) ||
							   !strcmp(attribute->name, pair[1]) : attribute == select->by;
		select->columns |= 1ULL << column;
	}
}

enum fault select_choose_index(struct select *select)
{
	enum fault fault = choose(select);

	if (!fault)
		put_in_order(select);
	return fault;
}
