// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child keys of the keychain: made with the first write that needs them, kept wrapped in the
 * database, opened into the kernel and used there.
 */
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/key_blob.h"
#include "helper/keychain/store/owner.h"

#include <string.h>
#include <unistd.h>

#include "helper/libkeybag/keybag.h"

struct key_table {
	const char *select, *insert;
	const char *purpose;	/* associated data */
};

static const struct key_table metadata_table = {
	"SELECT id,data FROM metadatakeys WHERE keyclass=? ORDER BY id DESC",
	"INSERT INTO metadatakeys(keyclass,data) VALUES(?,?)",
	"keychain metadata key",
};

static const struct key_table lookup_table = {
	"SELECT id,data FROM lookupkeys WHERE keyclass=? ORDER BY id DESC LIMIT 1",
	"INSERT INTO lookupkeys(keyclass,data) VALUES(?,?)",
	"keychain lookup key",
};

enum fault store_descriptor(struct store *store, int *ret_fd)
{
	enum fault fault;
	int fd;

	if (store->fd < 0) {
		fd = store->keybag(store->context);
		if (fd < 0) {
			store->keybag_error = fd;
			return FAULT_NO_KEYBAG;
		}
		fault = owner_check(store, fd);
		if (fault) {
			close(fd);
			return fault;
		}
		store->fd = fd;
	}
	*ret_fd = store->fd;
	return FAULT_NONE;
}

static enum fault make(struct store *store, const struct key_table *table, uint32_t class_number,
		       struct child *child)
{
	sqlite3_stmt *insert CLEANUP_STATEMENT = database_prepare(&store->database, table->insert);
	uint8_t blob[KEY_BLOB_SIZE];
	ssize_t length;
	int number, result;

	if (!insert)
		return store->database.fault;
	length = keybag_child_create(store->fd, class_number, table->purpose,
				     strlen(table->purpose), blob, sizeof(blob));
	if (length < 0)
		return store_key_fault(store, (int)length);
	sqlite3_bind_int(insert, 1, (int)class_number);
	sqlite3_bind_blob(insert, 2, blob, (int)length, SQLITE_TRANSIENT);
	result = sqlite3_step(insert);
	if (result != SQLITE_DONE) {
		return database_fault(&store->database, result);
	}
	number = keybag_child_open(store->fd, blob, (size_t)length, table->purpose,
				   strlen(table->purpose));
	if (number < 0)
		return store_key_fault(store, number);
	*child = (struct child){
		.number = number,
		.id = sqlite3_last_insert_rowid(store->database.handle),
		.fresh = true,
	};
	return FAULT_NONE;
}

/* Opens the key that @select is at: id and data. */
static enum fault open_found(struct store *store, const struct key_table *table, uint32_t class_number,
			     sqlite3_stmt *select, struct child *child)
{
	const uint8_t *blob = sqlite3_column_blob(select, 1);
	size_t length = (size_t)sqlite3_column_bytes(select, 1);
	int number;

	if (!key_blob_plausible(blob, length, class_number))
		return FAULT_DAMAGED;
	number = keybag_child_open(store->fd, blob, length, table->purpose, strlen(table->purpose));
	if (number < 0)
		return store_key_fault(store, number);
	*child = (struct child){
		.number = number,
		.id = sqlite3_column_int64(select, 0),
		/* A lock may have taken one away that this transaction has made: it goes with it all the same. */
		.fresh = store->database.writing,
	};
	return FAULT_NONE;
}

/* The newest one that opens; what keeps the newest of all from it, where none does. */
static enum fault find(struct store *store, const struct key_table *table, uint32_t class_number,
		       struct child *child)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, table->select);
	enum fault first = FAULT_ABSENT, fault;
	int result;

	if (!select)
		return store->database.fault;
	sqlite3_bind_int(select, 1, (int)class_number);
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		fault = open_found(store, table, class_number, select, child);
		if (!fault || !fault_is_damage(fault))
			return fault;
		if (first == FAULT_ABSENT)
			first = fault;
	}
	if (result == SQLITE_DONE)
		return first;
	return database_fault(&store->database, result);
}

enum fault store_metadata_ids(struct store *store, uint32_t class_number, int64_t *ids, size_t capacity,
			      size_t *ret_count)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, metadata_table.select);
	int result = SQLITE_ROW;

	*ret_count = 0;
	if (!select)
		return store->database.fault;
	sqlite3_bind_int(select, 1, (int)class_number);
	while (*ret_count < capacity && (result = sqlite3_step(select)) == SQLITE_ROW)
		ids[(*ret_count)++] = sqlite3_column_int64(select, 0);
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return FAULT_NONE;
	return database_fault(&store->database, result);
}

