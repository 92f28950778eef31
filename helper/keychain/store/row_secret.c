// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row_secret.h"
#include "helper/keychain/store/algorithm.h"
#include "helper/keychain/store/row_format.h"

#include <endian.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define NONCE_SIZE	12
#define TAG_SIZE	16
#define AAD_SIZE	(8 + ROW_UUID_SIZE + ROW_SEAL_SIZE)
#define BLOB_VERSION	1

void sealed_secret_release(struct sealed_secret *sealed)
{
	free(sealed->bytes);
	*sealed = (struct sealed_secret){ 0 };
}

/* Binds both halves of a row, and each to its purpose. */
static void associated_data(const struct row *row, char purpose, uint8_t aad[AAD_SIZE])
{
	memset(aad, 0, AAD_SIZE);
	aad[0] = ROW_FORMAT;
	aad[1] = (uint8_t)purpose;
	memcpy(aad + 4, item_class_name(row->item_class), 4);
	memcpy(aad + 8, row->uuid, ROW_UUID_SIZE);
	memcpy(aad + 8 + ROW_UUID_SIZE, row->seal, ROW_SEAL_SIZE);
}

/* The plaintext is @length bytes, then padding: 1 to 20 bytes, each their number. */
static bool encrypt(const uint8_t *key, const uint8_t *aad, const uint8_t *bytes, size_t length,
		    size_t padding, uint8_t *sealed)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t *out = sealed + NONCE_SIZE, pad[SECRET_STEP];
	bool done;
	int part;

	memset(pad, (int)padding, sizeof(pad));
	done = context && EVP_EncryptInit_ex(context, algorithm_gcm(), NULL, key, sealed) == 1 &&
	       EVP_EncryptUpdate(context, NULL, &part, aad, AAD_SIZE) == 1;
	if (done && length) {
		done = EVP_EncryptUpdate(context, out, &part, bytes, (int)length) == 1;
		out += length;
	}
	done = done && EVP_EncryptUpdate(context, out, &part, pad, (int)padding) == 1 &&
	       EVP_EncryptFinal_ex(context, out + padding, &part) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, out + padding) == 1;
	EVP_CIPHER_CTX_free(context);
	return done;
}

static bool decrypt(const uint8_t *key, const uint8_t *aad, const uint8_t *sealed, size_t length,
		    uint8_t *plain)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	size_t plain_length = length - NONCE_SIZE - TAG_SIZE;
	int part;
	bool done;

	done = context && EVP_DecryptInit_ex(context, algorithm_gcm(), NULL, key, sealed) == 1 &&
	       EVP_DecryptUpdate(context, NULL, &part, aad, AAD_SIZE) == 1 &&
	       EVP_DecryptUpdate(context, plain, &part, sealed + NONCE_SIZE, (int)plain_length) ==
		       1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
				   (void *)(sealed + NONCE_SIZE + plain_length)) == 1 &&
	       EVP_DecryptFinal_ex(context, plain + plain_length, &part) == 1;
	EVP_CIPHER_CTX_free(context);
	return done;
}

static enum fault seal_bytes(struct store *store, struct row *row, const uint8_t *bytes, size_t length,
			     struct sealed_secret *ret_sealed)
{
	size_t padding = SECRET_STEP - length % SECRET_STEP;
	size_t size = NONCE_SIZE + length + padding + TAG_SIZE;
	uint8_t aad[AAD_SIZE], *sealed;
	enum fault fault = FAULT_NONE;
	ssize_t result;

