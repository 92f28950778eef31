// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/pending_row.h"
#include "helper/keychain/store/algorithm.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/number.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "helper/keychain/base/cbor.h"
#include "helper/keychain/base/cbor_read.h"

#define FORMAT		1
#define HEADER_SIZE	8	/* format, seven zeros */
#define STEP		20	/* padded to a multiple of it, as rows are */
#define NONCE_SIZE	12
#define TAG_SIZE	16
#define BLOB_VERSION	1
#define KEY_BLOB_B	(STORE_ROW_KEY_SIZE + KEYBAG_BLOB_OVERHEAD_B)
#define KEY_BLOB_MAX	(KEY_BLOB_B + KEYBAG_BLOB_OVERHEAD)
#define MAX_AAD		(48 + ROW_MAX_GROUP)

#define COLUMNS		"row,uuid,format,agrp,class,pdmn,sync,cdat,state"

void pending_row_release(struct pending_row *row)
{
	free(row->group);
	*row = (struct pending_row){ 0 };
}

/* ---- sealing ---- */

/* A keybag that comes back on another device opens class B, but no key of this device. */
static bool stays_here(const struct pending_row *row)
{
	return row->class_number == KEYBAG_CLASS_AKU || row->class_number == KEYBAG_CLASS_CKU ||
	       row->class_number == KEYBAG_CLASS_DKU;
}

static size_t key_size(const struct pending_row *row)
{
	return stays_here(row) ? KEY_BLOB_MAX : KEY_BLOB_B;
}

/* Binds each part to its purpose, to the columns beside it but the state, and to the keybag. */
static size_t associated_data(const struct store *store, const struct pending_row *row, char purpose, uint8_t aad[MAX_AAD])
{
	size_t group = strlen(row->group);
	uint64_t added = htole64((uint64_t)row->added);

	memset(aad, 0, 8);
	aad[0] = FORMAT;
	aad[1] = (uint8_t)purpose;
	aad[2] = (uint8_t)row->class_number;
	aad[3] = row->synchronizable;
	memcpy(aad + 4, item_class_name(row->item_class), 4);
	memcpy(aad + 8, row->uuid, ROW_UUID_SIZE);
	memcpy(aad + 24, store->keybag_uuid, KEYBAG_UUID_SIZE);
	memcpy(aad + 40, &added, sizeof(added));
	memcpy(aad + 48, row->group, group);
	return 48 + group;
}

/* A module before class B says that it has no such operation; a keybag without it, that there is no such key. */
static enum fault seal_fault(struct store *store, ssize_t error)
{
	return error == -EOPNOTSUPP || error == -ENOENT ? FAULT_NO_SEAL : store_key_fault(store, (int)error);
}

/* A new key into store->row_key; @blob: as the row has it. */
static enum fault make_key(struct store *store, const struct pending_row *row, uint8_t blob[KEY_BLOB_MAX])
{
	uint8_t aad[MAX_AAD], inner[KEY_BLOB_B];
	size_t length = associated_data(store, row, 'k', aad);
	bool here = stays_here(row);
	ssize_t result = keybag_generate(store->fd, KEYBAG_CLASS_B, store->row_key, STORE_ROW_KEY_SIZE, aad, length,
					 here ? inner : blob, KEY_BLOB_B);

	if (result < 0)
		return seal_fault(store, result);
	if (!here)
		return FAULT_NONE;
	length = associated_data(store, row, 'd', aad);
	result = keybag_wrap(store->fd, KEYBAG_CLASS_DKU, inner, sizeof(inner), aad, length, blob, KEY_BLOB_MAX);
	return result < 0 ? store_key_fault(store, (int)result) : FAULT_NONE;
}

/* A flipped bit of the header is no lock. */
static bool plausible(const uint8_t *blob, uint32_t class_number)
{
	return blob[0] == BLOB_VERSION && !blob[1] && blob[2] == class_number && !blob[3];
}

