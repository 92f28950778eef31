// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/select.h"
#include "helper/keychain/store/select_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"

#define SQL_SIZE	8192

/* The key that a statement of a selection is kept by, beside its columns of hashes. */
#define FLAG_KEYED	(1U << 0)
#define FLAG_ALWAYS	(1U << 1)	/* of the lookup key dk */
#define FLAG_PROTECTION	(1U << 2)
#define FLAG_CREATED	(1U << 3)
#define FLAG_MODIFIED	(1U << 4)
#define FLAG_NO_OWN	(1U << 5)
#define FLAG_INDEX	8		/* the index begins here, */
#define FLAG_TERMS	16		/* here how many conditions on hashes there are, */
#define FLAG_OWN	24		/* and here how many on own attributes */

#define INDEX_OWN	255		/* what FLAG_INDEX says of that of own attributes */

/* Whether a group of all there are is left out. */
static bool excepted(const struct select *select, const char *group)
{
	return !select->what->groups && select->what->except && !strcmp(group, select->what->except);
}

static bool keyed_terms(const struct selection *what)
{
	if (what->own_count)
		return true;
	for (size_t i = 0; i < what->term_count; i++) {
		if (!what->terms[i].attribute->join)
			return true;
	}
	return false;
}

/* ---- statements ---- */

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
	size_t length, room;

	if (!text->sql)
		return;
	length = strlen(part);
	room = text->at < SQL_SIZE ? SQL_SIZE - text->at : 0;
	/* One that is too long only counts. */
	if (length < room)
		memcpy(text->sql + text->at, part, length + 1);
	text->at += length;
}

static void add_string(struct text *text, const char *condition, const char *value)
{
	add_text(text, condition);
	if (text->statement)
		sqlite3_bind_text(text->statement, text->parameter++, value, -1, SQLITE_STATIC);
}

static void add_number(struct text *text, const char *condition, int64_t value)
{
	add_text(text, condition);
	if (text->statement)
		sqlite3_bind_int64(text->statement, text->parameter++, value);
}

static void add_hash(struct text *text, const char *condition, const uint8_t hash[HASH_SIZE])
{
	add_text(text, condition);
	if (text->statement)
		sqlite3_bind_blob(text->statement, text->parameter++, hash, HASH_SIZE, SQLITE_STATIC);
}

/* Conditions on hashes that the index has, or on those that it has not. */
static void add_hashes(struct text *text, const struct select *select, enum lookup lookup, bool indexed)
{
	const struct selection *what = select->what;

	for (size_t i = 0; i < what->term_count; i++) {
		unsigned int term = select->order[i].term;

		if (select->order[i].indexed != indexed)
			continue;
		add_text(text, indexed ? " AND h_" : " AND +h_");
		add_text(text, what->terms[term].attribute->name);
		add_hash(text, "=?", what->terms[term].hash[lookup]);
	}
}

/* The same of plain columns. */
static void add_plain(struct text *text, const struct select *select, bool indexed)
{
	const struct selection *what = select->what;
	const char *plain = select->plain ? select->plain : "";

	if (what->protection && !strcmp(plain, "pdmn") == indexed)
		add_string(text, " AND pdmn=?", what->protection);
	if (what->by_created && !strcmp(plain, "cdat") == indexed)
		add_number(text, " AND cdat=?", what->created);
	if (what->by_modified && !strcmp(plain, "mdat") == indexed)
		add_number(text, " AND mdat=?", what->modified);
}

/* Which rows of which table, as the index of own attributes has them. */
static void add_own_place(struct text *text, const struct select *select, const struct source *source)
{
	add_number(text, " AND class=?", select->what->item_class);
	add_string(text, " AND agrp=?", source->group);
	add_number(text, " AND sync=?", source->sync);
}

/* The numbers of rows, from the index, in their order. */
static void add_index(struct text *text, const struct select *select, const struct source *source, int64_t after)
{
	const char *table = item_class_name(select->what->item_class);

	if (select->own) {
		add_hash(text, "own_index WHERE hash=?", select->what->own[select->own_term][source->lookup]);
		add_own_place(text, select, source);
	} else {
		add_text(text, table);
		add_text(text, " INDEXED BY ");
		add_text(text, table);
		add_text(text, "_");
		add_text(text, select->pair ? "pair" : select->by ? select->by->name : select->plain ? select->plain : "group");
		add_text(text, " WHERE tomb=0");
		add_hashes(text, select, source->lookup, true);
		add_string(text, " AND agrp=?", source->group);
		add_number(text, " AND sync=?", source->sync);
		add_plain(text, select, true);
	}
	add_number(text, " AND row>? ORDER BY row", after);
}

