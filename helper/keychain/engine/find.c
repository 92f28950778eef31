// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/engine/find.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/libkeybag/keybag.h"

#define SQL_SIZE	8192
#define BATCH_BYTES	(4 * 1024 * 1024) /* of secrets that a batch makes the database read */

/* A SELECT with its parameters; one a lookup key and, without terms, one a group. */
struct pass {
	sqlite3_stmt *statement;
	bool row;
};

/* @name has four letters, as all of them. */
static void set_column(struct find *find, size_t term, const char *name)
{
	memcpy(find->terms[term].column, "h_", 2);
	memcpy(find->terms[term].column + 2, name, 5);
}

static int hash_terms(struct find *find, struct outcome *outcome)
{
	const struct query *query = find->query;
	struct hash_job jobs[QUERY_MAX_KEYS];
	char buffers[QUERY_MAX_KEYS][ATTRIBUTE_BUFFER_SIZE];
	size_t count = 0, keyed = 0;
	int error = 0;

	for (size_t i = 0; i < value_count(query->attributes); i++) {
		const char *name = value_key_at(query->attributes, i);
		const struct attribute *attribute = attribute_by_name(name);

		if (!attribute->hashed || !attribute_valid(attribute, find->item_class))
			continue;
		jobs[count] = (struct hash_job){ 0 };
		hash_prepare(&jobs[count], find->item_class, attribute,
			     value_at(query->attributes, i), buffers[count]);
		set_column(find, count, name);
		find->terms[count].joined = attribute->join;
		keyed += !attribute->join;
		count++;
	}
	find->term_count = count;
	find->usable[LOOKUP_ALWAYS] = true;
	find->usable[LOOKUP_FIRST_UNLOCK] = keyed;
	for (unsigned int lookup = 0; count && !error && lookup < LOOKUP_KEYS; lookup++) {
		if (!find->usable[lookup])
			continue;
		for (size_t i = 0; i < count; i++)
			jobs[i].lookup = find->terms[i].joined ? LOOKUP_ALWAYS : lookup;
		error = hash_all(find->store, jobs, count, false, outcome);
		for (size_t i = 0; !error && i < count; i++)
			memcpy(find->terms[i].hash[lookup], jobs[i].hash, HASH_SIZE);
		if (error == -ENODATA || (error == -ENOKEY && lookup == LOOKUP_FIRST_UNLOCK)) {
			find->usable[lookup] = false;
			find->undecided |= error == -ENOKEY;
			error = 0;
		}
	}
	explicit_bzero(buffers, sizeof(buffers));
	return error ? store_key_failure(find->store, error, KEYBAG_CLASS_DK, outcome) : 0;
}

int find_prepare(struct find *find, struct store *store, const struct query *query,
		 const struct groups *groups, enum item_class item_class, struct outcome *outcome)
{
	*find = (struct find){
		.store = store, .query = query, .groups = groups, .item_class = item_class,
		.writes = query->use != QUERY_COPY,
	};
	return hash_terms(find, outcome);
}

void find_join(struct find *find, const char *column, const uint8_t hash[HASH_SIZE])
{
	size_t at = find->term_count++;

	set_column(find, at, column);
	for (unsigned int lookup = 0; lookup < LOOKUP_KEYS; lookup++)
		memcpy(find->terms[at].hash[lookup], hash, HASH_SIZE);
	find->terms[at].joined = true;
	find->usable[LOOKUP_ALWAYS] = true;
}

/* Where there is no text to be made, only parameters to be bound, @sql is NULL. */
static size_t add_text(char *sql, size_t at, const char *text)
{
	size_t length = sql ? strlen(text) : 0;

	/* One that is too long only counts. */
	if (length && at + length < SQL_SIZE)
		memcpy(sql + at, text, length + 1);
	return at + length;
}

static bool keyed_terms(const struct find *find)
{
	for (size_t i = 0; i < find->term_count; i++) {
		if (!find->terms[i].joined)
			return true;
	}
	return false;
}

static const struct value *date_of(const struct find *find, const char *name)
{
	return value_get(find->query->attributes, name);
}

/*
 * Adds the conditions to @sql or, where that is NULL, binds their parameters. @group: index of the only one, or
 * -1. A "+" keeps the planner off an index that is worse than that of the hashes.
 */
