// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/find.h"
#include "helper/keychain/items/find_sources.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/libkeybag/keybag.h"

#define BATCH_BYTES	(4 * 1024 * 1024) /* of secrets that a batch makes the database read */

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
		find->terms[count].attribute = attribute;
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
			jobs[i].lookup = find->terms[i].attribute->join ? LOOKUP_ALWAYS : lookup;
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

void find_release(struct find *find)
{
	find_sources_free(find->sources);
	find->sources = NULL;
}

void find_join(struct find *find, const char *column, const uint8_t hash[HASH_SIZE])
{
	size_t at = find->term_count++;

	find->terms[at].attribute = attribute_by_name(column);
	for (unsigned int lookup = 0; lookup < LOOKUP_KEYS; lookup++)
		memcpy(find->terms[at].hash[lookup], hash, HASH_SIZE);
	find->usable[LOOKUP_ALWAYS] = true;
}

/* The row of a persistent reference; *ret_row 0: none after @after. */
static int by_reference(const struct find *find, int64_t after, int64_t *ret_row, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	const struct query *query = find->query;
	char sql[80];
	int result;

	*ret_row = 0;
	snprintf(sql, sizeof(sql), "SELECT row FROM %s WHERE %s=? AND tomb=0", item_class_name(find->item_class),
		 query->reference.legacy ? "row" : "uuid");
	select = database_prepare(&find->store->database, sql, outcome);
	if (!select)
		return outcome->status;
	if (query->reference.legacy)
		sqlite3_bind_int64(select, 1, query->reference.row);
	else
		sqlite3_bind_blob(select, 1, query->reference.uuid, ROW_UUID_SIZE, SQLITE_STATIC);
	result = sqlite3_step(select);
	if (result == SQLITE_ROW && sqlite3_column_int64(select, 0) > after)
		*ret_row = sqlite3_column_int64(select, 0);
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return 0;
	return database_status(&find->store->database, result, outcome);
}

/* *ret_found false: it is not there, nor what stands in the way. */
static int read_row(const struct find *find, int64_t id, struct row *row, bool *ret_found, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	char sql[1600];
	int result;

	*ret_found = false;
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE row=?", schema_columns(find->item_class),
		 item_class_name(find->item_class));
	select = database_prepare(&find->store->database, sql, outcome);
	if (!select)
		return outcome->status;
	sqlite3_bind_int64(select, 1, id);
	result = sqlite3_step(select);
	if (result == SQLITE_DONE)
		return 0;
	if (result != SQLITE_ROW)
		return database_status(&find->store->database, result, outcome);
	if (row_read(row, find->item_class, select))
		return outcome_no_memory(outcome);
	*ret_found = true;
	return 0;
}

static bool may_see(const struct find *find, const struct row *row)
{
	if (find->groups->all)
		return !find->writes || strcmp(row->group, GROUP_TOKEN);
	for (size_t i = 0; i < find->groups->count; i++) {
		if (!strcmp(find->groups->names[i], row->group))
			return true;
	}
	return false;
}

static bool has_hash(const struct row *row, const struct attribute *attribute, const uint8_t *hash)
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);

	for (unsigned int i = 0; hashed[i]; i++) {
		if (hashed[i] == attribute)
			return row->hashes[i].present && !memcmp(row->hashes[i].hash, hash, HASH_SIZE);
	}
	return false;
}

/* Whether the row has what the index says: a damaged one must not lead to the items of others. */
static bool as_indexed(const struct find *find, const struct row *row, const char *group, enum lookup lookup)
{
	bool same = !row->tombstone && !strcmp(row->group, group);

	for (size_t i = 0; same && i < find->term_count; i++)
		same = has_hash(row, find->terms[i].attribute, find->terms[i].hash[lookup]);
	return same;
}

/* The next row after @after; *ret_id 0: there is none. */
static int next_row(struct find *find, int64_t after, size_t capacity, struct row *row, int64_t *ret_id,
		    bool *ret_found, struct outcome *outcome)
{
	enum lookup lookup = LOOKUP_ALWAYS;
	const char *group = NULL;
	int status = 0;

	*ret_found = false;
	if (find->query->reference.given) {
		status = by_reference(find, after, ret_id, outcome);
	} else {
		if (!find->sources)
			status = find_sources_begin(find, after, capacity, outcome);
		if (!status)
			status = find_sources_next(find, after, ret_id, &group, &lookup, outcome);
	}
	if (status || !*ret_id)
		return status;
	status = read_row(find, *ret_id, row, ret_found, outcome);
	if (status || !*ret_found)
		return status;
	if (group ? as_indexed(find, row, group, lookup) : may_see(find, row))
		return 0;
	row_release(row);
	*ret_found = false;
	return group ? database_status(&find->store->database, SQLITE_CORRUPT, outcome) : 0;
}

int find_rows(struct find *find, int64_t after, struct row *rows, size_t capacity,
	      size_t *ret_count, struct outcome *outcome)
{
	size_t count = 0, bytes = 0;
	int status = 0;

	while (count < capacity && bytes < BATCH_BYTES) {
		int64_t id = 0;
		bool found;

		status = next_row(find, after, capacity, &rows[count], &id, &found, outcome);
		if (status || !id)
			break;
		after = id;
		if (found)
			bytes += rows[count++].secret_length;
	}
	if (status) {
		while (count)
			row_release(&rows[--count]);
	}
	*ret_count = count;
	return status;
}

int find_withheld(struct find *find, bool exist, int64_t *ret_count, uint32_t *ret_classes,
		  struct outcome *outcome)
{
	int status = 0;

	*ret_count = 0;
	*ret_classes = 0;
	if (!find->undecided)
		return 0;
	if (!find->sources)
		status = find_sources_begin(find, 0, 1, outcome);
	return status ? status : find_sources_count_keyed(find, exist, ret_count, ret_classes, outcome);
}

int find_decided(struct find *find, struct outcome *outcome)
{
	uint32_t classes;
	int64_t count;
	int status = find_withheld(find, true, &count, &classes, outcome);

	return status || !count ? status : store_key_failure(find->store, -ENOKEY, KEYBAG_CLASS_CK, outcome);
}

int find_nothing(struct find *find, struct outcome *outcome)
{
	int status = find_decided(find, outcome);

	return status ? status : outcome_fail(outcome, errSecItemNotFound, "no %s item matches in the groups of this "
					      "program", item_class_name(find->item_class));
}
