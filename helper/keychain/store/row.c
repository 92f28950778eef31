// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row.h"
#include "helper/keychain/store/algorithm.h"
#include "helper/keychain/store/row_format.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "helper/libkeybag/keybag.h"

#define CHUNK		KEYBAG_MAX_PAYLOAD
#define SEALED_CHUNK	(CHUNK + KEYBAG_BLOB_OVERHEAD)
#define BLOB_VERSION	1
#define BLOB_BY_CHILD	2

uint32_t row_class_number(const char *name)
{
	static const char *const names[] = { "ak", "ck", "dk", "aku", "cku", "dku", "akpu" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return (uint32_t)keybag_class_by_name(name);
	}
	return 0;
}

void row_release(struct row *row)
{
	free(row->group);
	free(row->sealed);
	value_free(row->attributes);
	explicit_bzero(row, sizeof(*row));
}

static bool read_bytes(sqlite3_stmt *statement, int column, uint8_t *bytes, size_t length)
{
	if (sqlite3_column_type(statement, column) != SQLITE_BLOB ||
	    (size_t)sqlite3_column_bytes(statement, column) != length)
		return false;
	memcpy(bytes, sqlite3_column_blob(statement, column), length);
	return true;
}

int row_binding(const void *row_key, size_t row_key_length, const void *secret, size_t length,
		uint8_t ret_binding[ROW_BINDING_SIZE])
{
	uint8_t digest[SHA256_DIGEST_LENGTH], small[512], *joined = small;
	bool done;

	memset(ret_binding, 0, ROW_BINDING_SIZE);
	if (!secret || !row_key)
		return 0;
	if (row_key_length + length > sizeof(small))
		joined = malloc(row_key_length + length);
	if (!joined)
		return -ENOMEM;
	memcpy(joined, row_key, row_key_length);
	memcpy(joined + row_key_length, secret, length);
	done = EVP_Digest(joined, row_key_length + length, digest, NULL, algorithm_sha256(), NULL);
	if (done)
		memcpy(ret_binding, digest, ROW_BINDING_SIZE);
	if (joined != small)
		free(joined);
	return done ? 0 : -ENOMEM;
}

static int read_secret(struct row *row, sqlite3_stmt *statement, int column)
{
	size_t key_length = (size_t)sqlite3_column_bytes(statement, column);
	size_t length = (size_t)sqlite3_column_bytes(statement, column + 1);

	row->has_secret = sqlite3_column_type(statement, column + 1) != SQLITE_NULL;
	return row_binding(sqlite3_column_blob(statement, column), key_length,
			   sqlite3_column_blob(statement, column + 1), length, row->found_binding);
}

int row_read(struct row *row, enum item_class item_class, sqlite3_stmt *statement)
{
	const struct attribute *const *hashed = schema_hashed(item_class);
	const char *group, *class;
	int column = 0;
	bool good;

	*row = (struct row){ .item_class = item_class };
	row->id = sqlite3_column_int64(statement, column++);
	good = read_bytes(statement, column++, row->uuid, ROW_UUID_SIZE);
	good &= read_bytes(statement, column++, row->digest, HASH_SIZE);
	good &= sqlite3_column_int(statement, column++) == ROW_FORMAT;
	group = (const char *)sqlite3_column_text(statement, column++);
	row->group = strdup(group ? group : "");
	class = (const char *)sqlite3_column_text(statement, column++);
	row->class_number = row_class_number(class ? class : "");
	row->synchronizable = sqlite3_column_int(statement, column++);
	row->tombstone = sqlite3_column_int(statement, column++);
	row->created = sqlite3_column_int64(statement, column++);
	row->modified = sqlite3_column_int64(statement, column++);
	for (unsigned int i = 0; hashed[i]; i++, column++) {
		row->hashes[i].present = sqlite3_column_type(statement, column) != SQLITE_NULL;
		if (row->hashes[i].present)
			good &= read_bytes(statement, column, row->hashes[i].hash, HASH_SIZE);
	}
	row->sealed_length = (size_t)sqlite3_column_bytes(statement, column);
	row->sealed = malloc(row->sealed_length + 1);
	if (!row->group || !row->sealed || read_secret(row, statement, column + 1)) {
		row_release(row);
		return -ENOMEM;
	}
	if (row->sealed_length)
		memcpy(row->sealed, sqlite3_column_blob(statement, column), row->sealed_length);
	good &= row->class_number && row->sealed_length && strlen(row->group) <= ROW_MAX_GROUP;
	row->state = good ? ROW_SEALED : ROW_DAMAGED;
	return 0;
}

static size_t chunk_count(size_t length, size_t chunk)
{
	return (length + chunk - 1) / chunk;
}

