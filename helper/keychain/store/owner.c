// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/owner.h"
#include "helper/keychain/store/database_open.h"
#include "helper/keychain/store/aside.h"
#include "helper/keychain/store/beside.h"
#include "helper/keychain/store/key_blob.h"
#include "helper/keychain/store/raw.h"
#include "helper/keychain/store/schema.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/libkeybag/keybag.h"

#define CHECK_SIZE	4
#define RECORD_SIZE	(KEYBAG_UUID_SIZE + CHECK_SIZE)

#define FIND_ACCOUNT	"SELECT value FROM about WHERE name='account'"

/* A flipped bit of the record must not look like another keybag. */
static void make_record(const uint8_t *uuid, uint8_t record[RECORD_SIZE])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(uuid, KEYBAG_UUID_SIZE, digest);
	memcpy(record, uuid, KEYBAG_UUID_SIZE);
	memcpy(record + KEYBAG_UUID_SIZE, digest, CHECK_SIZE);
}

/* Whether @sql has a row. What cannot be read is not known to have none: a status then. */
static enum fault has_row(struct database *database, const char *sql, bool *ret_has)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(database, sql);
	int result;

	*ret_has = true;
	if (!select)
		return database->fault;
	result = sqlite3_step(select);
	*ret_has = result != SQLITE_DONE;
	return result == SQLITE_ROW || result == SQLITE_DONE ? FAULT_NONE : database_fault(database, result);
}

static enum fault has_keys(struct database *database, bool *ret_has)
{
	return has_row(database, "SELECT 1 FROM metadatakeys UNION ALL SELECT 1 FROM lookupkeys LIMIT 1", ret_has);
}

static enum fault has_items(struct database *database, bool *ret_has)
{
	enum fault fault = FAULT_NONE;

	*ret_has = false;
	if (database->version >= SCHEMA_WITH_PENDING)
		fault = has_row(database, "SELECT 1 FROM pending LIMIT 1", ret_has);
	if (fault || *ret_has)
		return fault;
	return has_row(database, "SELECT 1 FROM genp UNION ALL SELECT 1 FROM inet UNION ALL SELECT 1 FROM cert "
		       "UNION ALL SELECT 1 FROM keys LIMIT 1", ret_has);
}

/* Fills store->owner. A file that says nothing is new if it has no keys. */
static enum fault read_record(struct store *store)
{
	struct database *database = &store->database;
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	uint8_t record[RECORD_SIZE];
	const uint8_t *found;
	bool keys;
	int result;

	if (has_keys(database, &keys))
		return database->fault;
	store->owner.state = keys ? OWNER_UNKNOWN : OWNER_NONE;
	if (database->version < SCHEMA_WITH_ABOUT)
		return FAULT_NONE;
	select = database_prepare(database, "SELECT value FROM about WHERE name='keybag'");
	if (!select)
		return database->fault;
	result = sqlite3_step(select);
	if (result == SQLITE_DONE)
		return FAULT_NONE;
	if (result != SQLITE_ROW) {
		return database_fault(database, result);
	}
	found = sqlite3_column_blob(select, 0);
	if (!found || sqlite3_column_bytes(select, 0) != RECORD_SIZE)
		return FAULT_NONE;
	make_record(found, record);
	if (!memcmp(found, record, RECORD_SIZE)) {
		store->owner.state = OWNER_KNOWN;
		memcpy(store->owner.keybag, found, KEYBAG_UUID_SIZE);
	}
	return FAULT_NONE;
}

/* Where nothing says whose the keys are: whether the keybag behind @fd opens one of them. */
static enum fault check_keys(struct store *store, int fd)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	bool locked = false;
	enum fault fault;
	int result;

	select = database_prepare(&store->database, "SELECT data,'keychain lookup key',keyclass FROM lookupkeys UNION ALL "
				  "SELECT data,'keychain metadata key',keyclass FROM metadatakeys");
	if (!select)
		return store->database.fault;
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		const char *purpose = (const char *)sqlite3_column_text(select, 1);
		const uint8_t *blob = sqlite3_column_blob(select, 0);
		size_t length = (size_t)sqlite3_column_bytes(select, 0);
		int number = keybag_child_open(fd, blob, length, purpose, strlen(purpose));

		if (number >= 0) {
			keybag_child_close(fd, number);
			return FAULT_NONE;
		}
		fault = store_key_fault(store, number);
		locked |= fault == FAULT_LOCKED;
		/* It is refused for what this descriptor may do, and shows nothing. */
		if (fault == FAULT_REFUSED && key_blob_plausible(blob, length, (uint32_t)sqlite3_column_int(select, 2)))
			return fault;
		if (fault != FAULT_LOCKED && !fault_is_damage(fault))
			return fault;
	}
	if (result != SQLITE_DONE) {
		return database_fault(&store->database, result);
	}
	return locked ? FAULT_LOCKED : FAULT_OTHER_KEYBAG;
}

enum fault owner_check(struct store *store, int fd)
{
	struct keybag_status status;
	bool aside;
	int error = keybag_status(fd, &status);
	enum fault fault = error ? store_key_fault(store, error) : read_record(store);

	if (fault)
		return fault;
	memcpy(store->keybag_uuid, status.uuid, KEYBAG_UUID_SIZE);
	switch (store->owner.state) {
	case OWNER_KNOWN:
		return memcmp(store->owner.keybag, status.uuid, KEYBAG_UUID_SIZE) ? FAULT_OTHER_KEYBAG : FAULT_NONE;
	case OWNER_NONE:
		fault = aside_exists(store->database.path, status.uuid, &aside, &store->database.reason);
		return !fault && aside ? FAULT_OTHER_KEYBAG : fault;
	default:
		return check_keys(store, fd);
	}
}

