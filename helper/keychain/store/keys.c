// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child keys of the keychain: made with the first write that needs them, kept wrapped in the
 * database, opened into the kernel and used there.
 */
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/owner.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "helper/libkeybag/keybag.h"

#define CHILD_BLOB_SIZE		(32 + KEYBAG_BLOB_OVERHEAD)
#define BLOB_VERSION		1
#define BLOB_FLAG_CHILD		1

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

int store_descriptor(struct store *store, int *ret_fd, struct outcome *outcome)
{
	int fd, error;

	if (store->fd < 0) {
		fd = store->keybag(store->context);
		if (fd < 0) {
			store->keybag_error = fd;
			return -ENOLINK;
		}
		error = owner_check(store, fd, outcome);
		if (error) {
			close(fd);
			return error;
		}
		store->fd = fd;
	}
	*ret_fd = store->fd;
	return 0;
}

static int database_failed(void)
{
	return -EREMOTEIO;
}

static int make(struct store *store, const struct key_table *table, uint32_t class_number,
		struct child *child, struct outcome *outcome)
{
	sqlite3_stmt *insert CLEANUP_STATEMENT = database_prepare(&store->database, table->insert,
								   outcome);
	uint8_t blob[CHILD_BLOB_SIZE];
	ssize_t length;
	int number, result;

	if (!insert)
		return database_failed();
	length = keybag_child_create(store->fd, class_number, table->purpose,
				     strlen(table->purpose), blob, sizeof(blob));
	if (length < 0)
		return (int)length;
	sqlite3_bind_int(insert, 1, (int)class_number);
	sqlite3_bind_blob(insert, 2, blob, (int)length, SQLITE_TRANSIENT);
	result = sqlite3_step(insert);
	if (result != SQLITE_DONE) {
		database_status(&store->database, result, outcome);
		return database_failed();
	}
	number = keybag_child_open(store->fd, blob, (size_t)length, table->purpose,
				   strlen(table->purpose));
	if (number < 0)
		return number;
	*child = (struct child){
		.number = number,
		.id = sqlite3_last_insert_rowid(store->database.handle),
		.fresh = true,
	};
	return 0;
}

/* A flipped byte of the header may look like a lock: what is not of this class is damaged. */
static bool plausible(const uint8_t *blob, size_t length, uint32_t class_number)
{
	return length == CHILD_BLOB_SIZE && blob[0] == BLOB_VERSION && blob[1] == BLOB_FLAG_CHILD &&
	       blob[2] == class_number && !blob[3];
}

/* Opens the key that @select is at: id and data. */
static int open_found(struct store *store, const struct key_table *table, uint32_t class_number,
		      sqlite3_stmt *select, struct child *child)
{
	const uint8_t *blob = sqlite3_column_blob(select, 1);
	size_t length = (size_t)sqlite3_column_bytes(select, 1);
	int number;

	if (!plausible(blob, length, class_number))
		return -EBADMSG;
	number = keybag_child_open(store->fd, blob, length, table->purpose, strlen(table->purpose));
	if (number < 0)
		return number;
	*child = (struct child){
		.number = number,
		.id = sqlite3_column_int64(select, 0),
		/* A lock may have taken one away that this transaction has made: it goes with it all the same. */
		.fresh = store->database.writing,
	};
	return 0;
}

/* The newest one that opens; what keeps the newest of all from it, where none does. */
static int find(struct store *store, const struct key_table *table, uint32_t class_number,
		struct child *child, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, table->select,
								   outcome);
	int result, first = -ENODATA, error;

	if (!select)
		return database_failed();
	sqlite3_bind_int(select, 1, (int)class_number);
	while ((result = sqlite3_step(select)) == SQLITE_ROW) {
		error = open_found(store, table, class_number, select, child);
		if (!error || !store_error_is_damage(error))
			return error;
		if (first == -ENODATA)
			first = error;
	}
	if (result == SQLITE_DONE)
		return first;
	database_status(&store->database, result, outcome);
	return database_failed();
}

int store_metadata_ids(struct store *store, uint32_t class_number, int64_t *ids, size_t capacity,
		       size_t *ret_count, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, metadata_table.select,
								   outcome);
	int result = SQLITE_ROW;

	*ret_count = 0;
	if (!select)
		return database_failed();
	sqlite3_bind_int(select, 1, (int)class_number);
	while (*ret_count < capacity && (result = sqlite3_step(select)) == SQLITE_ROW)
		ids[(*ret_count)++] = sqlite3_column_int64(select, 0);
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return 0;
	database_status(&store->database, result, outcome);
	return database_failed();
}

