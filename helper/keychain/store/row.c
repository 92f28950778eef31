// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row.h"
#include "helper/keychain/store/algorithm.h"
#include "helper/keychain/store/own.h"

#include <stdlib.h>
#include <string.h>

#include "helper/libkeybag/keybag.h"

uint32_t row_class_number(const char *name)
{
	static const struct {
		char name[5];
		uint32_t number;
	} classes[] = {
		{ "ak", KEYBAG_CLASS_AK }, { "ck", KEYBAG_CLASS_CK }, { "dk", KEYBAG_CLASS_DK }, { "aku", KEYBAG_CLASS_AKU },
		{ "cku", KEYBAG_CLASS_CKU }, { "dku", KEYBAG_CLASS_DKU }, { "akpu", KEYBAG_CLASS_AKPU },
	};

	for (unsigned int i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (*name == *classes[i].name && !strcmp(name, classes[i].name))
			return classes[i].number;
	}
	return 0;
}

void row_forget_encoded(struct row *row)
{
	if (row->encoded.bytes)
		explicit_bzero(row->encoded.bytes, row->encoded.length);
	free(row->encoded.bytes);
	memset(&row->encoded, 0, sizeof(row->encoded));
}

void row_release(struct row *row)
{
	free(row->group);
	free(row->sealed);
	free(row->own.hashes);
	free(row->secret.bytes);
	row_forget_encoded(row);
	value_free(row->attributes);
	explicit_bzero(row, sizeof(*row));
}

/* The column is looked at by its value, which nobody else has: a connection is of one thread, and opened without mutexes. */
static bool read_value(sqlite3_value *value, uint8_t *bytes, size_t length)
{
	if (sqlite3_value_type(value) != SQLITE_BLOB || (size_t)sqlite3_value_bytes(value) != length)
		return false;
	memcpy(bytes, sqlite3_value_blob(value), length);
	return true;
}

static bool read_bytes(sqlite3_stmt *statement, int column, uint8_t *bytes, size_t length)
{
	return read_value(sqlite3_column_value(statement, column), bytes, length);
}

enum fault row_binding(const void *row_key, size_t row_key_length, const void *secret, size_t length,
		       uint8_t ret_binding[ROW_BINDING_SIZE])
{
	uint8_t digest[ALGORITHM_DIGEST_SIZE];

	memset(ret_binding, 0, ROW_BINDING_SIZE);
	if (!secret || !row_key)
		return FAULT_NONE;
	if (!algorithm_digest(row_key, row_key_length, secret, length, digest))
		return FAULT_MEMORY;
	memcpy(ret_binding, digest, ROW_BINDING_SIZE);
	return FAULT_NONE;
}

/* A secret of odd columns is not held: whoever wants it finds the damage. */
static bool hold_secret(struct row *row, const uint8_t *key, size_t key_length, const uint8_t *bytes)
{
	if (row->has_secret && (key_length != SECRET_KEY_BLOB_SIZE || !bytes))
		return true;
	row->holds_secret = true;
	if (!row->has_secret)
		return true;
	row->secret.bytes = malloc(row->secret_length);
	if (!row->secret.bytes)
		return false;
	memcpy(row->secret.row_key, key, SECRET_KEY_BLOB_SIZE);
	memcpy(row->secret.bytes, bytes, row->secret_length);
	row->secret.length = row->secret_length;
	return true;
}

static enum fault read_secret(struct row *row, bool hold, sqlite3_stmt *statement, int column)
{
	const uint8_t *key = sqlite3_column_blob(statement, column);
	const uint8_t *bytes = sqlite3_column_blob(statement, column + 1);
	size_t key_length = (size_t)sqlite3_column_bytes(statement, column);

	row->secret_length = (size_t)sqlite3_column_bytes(statement, column + 1);
	row->has_secret = sqlite3_column_type(statement, column + 1) != SQLITE_NULL;
	if (hold && !hold_secret(row, key, key_length, bytes))
		return FAULT_MEMORY;
	return row_binding(key, key_length, bytes, row->secret_length, row->found_binding);
}

/* One that gave its place up has its UUID behind the digest. */
static bool read_digest(struct row *row, sqlite3_stmt *statement, int column)
{
	uint8_t bytes[ROW_DIGEST_SIZE];

	if (read_bytes(statement, column, row->digest, HASH_SIZE))
		return true;
	if (!read_bytes(statement, column, bytes, sizeof(bytes)) || memcmp(bytes + HASH_SIZE, row->uuid, ROW_UUID_SIZE))
		return false;
	memcpy(row->digest, bytes, HASH_SIZE);
	row->displaced = true;
	return true;
}