/* Asks the index for the own attributes by which the row was not found, before the row is looked at. */
static void add_own(struct text *text, const struct select *select, const struct source *source)
{
	const struct selection *what = select->what;
	size_t count = what->own_count - select->own;
	const char *condition = " AND (SELECT count(*) FROM own_index WHERE hash IN(?";

	if (!count)
		return;
	for (size_t i = 0; i < what->own_count; i++) {
		if (select->own && i == select->own_term)
			continue;
		add_hash(text, condition, what->own[i][source->lookup]);
		condition = ",?";
	}
	add_text(text, ")");
	add_own_place(text, select, source);
	add_number(text, " AND row=n)=?", (int64_t)count);
}

static void add_all(struct text *text, const struct select *select, const struct source *source, int64_t after)
{
	const char *table = item_class_name(select->what->item_class);

	add_text(text, "SELECT ");
	add_text(text, schema_columns(select->what->item_class));
	/* Numbers from the index, rows from the table; one that the table does not have is null. */
	add_text(text, " FROM (SELECT row AS n FROM ");
	add_index(text, select, source, after);
	add_text(text, ") LEFT JOIN ");
	add_text(text, table);
	add_text(text, " ON row=n WHERE 1");
	add_own(text, select, source);
	add_text(text, " AND CASE WHEN row IS NULL THEN 1 ELSE 1");
	if (select->what->own_none)
		add_text(text, " AND +own IS NULL");
	add_hashes(text, select, source->lookup, false);
	add_plain(text, select, false);
	if (keyed_terms(select->what))
		add_text(text, source->lookup == LOOKUP_ALWAYS ? " AND +pdmn IN('dk','dku')" :
			 " AND +pdmn NOT IN('dk','dku')");
	add_text(text, " END ORDER BY n");
}

static struct statement_name name_of(const struct select *select, const struct source *source)
{
	const struct selection *what = select->what;
	struct statement_name name = { .kind = STATEMENT_SELECT, .item_class = what->item_class,
				       .columns = select->columns };
	unsigned int index = 0;

	if (select->pair)
		index = 1;
	else if (select->own)
		index = INDEX_OWN;
	else if (select->plain)
		index = !strcmp(select->plain, "pdmn") ? 2 : !strcmp(select->plain, "cdat") ? 3 : 4;
	else if (select->by)
		index = 5 + select_column(what->item_class, select->by);
	name.flags = (unsigned int)what->own_count << FLAG_OWN | (what->own_none ? FLAG_NO_OWN : 0) | index << FLAG_INDEX | (unsigned int)what->term_count << FLAG_TERMS | (keyed_terms(what) ? FLAG_KEYED : 0) |
		     (source->lookup == LOOKUP_ALWAYS ? FLAG_ALWAYS : 0) | (what->protection ? FLAG_PROTECTION : 0) |
		     (what->by_created ? FLAG_CREATED : 0) | (what->by_modified ? FLAG_MODIFIED : 0);
	return name;
}

static enum fault prepare(const struct select *select, const struct source *source, int64_t after,
			  sqlite3_stmt **ret_statement)
{
	struct database *database = &select->store->database;
	struct statement_name name = name_of(select, source);
	struct text text = { .parameter = 1 };

	*ret_statement = database_kept(database, &name);
	if (!*ret_statement) {
		char sql[SQL_SIZE];

		text.sql = sql;
		add_all(&text, select, source, after);
		if (text.at >= SQL_SIZE)
			return fault_because(&database->reason, FAULT_TOO_LARGE, "too many conditions in one query");
		*ret_statement = database_keep(database, &name, sql);
		if (!*ret_statement)
			return database->fault;
	}
	text = (struct text){ .statement = *ret_statement, .parameter = 1 };
	add_all(&text, select, source, after);
	return FAULT_NONE;
}

/* ---- one search ---- */

static void let_go(struct select *select, struct source *source)
{
	if (!source->statement)
		return;
	database_done(source->statement);
	source->statement = NULL;
	select->holders[source->lookup] = NULL;
}

/* To its next row, above @after. The searches of one lookup key share a statement: the one before gives it up. */
static enum fault advance(struct select *select, struct source *source, int64_t after)
{
	struct source **holder = &select->holders[source->lookup];
	enum fault fault;
	int result;

	if (!source->statement) {
		if (*holder)
			let_go(select, *holder);
		fault = prepare(select, source, after, &source->statement);
		if (fault)
			return fault;
		*holder = source;
	}
	result = sqlite3_step(source->statement);
	/* An index leads to a row that is not there. */
	if (result == SQLITE_ROW && sqlite3_column_type(source->statement, 0) == SQLITE_NULL)
		result = SQLITE_CORRUPT;
	if (result == SQLITE_ROW) {
		source->next = sqlite3_column_int64(source->statement, 0);
		return FAULT_NONE;
	}
	fault = result == SQLITE_DONE ? FAULT_NONE : database_fault(&select->store->database, result);
	source->ended = true;
	let_go(select, source);
	return fault;
}