static enum fault record(struct store *store, const char *name, const void *bytes, size_t length)
{
	sqlite3_stmt *insert CLEANUP_STATEMENT = NULL;
	int result;

	insert = database_prepare(&store->database, "INSERT OR REPLACE INTO about(name,value) VALUES(?,?)");
	if (!insert)
		return store->database.fault;
	sqlite3_bind_text(insert, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_blob(insert, 2, bytes, (int)length, SQLITE_STATIC);
	result = sqlite3_step(insert);
	return result == SQLITE_DONE ? FAULT_NONE : database_fault(&store->database, result);
}

enum fault owner_record(struct store *store)
{
	return store->database.version < SCHEMA_WITH_ABOUT ? FAULT_NONE : owner_record_migrated(store);
}

enum fault owner_record_migrated(struct store *store)
{
	uint8_t bytes[RECORD_SIZE];
	enum fault fault;

	if (store->owner.state == OWNER_KNOWN || store->fd < 0)
		return FAULT_NONE;
	make_record(store->keybag_uuid, bytes);
	fault = record(store, "keybag", bytes, sizeof(bytes));
	if (!fault && store->account)
		fault = record(store, "account", store->account, strlen(store->account));
	if (!fault)
		store->owner.recording = true;
	return fault;
}

/* A file without keys and items has nothing to be kept for. */
static enum fault remove_empty(struct database *database)
{
	int error = beside_remove(database->path);

	return error ? fault_because(&database->reason, FAULT_FILE, "%s cannot be removed: %s", database->path,
				     strerrordesc_np(-error)) : FAULT_NONE;
}

enum fault owner_exchange(struct store *store)
{
	struct database *database = &store->database;
	const uint8_t *owner = store->owner.state == OWNER_KNOWN ? store->owner.keybag : NULL;
	char text[KEYBAG_UUID_TEXT_SIZE], *target = NULL;
	bool items = true, back = false;
	enum fault fault = FAULT_NONE;

	if (store->owner.state == OWNER_NONE)
		fault = has_items(database, &items);
	if (!fault)
		fault = database_fold(database);
	if (fault)
		return fault;
	fault = items ? aside_keybag(database->path, owner, &target, &database->reason) : remove_empty(database);
	if (!fault)
		fault = aside_exists(database->path, store->keybag_uuid, &back, &database->reason);
	if (!fault && back)
		fault = aside_restore(database->path, store->keybag_uuid, &database->reason);
	store->owner.state = OWNER_UNKNOWN;
	if (!fault)
		fault = database_reopen(database);
	keybag_uuid_format(store->keybag_uuid, text);
	if (!fault)
		database_notice(database, "%s%s%s%s%s", target ? "the items of another keybag were put aside, into " :
				"", target ? target : "", target && back ? "; " : "",
				back ? "those of the present keybag are back, " : target ? "; a new file is used, of keybag " :
				"a new file is used, of keybag ", text);
	free(database->set_aside);
	database->set_aside = target;
	return fault;
}

static void take_account(sqlite3_stmt *select, char ret_account[OWNER_ACCOUNT_SIZE])
{
	if (sqlite3_column_bytes(select, 0) < OWNER_ACCOUNT_SIZE)
		snprintf(ret_account, OWNER_ACCOUNT_SIZE, "%.*s", sqlite3_column_bytes(select, 0),
			 (const char *)sqlite3_column_blob(select, 0));
}

enum fault owner_account(struct store *store, char ret_account[OWNER_ACCOUNT_SIZE])
{
	struct database *database = &store->database;
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	int result;

	*ret_account = 0;
	if (database->version < SCHEMA_WITH_ABOUT)
		return FAULT_NONE;
	select = database_prepare(database, FIND_ACCOUNT);
	if (!select)
		return database->fault;
	result = sqlite3_step(select);
	if (result == SQLITE_ROW)
		take_account(select, ret_account);
	return result == SQLITE_ROW || result == SQLITE_DONE ? FAULT_NONE : database_fault(database, result);
}

static int64_t look(sqlite3 *handle, char *ret_account)
{
	sqlite3_stmt *statement;
	int64_t count = -1;

	if (sqlite3_prepare_v2(handle, SCHEMA_COUNT, -1, &statement, NULL) == SQLITE_OK) {
		if (sqlite3_step(statement) == SQLITE_ROW)
			count = sqlite3_column_int64(statement, 0);
		sqlite3_finalize(statement);
	}
	if (sqlite3_prepare_v2(handle, FIND_ACCOUNT, -1, &statement, NULL) == SQLITE_OK) {
		if (sqlite3_step(statement) == SQLITE_ROW)
			take_account(statement, ret_account);
		sqlite3_finalize(statement);
	}
	return count;
}

int64_t owner_look(const char *path, char ret_account[OWNER_ACCOUNT_SIZE])
{
	char *uri CLEANUP_FREE = NULL;
	sqlite3 *handle = NULL;
	int64_t count = -1;

	*ret_account = 0;
	/* Nobody has it open: no locks, and nothing is made beside it. */
	if (asprintf(&uri, "file:%s?immutable=1", path) < 0)
		return -1;
	if (sqlite3_open_v2(uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) ==
	    SQLITE_OK) {
		sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		raw_distrust(handle);
		sqlite3_exec(handle, "PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;", NULL, NULL, NULL);
		count = look(handle, ret_account);
	}
	sqlite3_close_v2(handle);
	return count;
}