	sealed = malloc(size);
	if (!sealed)
		return FAULT_MEMORY;
	if (getrandom(row->seal, ROW_SEAL_SIZE, 0) != ROW_SEAL_SIZE ||
	    getrandom(sealed, NONCE_SIZE, 0) != NONCE_SIZE) {
		free(sealed);
		return store_key_fault(store, -EIO);
	}
	associated_data(row, 'k', aad);
	result = keybag_generate(store->fd, row->class_number, store->row_key, STORE_ROW_KEY_SIZE,
				 aad, sizeof(aad), ret_sealed->row_key, SECRET_KEY_BLOB_SIZE);
	if (result < 0) {
		fault = store_key_fault(store, (int)result);
	} else {
		associated_data(row, 's', aad);
		if (!encrypt(store->row_key, aad, bytes, length, padding, sealed))
			fault = FAULT_MEMORY;
	}
	explicit_bzero(store->row_key, STORE_ROW_KEY_SIZE);
	if (!fault)
		fault = row_binding(ret_sealed->row_key, SECRET_KEY_BLOB_SIZE, sealed, size,
				    row->binding);
	if (fault) {
		free(sealed);
		return fault;
	}
	ret_sealed->bytes = sealed;
	ret_sealed->length = size;
	return FAULT_NONE;
}

enum fault secret_seal(struct store *store, struct row *row, const struct value *secret,
		       struct sealed_secret *ret_sealed)
{
	const uint8_t *bytes;
	uint8_t *fields;
	size_t length;
	enum fault fault;

	*ret_sealed = (struct sealed_secret){ 0 };
	row->flags = 0;
	memset(row->seal, 0, ROW_SEAL_SIZE);
	memset(row->binding, 0, ROW_BINDING_SIZE);
	if (!secret)
		return FAULT_NONE;
	/* Gone since the request began. */
	if (store->fd < 0)
		return FAULT_UNLOADED;
	row->flags = ROW_FLAG_SECRET;
	if (!value_is(secret, VALUE_DICTIONARY)) {
		bytes = value_bytes(secret, &length);
		return seal_bytes(store, row, bytes, length, ret_sealed);
	}
	row->flags |= ROW_FLAG_FIELDS;
	length = fields_encode(secret, NULL);
	fields = malloc(length + 1);
	if (!fields)
		return FAULT_MEMORY;
	fields_encode(secret, fields);
	fault = seal_bytes(store, row, fields, length, ret_sealed);
	explicit_bzero(fields, length);
	free(fields);
	return fault;
}

/* As with the attributes: a flipped bit of the header is no lock. */
static bool plausible(const struct row *row, const struct sealed_secret *sealed)
{
	return sealed->row_key[0] == BLOB_VERSION && !sealed->row_key[1] &&
	       sealed->row_key[2] == row->class_number && !sealed->row_key[3];
}

enum fault secret_change_class(struct store *store, struct row *row, uint32_t class_number,
			       struct sealed_secret *sealed)
{
	uint8_t aad[AAD_SIZE];
	ssize_t result;

	if (!sealed->bytes)
		return FAULT_NONE;
	if (!plausible(row, sealed))
		return FAULT_DAMAGED;
	associated_data(row, 'k', aad);
	result = keybag_rewrap(store->fd, -1, class_number, sealed->row_key, SECRET_KEY_BLOB_SIZE,
			       aad, sizeof(aad), aad, sizeof(aad), sealed->row_key,
			       SECRET_KEY_BLOB_SIZE);
	if (result < 0)
		return store_key_fault(store, (int)result);
	return row_binding(sealed->row_key, SECRET_KEY_BLOB_SIZE, sealed->bytes, sealed->length,
			   row->binding);
}

enum fault secret_move(struct store *store, struct row *row, int from, int to, struct sealed_secret *sealed)
{
	uint8_t aad[AAD_SIZE];
	ssize_t result;

	if (!sealed->bytes)
		return FAULT_NONE;
	if (!plausible(row, sealed))
		return FAULT_DAMAGED;
	associated_data(row, 'k', aad);
	result = keybag_rewrap(from, to, row->class_number, sealed->row_key, SECRET_KEY_BLOB_SIZE, aad, sizeof(aad), aad,
			       sizeof(aad), sealed->row_key, SECRET_KEY_BLOB_SIZE);
	if (result < 0)
		return store_backup_fault(store, (int)result);
	return row_binding(sealed->row_key, SECRET_KEY_BLOB_SIZE, sealed->bytes, sealed->length, row->binding);
}

static enum fault unpad(struct value *secret)
{
	size_t length;
	const uint8_t *bytes = value_bytes(secret, &length);
	unsigned int padding = length ? bytes[length - 1] : 0;