/* ---- groups ---- */

/* A name and its length, as it is in the column; *ret_name NULL without memory. */
static void take_name(sqlite3_stmt *statement, char **ret_name, size_t *ret_length)
{
	const char *text = (const char *)sqlite3_column_text(statement, 0);

	*ret_length = (size_t)sqlite3_column_bytes(statement, 0);
	*ret_name = text ? malloc(*ret_length + 1) : NULL;
	if (*ret_name)
		memcpy(*ret_name, text, *ret_length + 1);
}

/* The order of an index. */
static bool is_above(const char *name, size_t length, const char *last, size_t last_length)
{
	int order = memcmp(name, last, length < last_length ? length : last_length);

	return order > 0 || (!order && length > last_length);
}

static enum fault add_group(struct select *select, const char *name)
{
	char *copy = strdup(name), **more = realloc(select->groups, (select->group_count + 1) * sizeof(*more));

	if (more)
		select->groups = more;
	if (!copy || !more) {
		free(copy);
		return FAULT_MEMORY;
	}
	select->groups[select->group_count++] = copy;
	return FAULT_NONE;
}

/* Every group that has an item, by a step of the index each. */
static enum fault list_groups(struct select *select)
{
	struct statement_name kept = { .kind = STATEMENT_GROUP, .item_class = select->what->item_class };
	const char *table = item_class_name(select->what->item_class);
	struct database *database = &select->store->database;
	char *last CLEANUP_FREE = strdup("");
	size_t last_length = 0;
	enum fault fault = last ? FAULT_NONE : FAULT_MEMORY;

	while (!fault) {
		sqlite3_stmt *statement CLEANUP_STATEMENT = NULL;
		size_t length;
		char *name;
		int result;

		statement = database_named(database, &kept, "SELECT agrp FROM %s INDEXED BY %s_group WHERE tomb=0 AND "
					   "agrp>? AND agrp<x'' ORDER BY agrp LIMIT 1", table, table);
		if (!statement)
			return database->fault;
		sqlite3_bind_text(statement, 1, last, (int)last_length, SQLITE_STATIC);
		result = sqlite3_step(statement);
		if (result == SQLITE_DONE)
			return FAULT_NONE;
		if (result != SQLITE_ROW)
			return database_fault(database, result);
		take_name(statement, &name, &length);
		if (!name)
			return FAULT_MEMORY;
		/* An index that is out of order would go on without end. */
		if (!is_above(name, length, last, last_length))
			fault = database_fault(database, SQLITE_CORRUPT);
		free(last);
		last = name;
		last_length = length;
		/* A text with a NUL is no group's name: its items are as if absent, as those are whose column has no text. */
		if (!fault && strlen(last) == last_length)
			fault = add_group(select, last);
	}
	return fault;
}

/* ---- all of them ---- */

static bool searched(const struct select *select, const struct source *source)
{
	const struct selection *what = select->what;

	if (!what->synchronizable[source->sync] || excepted(select, source->group))
		return false;
	if (keyed_terms(what))
		return what->usable[source->lookup];
	/* Without keyed terms one search is for rows of every protection class. */
	return source->lookup == LOOKUP_ALWAYS && (!what->term_count || what->usable[LOOKUP_ALWAYS]);
}

static enum fault add_sources(struct select *select, int64_t after)
{
	size_t most = select_group_count(select) * LOOKUP_KEYS * 2;
	enum fault fault = FAULT_NONE;

	select->sources = calloc(most + 1, sizeof(*select->sources));
	if (!select->sources)
		return FAULT_MEMORY;
	for (size_t i = 0; !fault && i < most; i++) {
		struct source *source = &select->sources[select->count];

		*source = (struct source){ .group = select_group(select, i / (LOOKUP_KEYS * 2)),
					   .lookup = i / 2 % LOOKUP_KEYS, .sync = i % 2 };
		if (!searched(select, source))
			continue;
		fault = advance(select, source, after);
		/* One that has nothing needs not be asked again. */
		select->count += !fault && !source->ended;
	}
	return fault;
}

enum fault select_begin(struct store *store, const struct selection *what, int64_t after, struct select **ret_select)
{
	struct select *select = *ret_select = calloc(1, sizeof(*select));
	enum fault fault = FAULT_NONE;

	if (!select)
		return FAULT_MEMORY;
	select->store = store;
	select->what = what;
	if (!what->groups)
		fault = list_groups(select);
	if (!fault)
		fault = select_choose_index(select);
	if (fault)
		return fault;
	return add_sources(select, after);
}

