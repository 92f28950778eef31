// SPDX-License-Identifier: GPL-2.0-or-later
#include "soft_lock.h"

#include <string.h>

#include "collection_names.h"
#include "library.h"

static struct collection_names locked;

bool soft_lock_is_set(const char *keychain)
{
	for (size_t at = 0; at < locked.count; at++) {
		if (!strcmp(locked.names[at], keychain))
			return true;
	}
	return false;
}

int soft_lock_set(const char *keychain)
{
	if (soft_lock_is_set(keychain))
		return 0;
	if (locked.count == COLLECTIONS_MAX || strlen(keychain) >= KEYCHAIN_NAME_SIZE)
		return errSecAllocate;
	strcpy(locked.names[locked.count++], keychain);
	return 0;
}

void soft_lock_forget(const char *keychain)
{
	size_t kept = 0;

	for (size_t at = 0; at < locked.count; at++) {
		if (!strcmp(locked.names[at], keychain))
			continue;
		if (kept != at)
			strcpy(locked.names[kept], locked.names[at]);
		kept++;
	}
	locked.count = kept;
}

bool soft_lock_clear(void)
{
	bool any = locked.count;

	locked.count = 0;
	return any;
}
