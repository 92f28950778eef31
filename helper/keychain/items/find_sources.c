// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/find_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQL_SIZE	8192
#define IDS_OF_ALL	512	/* numbers read ahead by all searches together, or one each */
#define IDS_OF_ONE	64
#define SAMPLE		32	/* rows that an index is asked for to see which one has fewer */
#define SAMPLE_GROUPS	4

/* One search. */
struct source {
	const char *group;
	enum lookup lookup;
	bool sync;
	bool ended;		/* has no numbers but those that are here */
	int64_t last;		/* the highest number that was read */
	unsigned int at, count;	/* in its part of the ids */
};

struct find_sources {
	const struct attribute *by;	/* the index: of a lookup hash */
	bool pair;			/* that of schema_pair() */
	const char *plain;		/* a plain column, or NULL: of the groups alone */
	char **groups;			/* all there are, where the caller may see them; NULL: the caller's */
	size_t group_count;
	struct source *sources;
	size_t count;
	int64_t *ids;
	unsigned int ids_of_one;
};

void find_sources_free(struct find_sources *sources)
{
	if (!sources)
		return;
	for (size_t i = 0; i < sources->group_count; i++)
		free(sources->groups[i]);
	free(sources->groups);
	free(sources->sources);
	free(sources->ids);
	free(sources);
}

static const char *group_at(const struct find *find, size_t index)
{
	return find->sources->groups ? find->sources->groups[index] : find->groups->names[index];
}

static size_t group_count(const struct find *find)
{
	return find->sources->groups ? find->sources->group_count : find->groups->count;
}

static const uint8_t *hash_of(const struct find *find, const char *name, enum lookup lookup)
{
	for (size_t i = 0; i < find->term_count; i++) {
		if (!strcmp(find->terms[i].attribute->name, name))
			return find->terms[i].hash[lookup];
	}
	return NULL;
}

static const struct value *date_of(const struct find *find, const char *name)
{
	return value_get(find->query->attributes, name);
}

static bool keyed_terms(const struct find *find)
{
	for (size_t i = 0; i < find->term_count; i++) {
		if (!find->terms[i].attribute->join)
			return true;
	}
	return false;
}

/*
 * A statement: its text, or its parameters where @sql is NULL. The index is named in it: the planner knows
 * nothing of how many rows have a hash.
 */
struct text {
	char *sql;
	size_t at;
	sqlite3_stmt *statement;
	int parameter;
};

static void add_text(struct text *text, const char *part)
{
	size_t length = strlen(part), room = text->at < SQL_SIZE ? SQL_SIZE - text->at : 0;

	if (!text->sql)
		return;
	/* One that is too long only counts. */
	if (length < room)
		memcpy(text->sql + text->at, part, length + 1);
	text->at += length;
}

static void add_hash(struct text *text, const char *name, const uint8_t *hash)
{
	add_text(text, " AND h_");
	add_text(text, name);
	add_text(text, "=?");
	if (text->statement)
		sqlite3_bind_blob(text->statement, text->parameter++, hash, HASH_SIZE, SQLITE_STATIC);
}

static void add_date(struct text *text, const struct find *find, const char *name)
{
	if (!date_of(find, name))
		return;
	add_text(text, " AND ");
	add_text(text, name);
	add_text(text, "=?");
	if (text->statement)
		sqlite3_bind_int64(text->statement, text->parameter++, value_as_date(date_of(find, name)));
}

static void add_from(struct text *text, const struct find *find, const char *what)
{
	const struct find_sources *sources = find->sources;
	const char *table = item_class_name(find->item_class);

	add_text(text, "SELECT ");
	add_text(text, what);
	add_text(text, " FROM ");
	add_text(text, table);
	add_text(text, " INDEXED BY ");
	add_text(text, table);
	add_text(text, "_");
	add_text(text, sources->pair ? "pair" : sources->by ? sources->by->name : sources->plain ? sources->plain :
		       "group");
	add_text(text, " WHERE tomb=0");
}

