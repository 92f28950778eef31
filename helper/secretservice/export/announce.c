// SPDX-License-Identifier: GPL-2.0-or-later
#include "announce.h"

#include <stdarg.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/name_owner.h"
#include "helper/secretservice/store/collection_names.h"
#include "paths.h"
#include "resolve.h"

static sd_bus *session_bus;

void announce_begin(sd_bus *bus)
{
	session_bus = bus;
}

/*
 * Some programs take the first signal that comes for the end of their prompt, and listen before they have it shown; they keep
 * nothing that has to be told.
 */
static bool is_told(const struct client *client)
{
	return client->caches || !client->prompts;
}

/* The bus tells later that a client is gone. */
static void send_path(const char *client, const char *path, const char *interface, const char *member, const char *object)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;

	if (sd_bus_message_new_signal(session_bus, &message, path, interface, member) >= 0 &&
	    sd_bus_message_append(message, "o", object) >= 0 && sd_bus_message_set_destination(message, client) >= 0)
		sd_bus_send(session_bus, message, NULL);
}

/* Events that concern the user: not a keychain's items. */
static void send_to_all(const char *path, const char *interface, const char *member, const char *object)
{
	for (struct client *client = clients_first(); client; client = client->next) {
		if (is_told(client))
			send_path(client->name, path, interface, member, object);
	}
}

static void send_to_who_sees(const char *path, const char *interface, const char *member, const char *object)
{
	const struct client *served = client_served();

	for (struct client *client = clients_first(); served && client; client = client->next) {
		if (client_sees(client, served) && is_told(client))
			send_path(client->name, path, interface, member, object);
	}
}

void announce_collection(const char *member, const char *keychain)
{
	char path[PATH_SIZE];

	path_of_collection(keychain, path);
	send_to_all(SECRETS_PATH, SERVICE_INTERFACE, member, path);
}

void announce_item(const char *member, const char *keychain, const uint8_t uuid[PATH_UUID_SIZE])
{
	char collection[PATH_SIZE], path[PATH_SIZE];

	path_of_collection(keychain, collection);
	path_of_item(keychain, uuid, path);
	send_to_who_sees(collection, COLLECTION_INTERFACE, member, path);
}

static sd_bus_message *new_change(const char *path, const char *client)
{
	sd_bus_message *message = NULL;

	if (sd_bus_message_new_signal(session_bus, &message, path, "org.freedesktop.DBus.Properties", "PropertiesChanged") >= 0 &&
	    sd_bus_message_set_destination(message, client) >= 0)
		return message;
	return sd_bus_message_unref(message);
}

/* @...: sa{sv}as, as for sd_bus_message_append(3). */
static void send_change(const char *path, const char *client, ...)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = new_change(path, client);
	va_list arguments;

	va_start(arguments, client);
	if (message && sd_bus_message_appendv(message, "sa{sv}as", arguments) >= 0)
		sd_bus_send(session_bus, message, NULL);
	va_end(arguments);
}

int item_append_attributes(sd_bus_message *message, const struct item *item)
{
	int result = sd_bus_message_open_container(message, 'a', "{ss}");

	for (size_t at = 0; result >= 0 && at < item_attribute_count(item); at++) {
		const char *name = item_attribute_name(item, at);

		result = sd_bus_message_append(message, "{ss}", name, item_attribute(item, name));
	}
	return result < 0 ? result : sd_bus_message_close_container(message);
}

/* A value of @type is to be appended, and close_entry() called then. */
static int open_entry(sd_bus_message *message, const char *property, const char *type)
{
	int result = sd_bus_message_open_container(message, 'e', "sv");

	if (result >= 0)
		result = sd_bus_message_append(message, "s", property);
	return result < 0 ? result : sd_bus_message_open_container(message, 'v', type);
}

static int close_entry(sd_bus_message *message)
{
	int result = sd_bus_message_close_container(message);

	return result < 0 ? result : sd_bus_message_close_container(message);
}

static int append_attributes_entry(sd_bus_message *message, const struct item *item)
{
	int result = open_entry(message, "Attributes", "a{ss}");

	if (result >= 0)
		result = item_append_attributes(message, item);
	return result < 0 ? result : close_entry(message);
}

/* The beginning of sa{sv}as with one property, of type ao, whose value is to be appended, before end_list(). NULL: no memory. */
static sd_bus_message *begin_list(const char *path, const char *client, const char *interface, const char *property)
{
	sd_bus_message *message = new_change(path, client);

	if (message && sd_bus_message_append(message, "s", interface) >= 0 && sd_bus_message_open_container(message, 'a', "{sv}") >= 0 &&
	    open_entry(message, property, "ao") >= 0)
		return message;
	return sd_bus_message_unref(message);
}