/* A chunk's header says the class it was sealed for: a flipped bit there is no lock. */
static bool plausible(const struct row *row)
{
	for (size_t at = 0; at < row->sealed_length; at += SEALED_CHUNK) {
		const uint8_t *blob = row->sealed + at;

		if (row->sealed_length - at <= KEYBAG_BLOB_OVERHEAD || blob[0] != BLOB_VERSION ||
		    blob[1] != BLOB_BY_CHILD || blob[2] != row->class_number || blob[3])
			return false;
	}
	return row->sealed_length <= chunk_count(ROW_MAX_ATTRIBUTES, CHUNK) * SEALED_CHUNK;
}

/* After authentication: what stands in the clear is what was sealed. */
static bool consistent(const struct row *row)
{
	const struct value *sync = value_get(row->attributes, "sync");
	const char *group = value_as_string(value_get(row->attributes, "agrp"));
	const char *class = value_as_string(value_get(row->attributes, "pdmn"));

	return row->has_secret == !!(row->flags & ROW_FLAG_SECRET) &&
	       !memcmp(row->binding, row->found_binding, ROW_BINDING_SIZE) &&
	       group && class && !strcmp(group, row->group) &&
	       row_class_number(class) == row->class_number &&
	       (value_as_integer(sync) != 0) == row->synchronizable &&
	       value_is(value_get(row->attributes, "cdat"), VALUE_DATE) &&
	       value_is(value_get(row->attributes, "mdat"), VALUE_DATE);
}

static int decrypt(struct store *store, int child, struct row *row, uint8_t *plain)
{
	size_t chunks = chunk_count(row->sealed_length, SEALED_CHUNK), length = 0;
	uint8_t aad[ROW_MAX_AAD];

	for (size_t i = 0; i < chunks; i++) {
		size_t at = i * SEALED_CHUNK, rest = row->sealed_length - at;
		size_t aad_length = row_associated_data(row, (uint32_t)i, (uint32_t)chunks, aad);
		ssize_t result;

		result = keybag_child_decrypt(store->fd, child, row->sealed + at,
					      rest < SEALED_CHUNK ? rest : SEALED_CHUNK, aad,
					      aad_length, plain + length, CHUNK);
		if (result < 0)
			return (int)result;
		length += (size_t)result;
	}
	return row_decode(row, plain, length);
}

static int open_one(struct store *store, struct row *row, struct outcome *outcome)
{
	size_t size = chunk_count(row->sealed_length, SEALED_CHUNK) * CHUNK;
	uint8_t *plain;
	int error, child;

	plain = malloc(size);
	if (!plain)
		return -ENOMEM;
	error = store_metadata_key(store, row->class_number, false, &child, outcome);
	if (!error)
		error = decrypt(store, child, row, plain);
	if (error == -ENOKEY && store->metadata[row->class_number].number) {
		/* The number may be from before a lock. */
		store_forget_key(store, &store->metadata[row->class_number]);
		error = store_metadata_key(store, row->class_number, false, &child, outcome);
		if (!error)
			error = decrypt(store, child, row, plain);
	}
	explicit_bzero(plain, size);
	free(plain);
	return error;
}

int rows_open(struct store *store, struct row *rows, size_t count, struct outcome *outcome)
{
	for (size_t i = 0; i < count; i++) {
		struct row *row = &rows[i];
		int error;

		if (row->state != ROW_SEALED)
			continue;
		error = plausible(row) ? open_one(store, row, outcome) : -EBADMSG;
		if (!error)
			row->state = consistent(row) ? ROW_OPEN : ROW_DAMAGED;
		else if (error == -ENOKEY)
			row->state = ROW_LOCKED;
		else if (error == -ENODATA || store_error_is_damage(error))
			row->state = ROW_DAMAGED;
		else
			return error;
	}
	return 0;
}