static void add_conditions(struct text *text, const struct find *find, const struct source *source)
{
	for (size_t i = 0; i < find->term_count; i++)
		add_hash(text, find->terms[i].attribute->name, find->terms[i].hash[source->lookup]);
	add_text(text, " AND agrp=? AND sync=?");
	if (text->statement) {
		sqlite3_bind_text(text->statement, text->parameter++, source->group, -1, SQLITE_STATIC);
		sqlite3_bind_int(text->statement, text->parameter++, source->sync);
	}
	if (find->query->has_protection) {
		add_text(text, " AND pdmn=?");
		if (text->statement)
			sqlite3_bind_text(text->statement, text->parameter++, find->query->protection, -1,
					  SQLITE_STATIC);
	}
	if (keyed_terms(find))
		add_text(text, source->lookup == LOOKUP_ALWAYS ? " AND +pdmn IN('dk','dku')" :
			 " AND +pdmn NOT IN('dk','dku')");
	add_date(text, find, "cdat");
	add_date(text, find, "mdat");
}

static sqlite3_stmt *prepare(const struct find *find, const struct source *source, const char *what,
			     const char *end, int64_t after, int64_t limit, struct outcome *outcome)
{
	char sql[SQL_SIZE];
	struct text text = { .sql = sql, .parameter = 1 };
	sqlite3_stmt *statement;

	add_from(&text, find, what);
	add_conditions(&text, find, source);
	add_text(&text, " AND row>?");
	add_text(&text, end);
	if (text.at >= SQL_SIZE) {
		outcome_fail(outcome, errSecParam, "too many conditions in one query");
		return NULL;
	}
	statement = database_prepare(&find->store->database, sql, outcome);
	if (!statement)
		return NULL;
	text = (struct text){ .statement = statement, .parameter = 1 };
	add_conditions(&text, find, source);
	sqlite3_bind_int64(statement, text.parameter++, after);
	sqlite3_bind_int64(statement, text.parameter, limit);
	return statement;
}

static int64_t *ids_of(const struct find_sources *sources, const struct source *source)
{
	return sources->ids + (size_t)(source - sources->sources) * sources->ids_of_one;
}

static int fill(const struct find *find, struct source *source, unsigned int most, struct outcome *outcome)
{
	struct find_sources *sources = find->sources;
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int64_t *ids = ids_of(sources, source);
	int result;

	if (most > sources->ids_of_one)
		most = sources->ids_of_one;
	source->at = source->count = 0;
	select = prepare(find, source, "row", " ORDER BY row LIMIT ?", source->last, most, outcome);
	if (!select)
		return outcome->status;
	while ((result = sqlite3_step(select)) == SQLITE_ROW && source->count < most)
		ids[source->count++] = sqlite3_column_int64(select, 0);
	if (result != SQLITE_DONE && result != SQLITE_ROW)
		return database_status(&find->store->database, result, outcome);
	source->ended = source->count < most;
	if (source->count)
		source->last = ids[source->count - 1];
	return 0;
}

/* Rows that the index has for the first groups, up to a few. */
static int sample(const struct find *find, const struct attribute *by, int64_t *ret_count, struct outcome *outcome)
{
	struct find_sources *sources = find->sources;

	sources->by = by;
	*ret_count = 0;
	for (size_t i = 0; i < group_count(find) && i < SAMPLE_GROUPS; i++) {
		for (int lookup = 0; lookup < LOOKUP_KEYS; lookup++) {
			sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
			char sql[256];
			int result;

			if (!find->usable[lookup])
				continue;
			snprintf(sql, sizeof(sql), "SELECT count(*) FROM (SELECT 1 FROM %s INDEXED BY %s_%s WHERE "
				 "tomb=0 AND h_%s=? AND agrp=? LIMIT %d)", item_class_name(find->item_class),
				 item_class_name(find->item_class), by->name, by->name, SAMPLE);
			select = database_prepare(&find->store->database, sql, outcome);
			if (!select)
				return outcome->status;
			sqlite3_bind_blob(select, 1, hash_of(find, by->name, lookup), HASH_SIZE, SQLITE_STATIC);
			sqlite3_bind_text(select, 2, group_at(find, i), -1, SQLITE_STATIC);
			result = sqlite3_step(select);
			if (result != SQLITE_ROW)
				return database_status(&find->store->database, result, outcome);
			*ret_count += sqlite3_column_int64(select, 0);
		}
	}
	return 0;
}

