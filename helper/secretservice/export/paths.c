// SPDX-License-Identifier: GPL-2.0-or-later
#include "paths.h"

#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/store/soft_lock.h"

int item_list_append(sd_bus_message *message, const struct item_list *list, int which)
{
	int result = sd_bus_message_open_container(message, 'a', "o");
	char path[PATH_SIZE];

	for (size_t at = 0; result >= 0 && at < list->count; at++) {
		const struct item_entry *entry = &list->entries[at];
		bool locked = entry->locked || soft_lock_is_set(entry->keychain);

		if (which >= 0 && locked != which)
			continue;
		path_of_item(entry->keychain, entry->uuid, path);
		result = sd_bus_message_append(message, "o", path);
	}
	return result < 0 ? result : sd_bus_message_close_container(message);
}

int collection_names_append(sd_bus_message *message, const struct collection_names *names)
{
	int result = sd_bus_message_open_container(message, 'a', "o");
	char path[PATH_SIZE];

	for (size_t at = 0; result >= 0 && at < names->count; at++) {
		path_of_collection(names->names[at], path);
		result = sd_bus_message_append(message, "o", path);
	}
	return result < 0 ? result : sd_bus_message_close_container(message);
}