/* The key of @blob, which has key_size() bytes, into store->row_key. */
static enum fault open_key(struct store *store, const struct pending_row *row, const uint8_t *blob)
{
	uint8_t aad[MAX_AAD], inner[KEY_BLOB_B];
	size_t length;
	ssize_t result;

	if (stays_here(row)) {
		if (!plausible(blob, KEYBAG_CLASS_DKU))
			return FAULT_DAMAGED;
		length = associated_data(store, row, 'd', aad);
		result = keybag_unwrap(store->fd, blob, KEY_BLOB_MAX, aad, length, inner, sizeof(inner));
		if (result != sizeof(inner))
			return result < 0 ? store_key_fault(store, (int)result) : FAULT_DAMAGED;
		blob = inner;
	}
	if (!plausible(blob, KEYBAG_CLASS_B))
		return FAULT_DAMAGED;
	length = associated_data(store, row, 'k', aad);
	result = keybag_unwrap(store->fd, blob, KEY_BLOB_B, aad, length, store->row_key, STORE_ROW_KEY_SIZE);
	if (result == STORE_ROW_KEY_SIZE)
		return FAULT_NONE;
	return result < 0 ? store_key_fault(store, (int)result) : FAULT_DAMAGED;
}

/* By store->row_key, in place: nonce, @length bytes, tag. */
static bool encrypt(const uint8_t *aad, size_t aad_length, uint8_t *sealed, size_t length, const uint8_t *key)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t *bytes = sealed + NONCE_SIZE;
	int part;
	bool done = context && EVP_EncryptInit_ex(context, algorithm_gcm(), NULL, key, sealed) == 1 &&
		    EVP_EncryptUpdate(context, NULL, &part, aad, (int)aad_length) == 1 &&
		    EVP_EncryptUpdate(context, bytes, &part, bytes, (int)length) == 1 &&
		    EVP_EncryptFinal_ex(context, bytes + length, &part) == 1 &&
		    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, bytes + length) == 1;

	EVP_CIPHER_CTX_free(context);
	return done;
}

static bool decrypt(const uint8_t *aad, size_t aad_length, uint8_t *sealed, size_t length, const uint8_t *key)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t *bytes = sealed + NONCE_SIZE;
	int part;
	bool done = context && EVP_DecryptInit_ex(context, algorithm_gcm(), NULL, key, sealed) == 1 &&
		    EVP_DecryptUpdate(context, NULL, &part, aad, (int)aad_length) == 1 &&
		    EVP_DecryptUpdate(context, bytes, &part, bytes, (int)length) == 1 &&
		    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, bytes + length) == 1 &&
		    EVP_DecryptFinal_ex(context, bytes + length, &part) == 1;

	EVP_CIPHER_CTX_free(context);
	return done;
}

/* Header, value and padding behind room for the nonce, and room for the tag behind them; to be wiped and freed. */
static uint8_t *encode(const struct value *addition, size_t *ret_length)
{
	size_t size = cbor_value_size(addition), length = HEADER_SIZE + size, padding = STEP - length % STEP;
	uint8_t *sealed = size ? calloc(1, NONCE_SIZE + length + padding + TAG_SIZE) : NULL;
	uint8_t *bytes = sealed + NONCE_SIZE;

	if (!sealed)
		return NULL;
	bytes[0] = FORMAT;
	cbor_value_write(addition, bytes + HEADER_SIZE, size);
	memset(bytes + length, (int)padding, padding);
	*ret_length = length + padding;
	return sealed;
}

static enum fault decode(const uint8_t *bytes, size_t length, struct value **ret_addition)
{
	uint8_t padding = bytes[length - 1];
	int error;

	if (length % STEP || padding < 1 || padding > STEP || length < (size_t)HEADER_SIZE + padding || bytes[0] != FORMAT ||
	    memcmp(bytes + 1, (uint8_t[HEADER_SIZE - 1]){ 0 }, HEADER_SIZE - 1))
		return FAULT_DAMAGED;
	error = cbor_value_read(bytes + HEADER_SIZE, length - HEADER_SIZE - padding, VALUE_MAX_ENTRIES, ret_addition);
	return error == -ENOMEM ? FAULT_MEMORY : error ? FAULT_DAMAGED : FAULT_NONE;
}

