// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/file.h"

#include <unistd.h>

#include "helper/keychain/store/backup.h"
#include "helper/keychain/store/database_open.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/lookup.h"
#include "helper/keychain/store/migrate.h"
#include "helper/keychain/store/owner.h"
#include "helper/keychain/store/schema.h"
#include "helper/libkeybag/keybag.h"

enum fault store_open(struct store *store, const char *path)
{
	void *row_key;

	store->fd = -1;
	if (keybag_memory_new(STORE_ROW_KEY_SIZE, &row_key))
		return FAULT_MEMORY;
	store->row_key = row_key;
	return database_open(&store->database, path);
}

void store_close(struct store *store)
{
	store_backup_end(store);
	database_close(&store->database);
	if (store->row_key)
		keybag_memory_free(store->row_key, STORE_ROW_KEY_SIZE);
	store->row_key = NULL;
	if (store->fd >= 0)
		close(store->fd);
	store->fd = -1;
}

/*
 * Checks that the file belongs to the keybag that is there now, and exchanges it if not. Without that keybag nothing
 * shows that the items are the caller's: even a request that takes no key is refused then.
 */
static enum fault check_owner(struct store *store)
{
	struct keybag_status status;
	enum fault fault;
	int fd;

	if (store->fd >= 0 && store_key_fault(store, keybag_status(store->fd, &status)) == FAULT_UNLOADED)
		store_forget_keybag(store);
	fault = store_descriptor(store, &fd);
	if (fault != FAULT_OTHER_KEYBAG)
		return fault;
	store_forget_keys(store);
	fault = owner_exchange(store);
	return fault ? fault : store_descriptor(store, &fd);
}

enum fault store_settle(struct store *store, uint32_t *ret_class)
{
	struct database *database = &store->database;
	enum fault fault = FAULT_NONE;

	*ret_class = 0;
	if (database->damaged || database->suspect || !database->handle) {
		store_forget_keybag(store);
		store->revoked = false;
		fault = database_reopen(database);
	}
	if (!fault && !database->moved_aside)
		fault = check_owner(store);
	if (!fault && !database->moved_aside && (database->version < SCHEMA_VERSION || store->hash_again))
		fault = store_migrate(store, ret_class);
	return fault;
}

bool store_to_mend(const struct store *store)
{
	return database_to_mend(&store->database);
}

enum fault store_count(struct store *store, bool akpu, int64_t *ret_count)
{
	return lookup_count(store, akpu, ret_count);
}

enum fault store_count_pending(struct store *store, int64_t *ret_count)
{
	return lookup_count_pending(store, ret_count);
}

bool store_written_by_others(struct store *store)
{
	return database_written_by_others(&store->database);
}

int64_t store_bytes(struct store *store)
{
	return database_bytes(&store->database);
}

bool store_untidy(const struct store *store)
{
	return store->database.untidy;
}

bool store_tidy(struct store *store)
{
	return database_tidy(&store->database);
}

bool store_moved(struct store *store)
{
	return database_moved(&store->database);
}

void store_new_mark(struct store *store)
{
	database_new_mark(&store->database);
}

unsigned int store_opened(const struct store *store)
{
	return store->database.opened;
}

bool store_alone(const struct store *store)
{
	return store->database.alone;
}