int store_earlier_key(struct store *store, uint32_t class_number, int64_t id, int *ret_child,
		      struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = NULL;
	struct child *present = &store->metadata[class_number], child;
	unsigned int place;
	int result, error, fd;

	if (present->number && present->id == id) {
		*ret_child = present->number;
		return 0;
	}
	for (unsigned int i = 0; i < STORE_EARLIER_KEYS; i++) {
		struct child *earlier = &store->earlier[i].child;

		if (earlier->number && earlier->id == id && store->earlier[i].class_number == class_number) {
			*ret_child = earlier->number;
			return 0;
		}
	}
	error = store_descriptor(store, &fd, outcome);
	/* Mostly there is one a class: it is found by the first row, and used for the next ones. */
	if (!error && !present->number)
		error = find(store, &metadata_table, class_number, present, outcome);
	if (!error && present->id == id) {
		*ret_child = present->number;
		return 0;
	}
	if (error && error != -ENODATA && !store_error_is_damage(error))
		return error;
	select = database_prepare(&store->database, "SELECT id,data FROM metadatakeys WHERE id=? AND keyclass=?",
				  outcome);
	if (!select)
		return database_failed();
	sqlite3_bind_int64(select, 1, id);
	sqlite3_bind_int(select, 2, (int)class_number);
	result = sqlite3_step(select);
	if (result == SQLITE_DONE)
		return -ENODATA;
	if (result != SQLITE_ROW) {
		database_status(&store->database, result, outcome);
		return database_failed();
	}
	error = open_found(store, &metadata_table, class_number, select, &child);
	if (error)
		return error;
	place = store->next_earlier++ % STORE_EARLIER_KEYS;
	store_forget_key(store, &store->earlier[place].child);
	store->earlier[place].class_number = class_number;
	store->earlier[place].child = child;
	*ret_child = child.number;
	return 0;
}

static int obtain(struct store *store, const struct key_table *table, uint32_t class_number,
		  struct child *child, bool create, int *ret_child, struct outcome *outcome)
{
	int error, fd;

	if (!child->number) {
		error = store_descriptor(store, &fd, outcome);
		if (!error)
			error = find(store, table, class_number, child, outcome);
		if (table == &lookup_table && (error == -EBADMSG || error == -ENOENT) &&
		    !store->hashing) {
			/*
			 * No row is found by it any more: all are to be hashed anew, under another.
			 */
			store->hash_again = true;
			return -EUCLEAN;
		}
		/*
		 * One that nothing can open any more is succeeded by another, and stays where it
		 * is.
		 */
		if (create && (error == -ENODATA || error == -EBADMSG || error == -ENOENT))
			error = make(store, table, class_number, child, outcome);
		if (error)
			return error;
	}
	*ret_child = child->number;
	return 0;
}

int store_metadata_key(struct store *store, uint32_t class_number, bool create, int *ret_child,
		       struct outcome *outcome)
{
	return obtain(store, &metadata_table, class_number, &store->metadata[class_number], create,
		      ret_child, outcome);
}

int store_lookup_key(struct store *store, enum lookup lookup, bool create, int *ret_child,
		     struct outcome *outcome)
{
	uint32_t class_number = lookup == LOOKUP_ALWAYS ? KEYBAG_CLASS_DK : KEYBAG_CLASS_CK;

	return obtain(store, &lookup_table, class_number, &store->lookup[lookup], create, ret_child,
		      outcome);
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

int store_begin(struct store *store, bool write, struct outcome *outcome)
{
	int status = database_begin(&store->database, write, outcome);

	return status || !write ? status : owner_record(store, outcome);
}

int store_commit(struct store *store, struct outcome *outcome)
{
	int status = database_commit(&store->database, outcome);

	if (status)
		return status;
	settle_keys(store, true);
	if (store->owner.recording) {
		store->owner.state = OWNER_KNOWN;
		memcpy(store->owner.keybag, store->keybag_uuid, KEYBAG_UUID_SIZE);
		store->owner.recording = false;
	}
	return 0;
}

void store_rollback(struct store *store)
{
	database_rollback(&store->database);
	store->owner.recording = false;
	settle_keys(store, false);
}
