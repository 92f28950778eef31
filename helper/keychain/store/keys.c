// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Child keys of the keychain: made with the first write that needs them, kept wrapped in the
 * database, opened into the kernel and used there.
 */
#include "helper/keychain/store/store.h"

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
	"SELECT data FROM metadatakeys WHERE keyclass=? ORDER BY id DESC LIMIT 1",
	"INSERT INTO metadatakeys(keyclass,data) VALUES(?,?)",
	"keychain metadata key",
};

static const struct key_table lookup_table = {
	"SELECT data FROM lookupkeys WHERE keyclass=? ORDER BY id DESC LIMIT 1",
	"INSERT INTO lookupkeys(keyclass,data) VALUES(?,?)",
	"keychain lookup key",
};

int store_descriptor(struct store *store, int *ret_fd)
{
	if (store->fd < 0) {
		int fd = store->keybag(store->context);

		if (fd < 0) {
			store->keybag_error = fd;
			return -ENOLINK;
		}
		store->fd = fd;
	}
	*ret_fd = store->fd;
	return 0;
}

void store_forget_key(struct store *store, struct child *child)
{
	if (child->number > 0 && store->fd >= 0)
		keybag_child_close(store->fd, child->number);
	*child = (struct child){ 0 };
}

void store_forget_keys(struct store *store)
{
	for (unsigned int i = 0; i < STORE_CLASSES; i++)
		store_forget_key(store, &store->metadata[i]);
	for (unsigned int i = 0; i < LOOKUP_KEYS; i++)
		store_forget_key(store, &store->lookup[i]);
	store->hash_again = false;
}

void store_forget_keybag(struct store *store)
{
	memset(store->metadata, 0, sizeof(store->metadata));
	memset(store->lookup, 0, sizeof(store->lookup));
	if (store->fd >= 0)
		close(store->fd);
	store->fd = -1;
	store->revoked = true;
}

bool store_error_is_damage(int error)
{
	return error == -EBADMSG || error == -EINVAL || error == -ENOENT || error == -EACCES ||
	       error == -EPROTONOSUPPORT || error == -EMSGSIZE;
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
	*child = (struct child){ .number = number, .fresh = true };
	return 0;
}

/* A flipped byte of the header may look like a lock: what is not of this class is damaged. */
static bool plausible(const uint8_t *blob, size_t length, uint32_t class_number)
{
	return length == CHILD_BLOB_SIZE && blob[0] == BLOB_VERSION && blob[1] == BLOB_FLAG_CHILD &&
	       blob[2] == class_number && !blob[3];
}

static int find(struct store *store, const struct key_table *table, uint32_t class_number,
		int *ret_number, struct outcome *outcome)
{
	sqlite3_stmt *select CLEANUP_STATEMENT = database_prepare(&store->database, table->select,
								   outcome);
	const uint8_t *blob;
	size_t length;
	int result, number;

	if (!select)
		return database_failed();
	sqlite3_bind_int(select, 1, (int)class_number);
	result = sqlite3_step(select);
	if (result == SQLITE_DONE)
		return -ENODATA;
	if (result != SQLITE_ROW) {
		database_status(&store->database, result, outcome);
		return database_failed();
	}
	blob = sqlite3_column_blob(select, 0);
	length = (size_t)sqlite3_column_bytes(select, 0);
	if (!plausible(blob, length, class_number))
		return -EBADMSG;
	number = keybag_child_open(store->fd, blob, length, table->purpose, strlen(table->purpose));
	if (number < 0)
		return number;
	*ret_number = number;
	return 0;
}

static int obtain(struct store *store, const struct key_table *table, uint32_t class_number,
		  struct child *child, bool create, int *ret_child, struct outcome *outcome)
{
	int error, fd;

