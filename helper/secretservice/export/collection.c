// SPDX-License-Identifier: GPL-2.0-or-later
#include "collection.h"

#include <errno.h>
#include <string.h>

#include "announce.h"
#include "helper/daemon/name_owner.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/client/listed.h"
#include "helper/secretservice/client/prompt.h"
#include "helper/secretservice/store/collection_names.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/put_aside.h"
#include "helper/secretservice/store/session_keychain.h"
#include "helper/secretservice/store/soft_lock.h"
#include "collection_change.h"
#include "create_item.h"
#include "open.h"
#include "paths.h"
#include "resolve.h"

/* The one that a message is about, from when it is found to the end of what it asks for. */
static struct {
	struct path path;
	bool read;
	char keychain[KEYCHAIN_NAME_SIZE];
	bool listed;
	struct item_list items;
} target;

static int fail(int status, sd_bus_error *error)
{
	return failure_of_status(status, library_message(), error);
}

void collection_forget(void)
{
	item_list_free(&target.items);
	target.read = target.listed = false;
}

static bool may_manage(void)
{
	const struct client *client = client_served();

	return client && client_may_manage(client);
}

static int find(sd_bus *bus, const char *path, const char *interface, void *context, void **ret_found, sd_bus_error *error)
{
	(void)bus;
	(void)interface;
	(void)context;
	(void)error;
	collection_forget();
	path_parse(path, &target.path);
	*ret_found = &target;
	return target.path.kind == PATH_COLLECTION;
}

static int read_target(sd_bus_error *error)
{
	int status = target.read ? 0 : resolve_collection(&target.path, target.keychain);

	if (status)
		return fail(status, error);
	target.read = true;
	return 0;
}

/* One property is read by Get. */
static bool is_for_all(sd_bus_message *message)
{
	return !strcmp(sd_bus_message_get_member(message), "GetAll");
}

/*
 * Before first unlock it cannot be told what is in it. Asked for alone that is an error, but one property that fails would fail
 * all of them, and programs take that for a collection that is not there.
 */
static bool may_stay_unknown(sd_bus *bus)
{
	sd_bus_message *message = sd_bus_get_current_message(bus);
	enum lock_state state = lock_state_now();

	return message && is_for_all(message) &&
	       (state == LOCK_STATE_GONE || state == LOCK_STATE_BEFORE_FIRST_UNLOCK);
}

/* A program that asks for everything keeps the list, and is told when it is another one. */
static void note_listed(sd_bus *bus)
{
	sd_bus_message *message = sd_bus_get_current_message(bus);
	struct client *client = message ? client_of(message) : NULL;

	if (client && is_for_all(message))
		listed_note(client, target.keychain, target.listed);
}

static int list_target(sd_bus *bus, sd_bus_error *error)
{
	int result = read_target(error), status;

	if (result < 0 || target.listed || may_stay_unknown(bus))
		return result;
	status = item_list_search(&target.items, target.keychain, NULL, false);
	if (status)
		return fail(status, error);
	item_list_sort(&target.items);
	target.listed = true;
	return 0;
}

/* ---- properties ---- */

static int get_items(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		     void *found, sd_bus_error *error)
{
	int result = list_target(bus, error);

	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	if (result < 0)
		return result;
	note_listed(bus);
	return item_list_append(reply, &target.items, -1);
}

/* Those that are always there have names that people know. */
static const char *label_without_note(const char *keychain)
{
	if (session_keychain_is(keychain))
		return "Session";
	return strcmp(keychain, FIRST_COLLECTION) ? keychain : "Login";
}

static int get_label(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		     void *found, sd_bus_error *error)
{
	CLEANUP_FREE char *label = NULL;
	int result = read_target(error);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	if (result < 0)
		return result;
	/* Without a keybag nothing can be read, and a collection has a label all the same. */
	if (!session_keychain_is(target.keychain))
		collection_read_label(target.keychain, &label);
	return sd_bus_message_append(reply, "s", label ? label : label_without_note(target.keychain));
}

static int get_locked(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		      void *found, sd_bus_error *error)
{
	int result = read_target(error);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? result : sd_bus_message_append(reply, "b", collection_is_locked(target.keychain));
}

/* Not noted: 0, as of a collection whose age nobody knows. */
static int get_created(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *found, sd_bus_error *error)
{
	int result = read_target(error);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? result : sd_bus_message_append(reply, "t", (uint64_t)0);
}

static int get_modified(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *found, sd_bus_error *error)
{
	int result = list_target(bus, error);

	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? result :
	       sd_bus_message_append(reply, "t", (uint64_t)(target.items.count ? target.items.entries[0].modified / 1000 : 0));
}