/* The pair that tells most items apart, else the hash that fewest rows have, else a plain column. */
static int choose_index(struct find *find, struct outcome *outcome)
{
	struct find_sources *sources = find->sources;
	const char *const *pair = schema_pair(find->item_class);
	const struct attribute *best = NULL;
	int64_t fewest = INT64_MAX, count = 0;
	int status;

	sources->pair = hash_of(find, pair[0], 0) && hash_of(find, pair[1], 0);
	if (sources->pair)
		return 0;
	for (size_t i = 0; find->term_count > 1 && i < find->term_count; i++) {
		status = sample(find, find->terms[i].attribute, &count, outcome);
		if (status)
			return status;
		if (count < fewest) {
			fewest = count;
			best = find->terms[i].attribute;
		}
	}
	sources->by = find->term_count == 1 ? find->terms[0].attribute : best;
	if (!find->term_count)
		sources->plain = date_of(find, "mdat") ? "mdat" : date_of(find, "cdat") ? "cdat" :
				 find->query->has_protection ? "pdmn" : NULL;
	return 0;
}

/* Every group that has an item, by a step of the index each. */
static int list_groups(struct find *find, struct outcome *outcome)
{
	struct find_sources *sources = find->sources;
	char *last = NULL, sql[128];
	int result;

	snprintf(sql, sizeof(sql), "SELECT agrp FROM %s INDEXED BY %s_group WHERE tomb=0 AND agrp>? AND "
		 "agrp<x'' ORDER BY agrp LIMIT 1", item_class_name(find->item_class), item_class_name(find->item_class));
	for (;;) {
		sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&find->store->database, sql, outcome);
		char **more, *name;

		if (!select)
			return outcome->status;
		sqlite3_bind_text(select, 1, last ? last : "", -1, SQLITE_STATIC);
		result = sqlite3_step(select);
		if (result == SQLITE_DONE)
			return 0;
		if (result != SQLITE_ROW)
			return database_status(&find->store->database, result, outcome);
		name = strdup((const char *)sqlite3_column_text(select, 0));
		more = realloc(sources->groups, (sources->group_count + 1) * sizeof(*more));
		if (more)
			sources->groups = more;
		if (!name || !more) {
			free(name);
			return outcome_no_memory(outcome);
		}
		last = sources->groups[sources->group_count++] = name;
	}
}

static int add_sources(struct find *find, int64_t after, size_t capacity, struct outcome *outcome)
{
	struct find_sources *sources = find->sources;
	bool keyed = keyed_terms(find);
	size_t most = group_count(find) * LOOKUP_KEYS * 2;
	int status = 0;

	sources->ids_of_one = most ? (unsigned int)(IDS_OF_ALL / most) : 1;
	if (sources->ids_of_one > IDS_OF_ONE)
		sources->ids_of_one = IDS_OF_ONE;
	if (!sources->ids_of_one)
		sources->ids_of_one = 1;
	sources->sources = calloc(most + 1, sizeof(*sources->sources));
	sources->ids = calloc((most + 1) * sources->ids_of_one, sizeof(*sources->ids));
	if (!sources->sources || !sources->ids)
		return outcome_no_memory(outcome);
	for (size_t i = 0; !status && i < most; i++) {
		struct source *source = &sources->sources[sources->count];

		*source = (struct source){ .group = group_at(find, i / (LOOKUP_KEYS * 2)), .lookup = i / 2 % LOOKUP_KEYS,
					   .sync = i % 2, .last = after };
		/* Without keyed terms one search is for rows of every protection class. */
		if ((keyed ? !find->usable[source->lookup] : source->lookup != LOOKUP_ALWAYS ||
		     (find->term_count && !find->usable[LOOKUP_ALWAYS])) ||
		    (find->query->synchronizable == SYNCHRONIZABLE_NO && source->sync) ||
		    (find->query->synchronizable == SYNCHRONIZABLE_YES && !source->sync) ||
		    (find->groups->all && find->writes && !strcmp(source->group, GROUP_TOKEN)))
			continue;
		status = fill(find, source, (unsigned int)capacity, outcome);
		/* One that has nothing needs not be asked again. */
		sources->count += !status && source->count;
	}
	return status;
}