/* Hashes of own attributes; *ret_good false: the column has something else. */
static enum fault read_own(struct row *row, sqlite3_stmt *statement, int column, bool *ret_good)
{
	size_t length;

	row->own.indexed = sqlite3_column_type(statement, column) != SQLITE_NULL;
	if (!row->own.indexed)
		return FAULT_NONE;
	length = (size_t)sqlite3_column_bytes(statement, column);
	if (sqlite3_column_type(statement, column) != SQLITE_BLOB || !length || length % HASH_SIZE ||
	    length / HASH_SIZE > OWN_MAX_HASHES) {
		*ret_good = false;
		return FAULT_NONE;
	}
	row->own.hashes = malloc(length);
	if (!row->own.hashes)
		return FAULT_MEMORY;
	memcpy(row->own.hashes, sqlite3_column_blob(statement, column), length);
	row->own.count = length / HASH_SIZE;
	return FAULT_NONE;
}

enum fault row_read(struct row *row, enum item_class item_class, bool secret, sqlite3_stmt *statement)
{
	const struct attribute *const *hashed = schema_hashed(item_class);
	const char *group, *class;
	int column = 0;
	bool good;

	*row = (struct row){ .item_class = item_class };
	row->id = sqlite3_column_int64(statement, column++);
	good = read_bytes(statement, column++, row->uuid, ROW_UUID_SIZE);
	good &= read_digest(row, statement, column++);
	good &= sqlite3_column_int(statement, column++) == ROW_FORMAT;
	row->key = sqlite3_column_int64(statement, column++);
	group = (const char *)sqlite3_column_text(statement, column++);
	row->group = strdup(group ? group : "");
	class = (const char *)sqlite3_column_text(statement, column++);
	row->class_number = row_class_number(class ? class : "");
	row->synchronizable = sqlite3_column_int(statement, column++);
	row->tombstone = sqlite3_column_int(statement, column++);
	row->created = sqlite3_column_int64(statement, column++);
	row->modified = sqlite3_column_int64(statement, column++);
	for (unsigned int i = 0; hashed[i]; i++, column++) {
		sqlite3_value *hash = sqlite3_column_value(statement, column);

		row->hashes[i].present = sqlite3_value_type(hash) != SQLITE_NULL;
		if (row->hashes[i].present)
			good &= read_value(hash, row->hashes[i].hash, HASH_SIZE);
	}
	row->sealed_length = (size_t)sqlite3_column_bytes(statement, column);
	row->sealed = malloc(row->sealed_length + 1);
	if (!row->group || !row->sealed || read_secret(row, secret, statement, column + 1) ||
	    read_own(row, statement, column + 3, &good)) {
		row_release(row);
		return FAULT_MEMORY;
	}
	if (row->sealed_length)
		memcpy(row->sealed, sqlite3_column_blob(statement, column), row->sealed_length);
	good &= row->class_number && row->sealed_length && strlen(row->group) <= ROW_MAX_GROUP;
	row->state = good ? ROW_SEALED : ROW_DAMAGED;
	return FAULT_NONE;
}

void row_bind_digest(const struct row *row, sqlite3_stmt *statement, int parameter)
{
	uint8_t bytes[ROW_DIGEST_SIZE];

	memcpy(bytes, row->digest, HASH_SIZE);
	memcpy(bytes + HASH_SIZE, row->uuid, ROW_UUID_SIZE);
	sqlite3_bind_blob(statement, parameter, bytes, row->displaced ? ROW_DIGEST_SIZE : HASH_SIZE, SQLITE_TRANSIENT);
}

int row_bind(const struct row *row, sqlite3_stmt *statement, int first)
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);

	sqlite3_bind_blob(statement, first++, row->uuid, ROW_UUID_SIZE, SQLITE_STATIC);
	row_bind_digest(row, statement, first++);
	sqlite3_bind_int(statement, first++, ROW_FORMAT);
	sqlite3_bind_int64(statement, first++, row->key);
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
	if (row->own.count)
		sqlite3_bind_blob(statement, first + 2, row->own.hashes, (int)(row->own.count * HASH_SIZE), SQLITE_STATIC);
	return first;
}