static int compute_hashes(struct store *store, struct row *row, struct outcome *outcome)
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);
	struct hash_job jobs[SCHEMA_MAX_HASHED + 1];
	char buffers[SCHEMA_MAX_HASHED][ATTRIBUTE_BUFFER_SIZE];
	struct value *standing_in[SCHEMA_MAX_HASHED] = { 0 };
	size_t count = 0, length, at[SCHEMA_MAX_HASHED + 1];
	uint8_t *unique = hash_unique_bytes(row->item_class, row->attributes, &length);
	int error = unique ? 0 : -ENOMEM;

	for (unsigned int i = 0; !error && hashed[i]; i++) {
		const struct value *value = value_get(row->attributes, hashed[i]->name);

		row->hashes[i].present = false;
		if (!value && attribute_unique(hashed[i], row->item_class)) {
			value = standing_in[i] = attribute_default(hashed[i]);
			if (!value)
				error = -ENOMEM;
		}
		if (!value)
			continue;
		jobs[count] = (struct hash_job){ .lookup = hash_lookup(row->class_number) };
		hash_prepare(&jobs[count], row->item_class, hashed[i], value, buffers[i]);
		at[count++] = i;
	}
	if (!error) {
		jobs[count] = (struct hash_job){
			.lookup = hash_lookup(row->class_number), .column = "uniq",
			.bytes = unique, .length = length,
		};
		memcpy(jobs[count].table, item_class_name(row->item_class), 4);
		error = hash_all(store, jobs, count + 1, true, outcome);
	}
	for (size_t i = 0; !error && i < count; i++) {
		row->hashes[at[i]].present = true;
		memcpy(row->hashes[at[i]].hash, jobs[i].hash, HASH_SIZE);
	}
	if (!error)
		memcpy(row->digest, jobs[count].hash, HASH_SIZE);
	for (unsigned int i = 0; hashed[i]; i++)
		value_free(standing_in[i]);
	if (unique)
		explicit_bzero(unique, length);
	free(unique);
	explicit_bzero(buffers, sizeof(buffers));
	return error;
}

static int encrypt(struct store *store, int child, struct row *row, const uint8_t *plain,
		   size_t length)
{
	size_t chunks = chunk_count(length, CHUNK);
	uint8_t aad[ROW_MAX_AAD];

	row->sealed_length = 0;
	for (size_t i = 0; i < chunks; i++) {
		size_t rest = length - i * CHUNK;
		size_t aad_length = row_associated_data(row, (uint32_t)i, (uint32_t)chunks, aad);
		ssize_t result;

		result = keybag_child_encrypt(store->fd, child, plain + i * CHUNK,
					      rest < CHUNK ? rest : CHUNK, aad, aad_length,
					      row->sealed + row->sealed_length, SEALED_CHUNK);
		if (result < 0)
			return (int)result;
		row->sealed_length += (size_t)result;
	}
	return 0;
}

int row_seal(struct store *store, struct row *row, struct outcome *outcome)
{
	size_t length = row_encode(row, NULL);
	uint8_t *plain;
	int error, child;

	if (length > ROW_MAX_ATTRIBUTES)
		return -E2BIG;
	free(row->group);
	row->group = strdup(value_as_string(value_get(row->attributes, "agrp")));
	free(row->sealed);
	row->sealed = malloc(chunk_count(length, CHUNK) * SEALED_CHUNK);
	if (!row->group || !row->sealed)
		return -ENOMEM;
	row->class_number = row_class_number(value_as_string(value_get(row->attributes, "pdmn")));
	row->synchronizable = value_as_integer(value_get(row->attributes, "sync")) != 0;
	row->tombstone = false;
	row->created = value_as_date(value_get(row->attributes, "cdat"));
	row->modified = value_as_date(value_get(row->attributes, "mdat"));
	/* The class first: where it is locked, that is what there is to say. */
	error = store_metadata_key(store, row->class_number, true, &child, outcome);
	if (!error)
		error = compute_hashes(store, row, outcome);
	if (error)
		return error;
	plain = malloc(length);
	if (!plain)
		return -ENOMEM;
	row_encode(row, plain);
	error = encrypt(store, child, row, plain, length);
	if (error == -ENOKEY) {
		store_forget_key(store, &store->metadata[row->class_number]);
		error = store_metadata_key(store, row->class_number, true, &child, outcome);
		if (!error)
			error = encrypt(store, child, row, plain, length);
	}
	explicit_bzero(plain, length);
	free(plain);
	return error;
}

int row_bind(const struct row *row, sqlite3_stmt *statement, int first)
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);

	sqlite3_bind_blob(statement, first++, row->uuid, ROW_UUID_SIZE, SQLITE_STATIC);
	sqlite3_bind_blob(statement, first++, row->digest, HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_int(statement, first++, ROW_FORMAT);
	sqlite3_bind_text(statement, first++, row->group, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, first++, keybag_class_name(row->class_number), -1,
			  SQLITE_STATIC);
	sqlite3_bind_int(statement, first++, row->synchronizable);
	sqlite3_bind_int(statement, first++, row->tombstone);
	sqlite3_bind_int64(statement, first++, row->created);
	sqlite3_bind_int64(statement, first++, row->modified);
	for (unsigned int i = 0; hashed[i]; i++, first++) {
		if (row->hashes[i].present)
			sqlite3_bind_blob(statement, first, row->hashes[i].hash, HASH_SIZE,
					  SQLITE_STATIC);
	}
	sqlite3_bind_blob(statement, first++, row->sealed, (int)row->sealed_length, SQLITE_STATIC);
	return first;
}