void select_pause(struct select *select)
{
	for (unsigned int i = 0; select && i < LOOKUP_KEYS; i++) {
		if (select->holders[i])
			let_go(select, select->holders[i]);
	}
}

void select_end(struct select *select)
{
	if (!select)
		return;
	select_pause(select);
	for (size_t i = 0; i < select->group_count; i++)
		free(select->groups[i]);
	free(select->groups);
	free(select->sources);
	free(select);
}

/* The search with the lowest number above @after; NULL: there is none. */
static enum fault find_lowest(struct select *select, int64_t after, struct source **ret_lowest)
{
	struct source *lowest = NULL;

	for (size_t i = 0; i < select->count; i++) {
		struct source *source = &select->sources[i];

		while (!source->ended && source->next <= after) {
			enum fault fault = advance(select, source, after);

			if (fault)
				return fault;
		}
		if (!source->ended && (!lowest || source->next < lowest->next))
			lowest = source;
	}
	*ret_lowest = lowest;
	return FAULT_NONE;
}

/* Whether the row has what the index says. */
static bool as_indexed(const struct select *select, const struct row *row, const struct source *source)
{
	const struct selection *what = select->what;
	bool same = !row->tombstone && !strcmp(row->group, source->group);

	for (size_t i = 0; same && i < what->term_count; i++) {
		const uint8_t *hash = what->terms[select->order[i].term].hash[source->lookup];
		unsigned int column = select->order[i].column;

		same = row->hashes[column].present && !memcmp(row->hashes[column].hash, hash, HASH_SIZE);
	}
	for (size_t i = 0; same && i < what->own_count; i++)
		same = own_hashed(row->own.hashes, row->own.count, what->own[i][source->lookup]);
	return same;
}

enum fault select_next(struct select *select, int64_t after, struct row *ret_row, bool *ret_found)
{
	struct source *source = NULL;
	enum fault fault;

	*ret_found = false;
	for (;;) {
		fault = find_lowest(select, after, &source);
		if (fault || !source)
			return fault;
		if (source->statement)
			break;
		/* Another has had the statement since: it is asked for that row again, which may be gone. */
		fault = advance(select, source, source->next - 1);
		if (fault)
			return fault;
	}
	fault = row_read(ret_row, select->what->item_class, select->what->secrets, source->statement);
	if (fault)
		return fault;
	*ret_found = as_indexed(select, ret_row, source);
	if (*ret_found)
		return FAULT_NONE;
	row_release(ret_row);
	return database_fault(&select->store->database, SQLITE_CORRUPT);
}

/* One protection class of one group. */
static enum fault count_class(struct select *select, const char *group, int sync, const char *class, bool exist,
			      int64_t *ret_count)
{
	struct statement_name name = { .kind = STATEMENT_COUNT, .item_class = select->what->item_class, .flags = exist };
	const char *table = item_class_name(select->what->item_class);
	struct database *database = &select->store->database;
	sqlite3_stmt *statement CLEANUP_STATEMENT = NULL;
	int result;

	statement = database_named(database, &name, "SELECT count(*) FROM (SELECT 1 FROM %s INDEXED BY %s_pdmn WHERE "
				   "tomb=0 AND agrp=? AND sync=? AND pdmn=?%s)", table, table, exist ? " LIMIT 1" : "");
	if (!statement)
		return database->fault;
	sqlite3_bind_text(statement, 1, group, -1, SQLITE_STATIC);
	sqlite3_bind_int(statement, 2, sync);
	sqlite3_bind_text(statement, 3, class, -1, SQLITE_STATIC);
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW)
		return database_fault(database, result);
	*ret_count = sqlite3_column_int64(statement, 0);
	return FAULT_NONE;
}

enum fault select_count_keyed(struct select *select, bool exist, int64_t *ret_count, uint32_t *ret_classes)
{
	static const char *const classes[] = { "ak", "ck", "aku", "cku", "akpu" };
	const struct selection *what = select->what;
	int64_t count = 0;

	*ret_count = 0;
	*ret_classes = 0;
	for (size_t group = 0; group < select_group_count(select); group++) {
		if (excepted(select, select_group(select, group)))
			continue;
		for (size_t i = 0; i < 2 * sizeof(classes) / sizeof(classes[0]); i++) {
			const char *class = classes[i / 2];
			enum fault fault;

			if (!what->synchronizable[i % 2] || (what->protection && strcmp(what->protection, class)))
				continue;
			fault = count_class(select, select_group(select, group), i % 2, class, exist, &count);
			if (fault)
				return fault;
			*ret_count += count;
			*ret_classes |= count ? 1U << row_class_number(class) : 0;
			if (exist && count)
				return FAULT_NONE;
		}
	}
	return FAULT_NONE;
}