static int set_label(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *value,
		     void *found, sd_bus_error *error)
{
	const char *label;
	int result = sd_bus_message_read(value, "s", &label), status;

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	if (result < 0)
		return failure_of_errno(result, error);
	result = read_target(error);
	if (result < 0)
		return result;
	if (!may_manage())
		return failure_not_yours(error);
	if (session_keychain_is(target.keychain))
		return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED, "the collection session has one name");
	status = collection_set_label(target.keychain, label);
	return status ? fail(status, error) : 0;
}

/* ---- methods ---- */

static int search_items(sd_bus_message *message, void *found, sd_bus_error *error)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	struct attributes attributes;
	int result = read_target(error), status;

	(void)found;
	if (result < 0)
		return result;
	result = attributes_read(message, &attributes);
	if (result < 0)
		return failure_of_errno(result, error);
	status = item_list_search(&target.items, target.keychain, &attributes, false);
	if (!status && !target.items.count)
		status = put_aside_check(target.keychain);
	if (status)
		return fail(status, error);
	item_list_sort(&target.items);
	result = sd_bus_message_new_method_return(message, &reply);
	if (result >= 0)
		result = item_list_append(reply, &target.items, -1);
	return result < 0 ? failure_of_errno(result, error) : sd_bus_send(NULL, reply, NULL);
}

/* A locked collection is deleted when somebody has given the passcode. */
static int delete_later(sd_bus_message *message, sd_bus_error *error)
{
	struct client *client = client_of(message);
	char path[PATH_SIZE], prompt_path[PATH_SIZE];
	const char *objects[] = { path };
	struct prompt *prompt;
	int result;

	path_of_collection(target.keychain, path);
	result = client ? prompt_new(client, PROMPT_DELETE_COLLECTION, objects, 1, &prompt) : -ENOMEM;
	if (result < 0)
		return failure_of_errno(result, error);
	path_of_prompt(prompt->number, prompt_path);
	return sd_bus_reply_method_return(message, "o", prompt_path);
}

static int delete(sd_bus_message *message, void *found, sd_bus_error *error)
{
	int result = read_target(error), status;

	(void)found;
	if (result < 0)
		return result;
	if (!may_manage())
		return failure_not_yours(error);
	if (!strcmp(target.keychain, FIRST_COLLECTION) || session_keychain_is(target.keychain))
		return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED, "this collection is always there: delete what is in it");
	open_without_passcode(target.keychain);
	if (collection_is_locked(target.keychain))
		return delete_later(message, error);
	status = collection_delete(target.keychain);
	return status ? fail(status, error) : sd_bus_reply_method_return(message, "o", "/");
}

static int create_item(sd_bus_message *message, void *found, sd_bus_error *error)
{
	int result = read_target(error);

	(void)found;
	return result < 0 ? result : create_item_in(target.keychain, message, error);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("Delete", "", , "o", SD_BUS_PARAM(prompt), delete, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SearchItems", "a{ss}", SD_BUS_PARAM(attributes), "ao", SD_BUS_PARAM(results), search_items,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CreateItem", "a{sv}(oayays)b",
				 SD_BUS_PARAM(properties) SD_BUS_PARAM(secret) SD_BUS_PARAM(replace), "oo",
				 SD_BUS_PARAM(item) SD_BUS_PARAM(prompt), create_item,
				 SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
	SD_BUS_SIGNAL_WITH_NAMES("ItemCreated", "o", SD_BUS_PARAM(item), 0),
	SD_BUS_SIGNAL_WITH_NAMES("ItemDeleted", "o", SD_BUS_PARAM(item), 0),
	SD_BUS_SIGNAL_WITH_NAMES("ItemChanged", "o", SD_BUS_PARAM(item), 0),
	SD_BUS_PROPERTY("Items", "ao", get_items, 0, 0),
	SD_BUS_WRITABLE_PROPERTY("Label", "s", get_label, set_label, 0, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Locked", "b", get_locked, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Created", "t", get_created, 0, 0),
	SD_BUS_PROPERTY("Modified", "t", get_modified, 0, 0),
	SD_BUS_VTABLE_END,
};

int collection_export(sd_bus *bus)
{
	int result = sd_bus_add_fallback_vtable(bus, NULL, COLLECTIONS_PATH, COLLECTION_INTERFACE, vtable, find, NULL);

	if (result >= 0)
		result = sd_bus_add_fallback_vtable(bus, NULL, ALIASES_PATH, COLLECTION_INTERFACE, vtable, find, NULL);
	return result < 0 ? result : 0;
}
