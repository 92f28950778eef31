// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "helper/libkeybag/keybag.h"

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
	for (unsigned int i = 0; i < STORE_EARLIER_KEYS; i++)
		store_forget_key(store, &store->earlier[i].child);
	store->hash_again = false;
	store->pending.known = false;
	memset(store->absent, 0, sizeof(store->absent));
}

void store_forget_metadata_key(struct store *store, uint32_t class_number, int64_t id)
{
	if (store->metadata[class_number].id == id)
		store_forget_key(store, &store->metadata[class_number]);
	for (unsigned int i = 0; i < STORE_EARLIER_KEYS; i++) {
		if (store->earlier[i].class_number == class_number && store->earlier[i].child.id == id)
			store_forget_key(store, &store->earlier[i].child);
	}
}

void store_forget_keybag(struct store *store)
{
	memset(store->metadata, 0, sizeof(store->metadata));
	memset(store->lookup, 0, sizeof(store->lookup));
	memset(store->absent, 0, sizeof(store->absent));
	memset(store->earlier, 0, sizeof(store->earlier));
	if (store->fd >= 0)
		close(store->fd);
	store->fd = -1;
	store->revoked = true;
}

enum fault store_key_fault(struct store *store, int error)
{
	switch (error) {
	case 0:
		return FAULT_NONE;
	case -ENOMEM:
		return FAULT_MEMORY;
	case -ENOKEY:
		return FAULT_LOCKED;
	case -EBUSY:
		return FAULT_SUSPENDING;
	case -EKEYREVOKED:
		return FAULT_UNLOADED;
	case -EBADMSG:
		return FAULT_DAMAGED;
	case -ENOENT:
		return FAULT_NO_CLASS;
	case -EINVAL:
	case -EACCES:
	case -EPROTONOSUPPORT:
	case -EMSGSIZE:
		store->keybag_error = error;
		return FAULT_REFUSED;
	default:
		store->keybag_error = error;
		return FAULT_KEYBAG;
	}
}

enum fault store_backup_fault(struct store *store, int error)
{
	switch (error) {
	case -EXDEV:
		return FAULT_DEVICE;
	case -EKEYREVOKED:
	case -EKEYEXPIRED:
		return FAULT_BACKUP;
	case -ENOENT:
		return FAULT_DAMAGED;
	default:
		return store_key_fault(store, error);
	}
}

bool store_before_first_unlock(const struct store *store)
{
	struct keybag_status status;

	return store->fd >= 0 && !keybag_status(store->fd, &status) && status.state == KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
}