int find_sources_begin(struct find *find, int64_t after, size_t capacity, struct outcome *outcome)
{
	int status = 0;

	find->sources = calloc(1, sizeof(*find->sources));
	if (!find->sources)
		return outcome_no_memory(outcome);
	if (find->groups->all)
		status = list_groups(find, outcome);
	if (!status)
		status = choose_index(find, outcome);
	return status ? status : add_sources(find, after, capacity, outcome);
}

int find_sources_next(struct find *find, int64_t after, int64_t *ret_row, const char **ret_group,
		      enum lookup *ret_lookup, struct outcome *outcome)
{
	struct find_sources *sources = find->sources;
	struct source *lowest = NULL;
	int64_t best = 0;

	*ret_row = 0;
	for (size_t i = 0; i < sources->count; i++) {
		struct source *source = &sources->sources[i];

		for (;;) {
			while (source->at < source->count && ids_of(sources, source)[source->at] <= after)
				source->at++;
			if (source->at < source->count || source->ended)
				break;
			if (source->last < after)
				source->last = after;
			if (fill(find, source, sources->ids_of_one, outcome))
				return outcome->status;
		}
		if (source->at < source->count && (!lowest || ids_of(sources, source)[source->at] < best)) {
			lowest = source;
			best = ids_of(sources, source)[source->at];
		}
	}
	if (lowest) {
		*ret_row = best;
		*ret_group = lowest->group;
		*ret_lookup = lowest->lookup;
	}
	return 0;
}

/* One protection class of one group. */
static int count_class(struct find *find, const char *group, int sync, const char *class, bool exist,
		       int64_t *ret_count, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	char sql[200];
	int result;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM (SELECT 1 FROM %s INDEXED BY %s_pdmn WHERE tomb=0 AND agrp=? "
		 "AND sync=? AND pdmn=?%s)", item_class_name(find->item_class), item_class_name(find->item_class),
		 exist ? " LIMIT 1" : "");
	select = database_prepare(&find->store->database, sql, outcome);
	if (!select)
		return outcome->status;
	sqlite3_bind_text(select, 1, group, -1, SQLITE_STATIC);
	sqlite3_bind_int(select, 2, sync);
	sqlite3_bind_text(select, 3, class, -1, SQLITE_STATIC);
	result = sqlite3_step(select);
	if (result != SQLITE_ROW)
		return database_status(&find->store->database, result, outcome);
	*ret_count = sqlite3_column_int64(select, 0);
	return 0;
}

int find_sources_count_keyed(struct find *find, bool exist, int64_t *ret_count, uint32_t *ret_classes,
			     struct outcome *outcome)
{
	static const char *const classes[] = { "ak", "ck", "aku", "cku", "akpu" };
	const struct query *query = find->query;
	int64_t count = 0;

	*ret_count = 0;
	*ret_classes = 0;
	for (size_t group = 0; group < group_count(find); group++) {
		if (find->groups->all && find->writes && !strcmp(group_at(find, group), GROUP_TOKEN))
			continue;
		for (size_t i = 0; i < 2 * sizeof(classes) / sizeof(classes[0]); i++) {
			const char *class = classes[i / 2];
			int status, sync = i % 2;

			if ((query->synchronizable == SYNCHRONIZABLE_NO && sync) ||
			    (query->synchronizable == SYNCHRONIZABLE_YES && !sync) ||
			    (query->has_protection && strcmp(query->protection, class)))
				continue;
			status = count_class(find, group_at(find, group), sync, class, exist, &count, outcome);
			if (status)
				return status;
			*ret_count += count;
			*ret_classes |= count ? 1U << row_class_number(class) : 0;
			if (exist && count)
				return 0;
		}
	}
	return 0;
}