static enum fault seal(struct store *store, const struct pending_row *row, uint8_t *sealed, size_t length,
		       uint8_t key[KEY_BLOB_MAX])
{
	uint8_t aad[MAX_AAD];
	size_t aad_length = associated_data(store, row, 's', aad);
	enum fault fault;

	if (store->fd < 0)
		return FAULT_UNLOADED;
	if (getrandom(sealed, NONCE_SIZE, 0) != NONCE_SIZE)
		return store_key_fault(store, -EIO);
	fault = make_key(store, row, key);
	if (!fault && !encrypt(aad, aad_length, sealed, length, store->row_key))
		fault = FAULT_MEMORY;
	explicit_bzero(store->row_key, STORE_ROW_KEY_SIZE);
	return fault;
}

/* ---- rows ---- */

/* Sets the time, and refuses what is too much. */
static enum fault check_room(struct store *store, struct pending_row *row, size_t length)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	select = database_prepare(&store->database, "SELECT count(*),total(length(sealed)),max(cdat) FROM pending");
	if (!select)
		return store->database.fault;
	result = sqlite3_step(select);
	if (result != SQLITE_ROW)
		return database_fault(&store->database, result);
	if (sqlite3_column_int64(select, 2) >= row->added && sqlite3_column_int64(select, 2) < INT64_MAX)
		row->added = sqlite3_column_int64(select, 2) + 1;
	if (sqlite3_column_int64(select, 0) < PENDING_MAX_ROWS &&
	    sqlite3_column_int64(select, 1) + (int64_t)length <= PENDING_MAX_BYTES)
		return FAULT_NONE;
	return fault_because(&store->database.reason, FAULT_TOO_MANY, "over quota: %d items, of %d MiB together, may wait for "
			     "the keybag to be unlocked: unlock it, and decide about those that 'keychainctl pending' lists "
			     "then; nothing was added", PENDING_MAX_ROWS,
			     PENDING_MAX_BYTES >> 20);
}

static enum fault insert_sealed(struct store *store, struct pending_row *row, const uint8_t *key, const uint8_t *sealed,
				size_t length)
{
	sqlite3_stmt *insert CLEANUP_STATEMENT = NULL;
	int result;

	insert = database_prepare(&store->database, "INSERT INTO pending(uuid,format,agrp,class,pdmn,sync,cdat,state,key,sealed) "
				  "VALUES(?,?,?,?,?,?,?,?,?,?)");
	if (!insert)
		return store->database.fault;
	sqlite3_bind_blob(insert, 1, row->uuid, ROW_UUID_SIZE, SQLITE_STATIC);
	sqlite3_bind_int(insert, 2, FORMAT);
	sqlite3_bind_text(insert, 3, row->group, -1, SQLITE_STATIC);
	sqlite3_bind_text(insert, 4, item_class_name(row->item_class), -1, SQLITE_STATIC);
	sqlite3_bind_text(insert, 5, keybag_class_name(row->class_number), -1, SQLITE_STATIC);
	sqlite3_bind_int(insert, 6, row->synchronizable);
	sqlite3_bind_int64(insert, 7, row->added);
	sqlite3_bind_int(insert, 8, PENDING_WAITS);
	sqlite3_bind_blob(insert, 9, key, (int)key_size(row), SQLITE_STATIC);
	sqlite3_bind_blob(insert, 10, sealed, (int)length, SQLITE_STATIC);
	result = sqlite3_step(insert);
	if (result != SQLITE_DONE)
		return database_fault(&store->database, result);
	row->id = sqlite3_last_insert_rowid(store->database.handle);
	store->pending.known = false;
	return FAULT_NONE;
}

