// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolve.h"

#include <string.h>

#include "helper/keychain/include/keychain-status.h"
#include "helper/secretservice/store/collection_names.h"
#include "helper/secretservice/store/soft_lock.h"

int resolve_collection(const struct path *path, char ret_keychain[KEYCHAIN_NAME_SIZE])
{
	int status;

	if (path->kind != PATH_COLLECTION && path->kind != PATH_ITEM)
		return errSecItemNotFound;
	if (path->alias)
		return collection_names_of_alias(path->name, ret_keychain);
	status = collection_names_find(path->name);
	if (!status)
		strcpy(ret_keychain, path->name);
	return status;
}

bool collection_is_locked(const char *keychain)
{
	return lock_state_now() != LOCK_STATE_UNLOCKED || soft_lock_is_set(keychain);
}

static bool is_open_in(enum keychain_accessible accessible, enum lock_state state)
{
	switch (accessible) {
	case KEYCHAIN_ALWAYS:
	case KEYCHAIN_ALWAYS_THIS_DEVICE:
		return state != LOCK_STATE_GONE;
	case KEYCHAIN_AFTER_FIRST_UNLOCK:
	case KEYCHAIN_AFTER_FIRST_UNLOCK_THIS_DEVICE:
		return state == LOCK_STATE_LOCKED || state == LOCK_STATE_UNLOCKED;
	default:
		return state == LOCK_STATE_UNLOCKED;
	}
}

bool class_is_locked(const char *keychain, enum keychain_accessible accessible, enum lock_state state)
{
	return soft_lock_is_set(keychain) || !is_open_in(accessible, state);
}

int resolve_item(const struct path *path, bool secret, struct item *ret_item)
{
	char keychain[KEYCHAIN_NAME_SIZE];
	int status = path->kind == PATH_ITEM ? resolve_collection(path, keychain) : errSecItemNotFound;

	if (!status)
		status = item_read(keychain, path->uuid, secret, ret_item);
	if (!status && soft_lock_is_set(ret_item->keychain))
		item_release(ret_item);
	return status;
}

int resolve_open_item(const char *path, bool secret, struct item *ret_item)
{
	struct path parsed;
	int status;

	path_parse(path, &parsed);
	status = resolve_item(&parsed, secret, ret_item);
	return !status && !ret_item->found ? errSecInteractionNotAllowed : status;
}

static enum lock_of_object lock_by_status(int status)
{
	switch (status) {
	case 0:
		return OBJECT_OPEN;
	case errSecInteractionNotAllowed:
		return OBJECT_LOCKED;
	/* No keybag is loaded yet; or keychaind does not answer, as while it is started again. */
	case errSecNotAvailable:
		return lock_state_now() == LOCK_STATE_UNLOCKED ? OBJECT_UNAVAILABLE : OBJECT_LOCKED;
	default:
		return OBJECT_UNKNOWN;
	}
}

static enum lock_of_object lock_of_item(const char *path)
{
	struct item item;
	int status = resolve_open_item(path, false, &item);

	if (!status)
		item_release(&item);
	return lock_by_status(status);
}

enum lock_of_object lock_of_object(const char *path)
{
	char keychain[KEYCHAIN_NAME_SIZE];
	struct path parsed;
	int status;

	path_parse(path, &parsed);
	if (parsed.kind == PATH_ITEM)
		return lock_of_item(path);
	status = resolve_collection(&parsed, keychain);
	return !status && collection_is_locked(keychain) ? OBJECT_LOCKED : lock_by_status(status);
}