	if (!child->number) {
		error = store_descriptor(store, &fd);
		if (!error)
			error = find(store, table, class_number, &child->number, outcome);
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
	struct child *all[STORE_CLASSES + LOOKUP_KEYS];
	unsigned int count = 0;

	for (unsigned int i = 0; i < STORE_CLASSES; i++)
		all[count++] = &store->metadata[i];
	for (unsigned int i = 0; i < LOOKUP_KEYS; i++)
		all[count++] = &store->lookup[i];
	for (unsigned int i = 0; i < count; i++) {
		if (all[i]->fresh && !keep)
			store_forget_key(store, all[i]);
		all[i]->fresh = false;
	}
}

int store_begin(struct store *store, bool write, struct outcome *outcome)
{
	return database_begin(&store->database, write, outcome);
}

int store_commit(struct store *store, struct outcome *outcome)
{
	int status = database_commit(&store->database, outcome);

	if (!status)
		settle_keys(store, true);
	return status;
}

void store_rollback(struct store *store)
{
	database_rollback(&store->database);
	settle_keys(store, false);
}

static int locked(struct store *store, uint32_t class_number, struct outcome *outcome)
{
	const char *name = class_number ? keybag_class_name(class_number) : NULL;
	struct keybag_status status;
	bool never = store->fd >= 0 && !keybag_status(store->fd, &status) &&
		     status.state == KEYBAG_STATE_BEFORE_FIRST_UNLOCK;

	outcome_detail(outcome, "locked_class", name ? value_string(name) : NULL);
	outcome_detail(outcome, "reason", value_string(never ? "before-first-unlock" : "locked"));
	return outcome_fail(outcome, errSecInteractionNotAllowed,
			    "class %s is locked%s: unlock the "
			    "keybag and try again; nothing was changed",
			    name ? name : "ak",
			    never ? ", as the keybag was not unlocked since the machine started"
				  : "");
}

int store_key_failure(struct store *store, int error, uint32_t class_number,
		      struct outcome *outcome)
{
	const char *name = class_number ? keybag_class_name(class_number) : NULL;

	switch (error) {
	case -EREMOTEIO:
		return outcome->status;
	case -ENOMEM:
		return outcome_no_memory(outcome);
	case -ENOKEY:
		return locked(store, class_number, outcome);
	case -ENOLINK:
		outcome_detail(outcome, "reason", value_string("no-keybag"));
		if (store->keybag_error == -ENOENT)
			return outcome_fail(outcome, errSecNotAvailable,
					    "no keybag is loaded: 'keybagctl create' makes one, if "
					    "there is none (--system: that of the system)");
		return outcome_fail(outcome, errSecNotAvailable, "the keybag is not at hand: %s",
				    keybag_error_text(store->keybag_error));
	case -EUCLEAN:
		outcome_detail(outcome, "reason", value_string("lookup-key"));
		return outcome_fail(outcome, errSecNotAvailable,
				    "the key that items are looked up by is "
				    "damaged: they are indexed anew with the next request");
	case -EBUSY:
		outcome_detail(outcome, "reason", value_string("suspending"));
		return outcome_fail(outcome, errSecInteractionNotAllowed,
				    "the machine goes to sleep: "
				    "try again when it runs on");
	case -EKEYREVOKED:
		store_forget_keybag(store);
		outcome_detail(outcome, "reason", value_string("unloaded"));
		return outcome_fail(outcome, errSecNotAvailable, "the keybag was unloaded");
	case -ENOENT:
		if (class_number == KEYBAG_CLASS_AKPU) {
			outcome_detail(outcome, "reason", value_string("no-passcode"));
			return outcome_fail(outcome, errSecNotAvailable,
					    "the keybag has no passcode, so "
					    "that class akpu has no key: set one with keybagctl "
					    "passwd");
		}
		if (name)
			return outcome_fail(outcome, errSecNotAvailable,
					    "the keybag has no key of class "
					    "%s",
					    name);
		/* fall through */
	default:
		outcome_detail(outcome, "reason", value_string("keybag"));
		return outcome_fail(outcome, errSecNotAvailable, "the keybag failed: %s",
				    keybag_error_text(error));
	}
}