static size_t conditions(const struct find *find, int lookup, int group, char *sql, size_t at,
			 sqlite3_stmt *statement, int parameter)
{
	const struct query *query = find->query;
	const struct groups *groups = find->groups;
	bool off = find->term_count || query->reference.given;

	if (query->reference.given) {
		at = add_text(sql, at, query->reference.legacy ? " AND row=?" : " AND uuid=?");
		if (statement && query->reference.legacy)
			sqlite3_bind_int64(statement, parameter++, query->reference.row);
		else if (statement)
			sqlite3_bind_blob(statement, parameter++, query->reference.uuid,
					  ROW_UUID_SIZE, SQLITE_STATIC);
	} else if (query->synchronizable != SYNCHRONIZABLE_ANY) {
		at = add_text(sql, at, query->synchronizable == SYNCHRONIZABLE_YES ?
			      " AND sync=1" : " AND sync=0");
	}
	for (size_t i = 0; i < find->term_count; i++) {
		at = add_text(sql, at, " AND ");
		at = add_text(sql, at, find->terms[i].column);
		at = add_text(sql, at, "=?");
		if (statement)
			sqlite3_bind_blob(statement, parameter++, find->terms[i].hash[lookup],
					  HASH_SIZE, SQLITE_STATIC);
	}
	if (keyed_terms(find))
		at = add_text(sql, at, lookup == LOOKUP_ALWAYS ? " AND pdmn IN('dk','dku')" :
			      " AND pdmn NOT IN('dk','dku')");
	if (group >= 0) {
		at = add_text(sql, at, off ? " AND +agrp=?" : " AND agrp=?");
		if (statement)
			sqlite3_bind_text(statement, parameter++, groups->names[group], -1,
					  SQLITE_STATIC);
	} else if (!groups->all) {
		at = add_text(sql, at, off ? " AND +agrp IN(" : " AND agrp IN(");
		for (size_t i = 0; i < groups->count; i++) {
			at = add_text(sql, at, i ? ",?" : "?");
			if (statement)
				sqlite3_bind_text(statement, parameter++, groups->names[i], -1,
						  SQLITE_STATIC);
		}
		at = add_text(sql, at, ")");
	} else if (find->writes) {
		at = add_text(sql, at, " AND +agrp<>'" GROUP_TOKEN "'");
	}
	if (query->has_protection) {
		at = add_text(sql, at, " AND +pdmn='");
		at = add_text(sql, at, query->protection);
		at = add_text(sql, at, "'");
	}
	for (unsigned int i = 0; i < 2; i++) {
		const char *name = i ? "mdat" : "cdat";

		if (!date_of(find, name))
			continue;
		at = add_text(sql, at, i ? " AND mdat=?" : " AND cdat=?");
		if (statement)
			sqlite3_bind_int64(statement, parameter++,
					   value_as_date(date_of(find, name)));
	}
	return at;
}

static int start(const struct find *find, struct pass *pass, int lookup, int group, int64_t after,
		 size_t capacity, struct outcome *outcome)
{
	bool off = find->term_count || find->query->reference.given;
	char sql[SQL_SIZE];
	size_t at;

	at = add_text(sql, 0, "SELECT ");
	at = add_text(sql, at, schema_columns(find->item_class));
	at = add_text(sql, at, " FROM ");
	at = add_text(sql, at, item_class_name(find->item_class));
	at = add_text(sql, at, off ? " WHERE tomb=0 AND +row>?" : " WHERE tomb=0 AND row>?");
	at = conditions(find, lookup, group, sql, at, NULL, 0);
	at = add_text(sql, at, " ORDER BY row LIMIT ?");
	if (at >= SQL_SIZE)
		return outcome_fail(outcome, errSecParam, "too many conditions in one query");
	pass->statement = database_prepare(&find->store->database, sql, outcome);
	if (!pass->statement)
		return outcome->status;
	sqlite3_bind_int64(pass->statement, 1, after);
	sqlite3_bind_int64(pass->statement, sqlite3_bind_parameter_count(pass->statement),
			   (int64_t)capacity);
	conditions(find, lookup, group, NULL, 0, pass->statement, 2);
	return 0;
}