static void end_list(sd_bus_message *message)
{
	if (close_entry(message) >= 0 && sd_bus_message_close_container(message) >= 0 && sd_bus_message_append(message, "as", 0) >= 0)
		sd_bus_send(session_bus, message, NULL);
}

void announce_items(const struct client *client, const char *keychain, const struct item_list *list)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	char path[PATH_SIZE];

	path_of_collection(keychain, path);
	message = is_told(client) ? begin_list(path, client->name, COLLECTION_INTERFACE, "Items") : NULL;
	if (message && item_list_append(message, list, -1) >= 0)
		end_list(message);
}

static void announce_collections_to(const struct client *client, const struct collection_names *names)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = begin_list(SECRETS_PATH, client->name, SERVICE_INTERFACE, "Collections");

	if (message && collection_names_append(message, names) >= 0)
		end_list(message);
}

void announce_collections(void)
{
	struct collection_names names;

	if (collection_names_list(&names))
		return;
	for (struct client *client = clients_first(); client; client = client->next) {
		if (client->caches)
			announce_collections_to(client, &names);
	}
}

/* sa{sv}as */
static int append_open(sd_bus_message *message, const struct item *item)
{
	int result = sd_bus_message_append(message, "s", ITEM_INTERFACE);

	if (result >= 0)
		result = sd_bus_message_open_container(message, 'a', "{sv}");
	if (result >= 0)
		result = sd_bus_message_append(message, "{sv}", "Locked", "b", false);
	if (result >= 0)
		result = sd_bus_message_append(message, "{sv}", "Label", "s", item_label(item));
	if (result >= 0)
		result = sd_bus_message_append(message, "{sv}", "Modified", "t", (uint64_t)(item->modified / 1000));
	if (result >= 0)
		result = append_attributes_entry(message, item);
	if (result >= 0)
		result = sd_bus_message_close_container(message);
	return result < 0 ? result : sd_bus_message_append(message, "as", 0);
}

void announce_item_changed_to(const struct client *client, const char *keychain, const uint8_t uuid[PATH_UUID_SIZE])
{
	char collection[PATH_SIZE], path[PATH_SIZE];

	path_of_collection(keychain, collection);
	path_of_item(keychain, uuid, path);
	if (is_told(client))
		send_path(client->name, collection, COLLECTION_INTERFACE, "ItemChanged", path);
}

void announce_item_locked(const struct client *client, const char *keychain, const uint8_t uuid[PATH_UUID_SIZE])
{
	char path[PATH_SIZE];

	path_of_item(keychain, uuid, path);
	if (is_told(client))
		send_change(path, client->name, ITEM_INTERFACE, 1, "Locked", "b", true, 0);
}

void announce_item_open(const struct client *client, const struct item *item, const uint8_t uuid[PATH_UUID_SIZE])
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	char path[PATH_SIZE];

	path_of_item(item->keychain, uuid, path);
	message = is_told(client) ? new_change(path, client->name) : NULL;
	if (message && append_open(message, item) >= 0)
		sd_bus_send(session_bus, message, NULL);
}

static bool keeps_items_seen_by(const struct client *client, const struct client *other)
{
	return client->caches && client_sees(client, other);
}

static bool anyone_keeps_items(void)
{
	const struct client *served = client_served();
	struct client *client = served ? clients_first() : NULL;

	while (client && !keeps_items_seen_by(client, served))
		client = client->next;
	return client;
}

void announce_item_content(const char *keychain, const uint8_t uuid[PATH_UUID_SIZE])
{
	struct item item;

	if (!anyone_keeps_items() || item_read(keychain, uuid, false, &item))
		return;
	for (struct client *client = clients_first(); item.found && client; client = client->next) {
		if (keeps_items_seen_by(client, client_served()))
			announce_item_open(client, &item, uuid);
	}
	item_release(&item);
}

void announce_collection_locked(const char *keychain, bool locked)
{
	char path[PATH_SIZE];

	path_of_collection(keychain, path);
	for (struct client *client = clients_first(); client; client = client->next) {
		if (is_told(client))
			send_change(path, client->name, COLLECTION_INTERFACE, 1, "Locked", "b", locked, 0);
	}
	announce_collection("CollectionChanged", keychain);
}

int announce_locks(void)
{
	struct collection_names names;
	int status = collection_names_list(&names);

	for (size_t at = 0; !status && at < names.count; at++)
		announce_collection_locked(names.names[at], collection_is_locked(names.names[at]));
	return status;
}

void announce_collection_label(const char *keychain, const char *label)
{
	char path[PATH_SIZE];

	path_of_collection(keychain, path);
	for (struct client *client = clients_first(); client; client = client->next) {
		if (is_told(client))
			send_change(path, client->name, COLLECTION_INTERFACE, 1, "Label", "s", label, 0);
	}
	announce_collection("CollectionChanged", keychain);
}