enum fault pending_row_insert(struct store *store, struct pending_row *row, const struct value *addition)
{
	uint8_t key[KEY_BLOB_MAX];
	size_t length = 0;
	uint8_t *sealed = encode(addition, &length);
	enum fault fault = sealed ? check_room(store, row, length) : FAULT_MEMORY;

	row->state = PENDING_WAITS;
	if (!fault)
		fault = seal(store, row, sealed, length, key);
	if (!fault)
		fault = insert_sealed(store, row, key, sealed, NONCE_SIZE + length + TAG_SIZE);
	if (sealed)
		explicit_bzero(sealed, NONCE_SIZE + length);
	free(sealed);
	return fault;
}

/* From COLUMNS. What makes no sense is a damaged row, of which only the number, the identity and the group are of use. */
static enum fault read_row(sqlite3_stmt *select, struct pending_row *row)
{
	const char *group = (const char *)sqlite3_column_text(select, 3);
	const char *item = (const char *)sqlite3_column_text(select, 4), *class = (const char *)sqlite3_column_text(select, 5);
	int state = sqlite3_column_int(select, 8);
	bool good = sqlite3_column_type(select, 1) == SQLITE_BLOB && sqlite3_column_bytes(select, 1) == ROW_UUID_SIZE;

	*row = (struct pending_row){ .id = sqlite3_column_int64(select, 0), .group = strdup(group ? group : "") };
	if (!row->group)
		return FAULT_MEMORY;
	if (good)
		memcpy(row->uuid, sqlite3_column_blob(select, 1), ROW_UUID_SIZE);
	row->class_number = row_class_number(class ? class : "");
	row->synchronizable = sqlite3_column_int(select, 6);
	row->added = sqlite3_column_int64(select, 7);
	good &= sqlite3_column_int(select, 2) == FORMAT && strlen(row->group) <= ROW_MAX_GROUP && row->class_number &&
		row->class_number != KEYBAG_CLASS_AKPU && item && item_class_by_name(item, &row->item_class) &&
		row->item_class < ITEM_STORED_CLASSES && state >= 0 && state < PENDING_STATES;
	row->state = good ? (enum pending_state)state : PENDING_DAMAGED;
	return FAULT_NONE;
}

static enum fault one_row(struct store *store, sqlite3_stmt *select, struct pending_row *ret_row, bool *ret_found)
{
	int result = sqlite3_step(select);

	*ret_found = result == SQLITE_ROW;
	if (*ret_found)
		return read_row(select, ret_row);
	return result == SQLITE_DONE ? FAULT_NONE : database_fault(&store->database, result);
}

enum fault pending_row_next(struct store *store, int64_t after, struct pending_row *ret_row, bool *ret_found)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;

	*ret_found = false;
	select = database_prepare(&store->database, "SELECT " COLUMNS " FROM pending WHERE row>? ORDER BY row LIMIT 1");
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, after);
	return one_row(store, select, ret_row, ret_found);
}

enum fault pending_row_find(struct store *store, const uint8_t uuid[ROW_UUID_SIZE], struct pending_row *ret_row,
			    bool *ret_found)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;

	*ret_found = false;
	select = database_prepare(&store->database, "SELECT " COLUMNS " FROM pending WHERE uuid=?");
	if (!select)
		return store->database.fault;
	sqlite3_bind_blob(select, 1, uuid, ROW_UUID_SIZE, SQLITE_STATIC);
	return one_row(store, select, ret_row, ret_found);
}

/* @sealed is of the statement: a copy is opened, and wiped. */
static enum fault open_sealed(struct store *store, const struct pending_row *row, const uint8_t *sealed, size_t length,
			      struct value **ret_addition)
{
	size_t plain = length - NONCE_SIZE - TAG_SIZE, aad_length;
	uint8_t aad[MAX_AAD], *copy = malloc(length);
	enum fault fault = FAULT_MEMORY;