static int step(const struct find *find, struct pass *pass, struct outcome *outcome)
{
	int result = sqlite3_step(pass->statement);

	pass->row = result == SQLITE_ROW;
	if (!pass->row) {
		database_done(pass->statement);
		pass->statement = NULL;
	}
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return 0;
	return database_status(&find->store->database, result, outcome);
}

/* A statement that is stepped is busy, so that the next pass of the same text gets another. */
static int start_step(const struct find *find, struct pass *pass, int lookup, int group,
		      int64_t after, size_t capacity, struct outcome *outcome)
{
	int status = start(find, pass, lookup, group, after, capacity, outcome);

	return status ? status : step(find, pass, outcome);
}

static int start_all(const struct find *find, struct pass *passes, size_t *ret_count, int64_t after,
		     size_t capacity, struct outcome *outcome)
{
	const struct groups *groups = find->groups;
	bool by_group = !find->term_count && !find->query->reference.given && !groups->all &&
			groups->count <= FIND_PASSES;
	int status = 0;

	*ret_count = 0;
	if (by_group) {
		for (size_t i = 0; !status && i < groups->count; i++)
			status = start_step(find, &passes[(*ret_count)++], 0, (int)i, after,
					    capacity, outcome);
		return status;
	}
	for (int lookup = 0; !status && lookup < LOOKUP_KEYS; lookup++) {
		if (find->usable[lookup])
			status = start_step(find, &passes[(*ret_count)++], lookup, -1, after,
					    capacity, outcome);
	}
	return status;
}

static struct pass *lowest(struct pass *passes, size_t count)
{
	struct pass *lowest = NULL;

	for (size_t i = 0; i < count; i++) {
		if (passes[i].row && (!lowest || sqlite3_column_int64(passes[i].statement, 0) <
						 sqlite3_column_int64(lowest->statement, 0)))
			lowest = &passes[i];
	}
	return lowest;
}

int find_rows(struct find *find, int64_t after, struct row *rows, size_t capacity,
	      size_t *ret_count, struct outcome *outcome)
{
	struct pass passes[FIND_PASSES] = { 0 };
	size_t count = 0, passes_count, bytes = 0;
	struct pass *next;
	int status;

	status = start_all(find, passes, &passes_count, after, capacity, outcome);
	while (!status && count < capacity && bytes < BATCH_BYTES &&
	       (next = lowest(passes, passes_count))) {
		int columns = sqlite3_column_count(next->statement);

		bytes += (size_t)sqlite3_column_bytes(next->statement, columns - 1);
		if (row_read(&rows[count], find->item_class, next->statement)) {
			status = outcome_no_memory(outcome);
			break;
		}
		count++;
		status = step(find, next, outcome);
	}
	for (size_t i = 0; i < passes_count; i++)
		database_done(passes[i].statement);
	if (status) {
		while (count)
			row_release(&rows[--count]);
	}
	*ret_count = count;
	return status;
}

/* Rows of other classes of protection, in the caller's groups, that the query might be about. */
static int others_exist(struct find *find, bool *ret_exist, struct outcome *outcome)
{
	struct find others = *find;
	struct value *none = value_dictionary();
	struct query query = *find->query;
	struct row row;
	size_t count;
	int64_t after = 0;
	int status;

	*ret_exist = false;
	if (!none)
		return outcome_no_memory(outcome);
	query.attributes = none;
	others.query = &query;
	others.term_count = 0;
	others.usable[LOOKUP_ALWAYS] = true;
	do {
		status = find_rows(&others, after, &row, 1, &count, outcome);
		if (status || !count)
			break;
		after = row.id;
		*ret_exist = !row.class_number ||
			     hash_lookup(row.class_number) == LOOKUP_FIRST_UNLOCK;
		row_release(&row);
	} while (!*ret_exist);
	value_free(none);
	return status;
}

int find_nothing(struct find *find, struct outcome *outcome)
{
	bool exist = false;
	int status;

	if (find->undecided) {
		status = others_exist(find, &exist, outcome);
		if (status)
			return status;
	}
	if (exist)
		return store_key_failure(find->store, -ENOKEY, KEYBAG_CLASS_CK, outcome);
	return outcome_fail(outcome, errSecItemNotFound, "no %s item matches in the groups of this "
			    "program", item_class_name(find->item_class));
}