enum fault store_earlier_key(struct store *store, uint32_t class_number, int64_t id, int *ret_child)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	struct child *present = &store->metadata[class_number], child;
	unsigned int place;
	enum fault fault;
	int result, fd;

	if (present->number && present->id == id) {
		*ret_child = present->number;
		return FAULT_NONE;
	}
	for (unsigned int i = 0; i < STORE_EARLIER_KEYS; i++) {
		struct child *earlier = &store->earlier[i].child;

		if (earlier->number && earlier->id == id && store->earlier[i].class_number == class_number) {
			*ret_child = earlier->number;
			return FAULT_NONE;
		}
	}
	fault = store_descriptor(store, &fd);
	/* Mostly there is one a class: it is found by the first row, and used for the next ones. */
	if (!fault && !present->number)
		fault = find(store, &metadata_table, class_number, present);
	if (!fault && present->id == id) {
		*ret_child = present->number;
		return FAULT_NONE;
	}
	if (fault && fault != FAULT_ABSENT && !fault_is_damage(fault))
		return fault;
	select = database_prepare(&store->database, "SELECT id,data FROM metadatakeys WHERE id=? AND keyclass=?");
	if (!select)
		return store->database.fault;
	sqlite3_bind_int64(select, 1, id);
	sqlite3_bind_int(select, 2, (int)class_number);
	result = sqlite3_step(select);
	if (result == SQLITE_DONE)
		return FAULT_ABSENT;
	if (result != SQLITE_ROW) {
		return database_fault(&store->database, result);
	}
	fault = open_found(store, &metadata_table, class_number, select, &child);
	if (fault)
		return fault;
	place = store->next_earlier++ % STORE_EARLIER_KEYS;
	store_forget_key(store, &store->earlier[place].child);
	store->earlier[place].class_number = class_number;
	store->earlier[place].child = child;
	*ret_child = child.number;
	return FAULT_NONE;
}

/* Not FAULT_REFUSED: a key that looks well may be good, and the descriptor be one that may not open it. */
static bool is_useless(enum fault fault)
{
	return fault == FAULT_DAMAGED || fault == FAULT_NO_CLASS;
}

static enum fault obtain(struct store *store, const struct key_table *table, uint32_t class_number,
			 struct child *child, bool create, int *ret_child)
{
	enum fault fault;
	int fd;

	if (!child->number) {
		fault = store_descriptor(store, &fd);
		if (!fault)
			fault = find(store, table, class_number, child);
		if (table == &lookup_table && is_useless(fault) && !store->hashing) {
			/* No row is found by it any more: all are to be hashed anew, under another. */
			store->hash_again = true;
			return FAULT_LOOKUP_KEY;
		}
		/* One that nothing can open any more is succeeded by another, and stays where it is. */
		if (create && (fault == FAULT_ABSENT || is_useless(fault)))
			fault = make(store, table, class_number, child);
		if (fault)
			return fault;
	}
	*ret_child = child->number;
	return FAULT_NONE;
}

enum fault store_metadata_key(struct store *store, uint32_t class_number, bool create, int *ret_child)
{
	return obtain(store, &metadata_table, class_number, &store->metadata[class_number], create,
		      ret_child);
}

enum fault store_lookup_key(struct store *store, enum lookup lookup, bool create, int *ret_child)
{
	uint32_t class_number = lookup == LOOKUP_ALWAYS ? KEYBAG_CLASS_DK : KEYBAG_CLASS_CK;
	struct child *child = &store->lookup[lookup];
	enum fault fault;

	if (!create && !child->number && store->absent[lookup].known &&
	    store->absent[lookup].version == database_data_version(&store->database)) {
		/* One for writing has a snapshot from the beginning. */
		store->assumed |= !store->database.writing;
		return FAULT_ABSENT;
	}
	fault = obtain(store, &lookup_table, class_number, child, create, ret_child);
	store->absent[lookup].known = fault == FAULT_ABSENT;
	if (fault == FAULT_ABSENT)
		store->absent[lookup].version = database_data_version(&store->database);
	return fault;
}

bool store_assumed_wrong(struct store *store)
{
	bool assumed = store->assumed, wrong = assumed && !database_has_snapshot(&store->database);

	store->assumed = false;
	for (unsigned int i = 0; assumed && i < LOOKUP_KEYS; i++)
		wrong |= store->absent[i].known &&
			 store->absent[i].version != database_data_version(&store->database);
	if (wrong)
		memset(store->absent, 0, sizeof(store->absent));
	return wrong;
}

static void settle_keys(struct store *store, bool keep)
{
	struct child *all[STORE_CLASSES + LOOKUP_KEYS + STORE_EARLIER_KEYS];
	unsigned int count = 0;

	for (unsigned int i = 0; i < STORE_CLASSES; i++)
		all[count++] = &store->metadata[i];
	for (unsigned int i = 0; i < LOOKUP_KEYS; i++)
		all[count++] = &store->lookup[i];
	for (unsigned int i = 0; i < STORE_EARLIER_KEYS; i++)
		all[count++] = &store->earlier[i].child;
	for (unsigned int i = 0; i < count; i++) {
		if (all[i]->fresh && !keep)
			store_forget_key(store, all[i]);
		all[i]->fresh = false;
	}
}

enum fault store_begin(struct store *store, bool write)
{
	enum fault fault = database_begin(&store->database, write);

	return fault || !write ? fault : owner_record(store);
}

enum fault store_commit(struct store *store)
{
	uint32_t before = database_data_version(&store->database);
	enum fault fault = database_commit(&store->database);

	if (fault)
		return fault;
	settle_keys(store, true);
	/* Nobody else can have written meanwhile: what was absent is so after it. */
	for (unsigned int i = 0; i < LOOKUP_KEYS; i++) {
		if (store->absent[i].known && store->absent[i].version == before)
			store->absent[i].version = database_data_version(&store->database);
	}
	if (store->pending.known && store->pending.version == before)
		store->pending.version = database_data_version(&store->database);
	if (store->owner.recording) {
		store->owner.state = OWNER_KNOWN;
		memcpy(store->owner.keybag, store->keybag_uuid, KEYBAG_UUID_SIZE);
		store->owner.recording = false;
	}
	return FAULT_NONE;
}

void store_rollback(struct store *store)
{
	database_rollback(&store->database);
	store->owner.recording = false;
	settle_keys(store, false);
}