	aad_length = associated_data(store, row, 's', aad);
	if (copy) {
		memcpy(copy, sealed, length);
		fault = decrypt(aad, aad_length, copy, plain, store->row_key) ?
			decode(copy + NONCE_SIZE, plain, ret_addition) : FAULT_DAMAGED;
		explicit_bzero(copy, length);
	}
	free(copy);
	return fault;
}

enum fault pending_row_open(struct store *store, const struct pending_row *row, struct value **ret_addition)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	size_t length;
	enum fault fault;
	int result;

	*ret_addition = NULL;
	select = database_prepare(&store->database, "SELECT key,sealed FROM pending WHERE row=?");
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, row->id);
	result = sqlite3_step(select);
	if (result != SQLITE_ROW)
		return database_fault(&store->database, result == SQLITE_DONE ? SQLITE_CORRUPT : result);
	length = (size_t)sqlite3_column_bytes(select, 1);
	if (store->fd < 0)
		return FAULT_UNLOADED;
	if (row->state == PENDING_DAMAGED || (size_t)sqlite3_column_bytes(select, 0) != key_size(row) ||
	    length < NONCE_SIZE + STEP + TAG_SIZE)
		return FAULT_DAMAGED;
	fault = open_key(store, row, sqlite3_column_blob(select, 0));
	if (!fault)
		fault = open_sealed(store, row, sqlite3_column_blob(select, 1), length, ret_addition);
	explicit_bzero(store->row_key, STORE_ROW_KEY_SIZE);
	return fault;
}

/* A statement about one row, which was there a moment ago. */
static enum fault step_row(struct store *store, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	store->pending.known = false;
	if (result == SQLITE_DONE && sqlite3_changes(store->database.handle) == 1)
		return FAULT_NONE;
	return database_fault(&store->database, result == SQLITE_DONE ? SQLITE_CORRUPT : result);
}

enum fault pending_row_set_state(struct store *store, const struct pending_row *row, enum pending_state state)
{
	sqlite3_stmt *update CLEANUP_STATEMENT = database_prepare(&store->database, "UPDATE pending SET state=? WHERE row=?");

	if (!update)
		return store->database.fault;
	sqlite3_bind_int(update, 1, state);
	sqlite3_bind_int64(update, 2, row->id);
	return step_row(store, update);
}

enum fault pending_row_delete(struct store *store, const struct pending_row *row)
{
	sqlite3_stmt *delete CLEANUP_STATEMENT = database_prepare(&store->database, "DELETE FROM pending WHERE row=?");

	if (!delete)
		return store->database.fault;
	sqlite3_bind_int64(delete, 1, row->id);
	return step_row(store, delete);
}

static enum fault look(struct store *store)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	/* Whatever the state of one has become, others wait. */
	select = database_prepare(&store->database, "SELECT count(*),total(state=0) FROM pending");
	if (!select)
		return store->database.fault;
	result = sqlite3_step(select);
	if (result != SQLITE_ROW)
		return database_fault(&store->database, result);
	store->pending.any = sqlite3_column_int(select, 0);
	store->pending.waiting = sqlite3_column_int(select, 1);
	/* The snapshot is that of the statement. */
	store->pending.version = database_data_version(&store->database);
	store->pending.known = true;
	return FAULT_NONE;
}

static bool is_known(struct store *store)
{
	return store->pending.known && store->pending.version == database_data_version(&store->database);
}

bool pending_row_none(struct store *store)
{
	return is_known(store) && !store->pending.any;
}

enum fault pending_row_due(struct store *store, bool *ret_due)
{
	struct keybag_status status;
	enum fault fault = FAULT_NONE;

	*ret_due = false;
	if (store->database.version < SCHEMA_WITH_PENDING)
		return FAULT_NONE;
	if (!is_known(store))
		fault = look(store);
	if (fault || !store->pending.waiting || store->fd < 0 || keybag_status(store->fd, &status))
		return fault;
	*ret_due = status.classes_available & KEYBAG_CLASS_BIT(KEYBAG_CLASS_B);
	return FAULT_NONE;
}