	if (length % SECRET_STEP || padding < 1 || padding > SECRET_STEP)
		return FAULT_DAMAGED;
	value_truncate(secret, length - padding);
	return FAULT_NONE;
}

enum fault secret_open(struct store *store, const struct row *row, const struct sealed_secret *sealed,
		       struct value **ret_secret)
{
	struct value *secret, *fields;
	uint8_t aad[AAD_SIZE], *plain;
	size_t length;
	ssize_t result;
	enum fault fault = FAULT_NONE;

	*ret_secret = NULL;
	if (!(row->flags & ROW_FLAG_SECRET))
		return FAULT_NONE;
	if (!sealed->bytes || sealed->length < NONCE_SIZE + SECRET_STEP + TAG_SIZE ||
	    !plausible(row, sealed))
		return FAULT_DAMAGED;
	secret = value_data_new(sealed->length - NONCE_SIZE - TAG_SIZE);
	if (!secret)
		return FAULT_MEMORY;
	plain = value_bytes_mutable(secret, &length);
	associated_data(row, 'k', aad);
	result = keybag_unwrap(store->fd, sealed->row_key, SECRET_KEY_BLOB_SIZE, aad, sizeof(aad),
			       store->row_key, STORE_ROW_KEY_SIZE);
	associated_data(row, 's', aad);
	if (result < 0)
		fault = store_key_fault(store, (int)result);
	else if (result != STORE_ROW_KEY_SIZE ||
		 !decrypt(store->row_key, aad, sealed->bytes, sealed->length, plain))
		fault = FAULT_DAMAGED;
	explicit_bzero(store->row_key, STORE_ROW_KEY_SIZE);
	if (!fault)
		fault = unpad(secret);
	if (!fault && row->flags & ROW_FLAG_FIELDS) {
		const uint8_t *bytes = value_bytes(secret, &length);

		fault = fields_decode(bytes, length, &fields);
		value_free(secret);
		secret = fault ? NULL : fields;
	}
	if (fault)
		value_free(secret);
	else
		*ret_secret = secret;
	return fault;
}

enum fault secret_get(struct store *store, const struct row *row, struct value **ret_secret)
{
	struct sealed_secret sealed;
	enum fault fault;

	*ret_secret = NULL;
	if (row->holds_secret)
		return secret_open(store, row, &row->secret, ret_secret);
	fault = secret_read(store, row, &sealed);
	if (!fault)
		fault = secret_open(store, row, &sealed, ret_secret);
	sealed_secret_release(&sealed);
	return fault;
}

enum fault secret_read(struct store *store, const struct row *row, struct sealed_secret *ret_sealed)
{
	struct statement_name name = { .kind = STATEMENT_SECRET, .item_class = row->item_class };
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	*ret_sealed = (struct sealed_secret){ 0 };
	select = database_named(&store->database, &name, "SELECT rowkey,secret FROM %s WHERE row=?",
				item_class_name(row->item_class));
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, row->id);
	result = sqlite3_step(select);
	/* It was there a moment ago, in the same snapshot. */
	if (result != SQLITE_ROW)
		return database_fault(&store->database, result == SQLITE_DONE ? SQLITE_CORRUPT : result);
	if (sqlite3_column_type(select, 1) == SQLITE_NULL)
		return FAULT_NONE;
	if (sqlite3_column_bytes(select, 0) != SECRET_KEY_BLOB_SIZE)
		return FAULT_DAMAGED;
	memcpy(ret_sealed->row_key, sqlite3_column_blob(select, 0), SECRET_KEY_BLOB_SIZE);
	ret_sealed->length = (size_t)sqlite3_column_bytes(select, 1);
	ret_sealed->bytes = malloc(ret_sealed->length + 1);
	if (!ret_sealed->bytes)
		return FAULT_MEMORY;
	if (ret_sealed->length)
		memcpy(ret_sealed->bytes, sqlite3_column_blob(select, 1), ret_sealed->length);
	return FAULT_NONE;
}
