// SPDX-License-Identifier: GPL-2.0-or-later
#include "service.h"

#include <errno.h>
#include <string.h>

#include "announce.h"
#include "collection.h"
#include "collection_change.h"
#include "helper/daemon/name_owner.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/store/collection_names.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/put_aside.h"
#include "helper/secretservice/store/session_keychain.h"
#include "paths.h"
#include "resolve.h"
#include "secret.h"
#include "session.h"
#include "unlock.h"

#define PROPERTY_LABEL		COLLECTION_INTERFACE ".Label"
#define PROPERTY_ITEM_LABEL	ITEM_INTERFACE ".Label"

/* Bytes of secrets in one answer. The bus disconnects who sends an array of 64 MiB. */
#define SECRETS_MAX	((size_t)16 << 20)

static int fail(int status, sd_bus_error *error)
{
	return failure_of_status(status, library_message(), error);
}

static bool may_manage(void)
{
	const struct client *client = client_served();

	return client && client_may_manage(client);
}

static int get_collections(sd_bus *bus, const char *path, const char *interface, const char *property,
			   sd_bus_message *reply, void *context, sd_bus_error *error)
{
	struct collection_names names;
	int status = collection_names_list(&names);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)context;
	if (status)
		return fail(status, error);
	return collection_names_append(reply, &names);
}

/* ---- items ---- */

static int search_all(const struct attributes *attributes, struct item_list *list)
{
	struct collection_names names;
	int status = collection_names_list(&names);

	for (size_t at = 0; !status && at < names.count; at++) {
		if (names.session_is_made || !session_keychain_is(names.names[at]))
			status = item_list_search(list, names.names[at], attributes, false);
	}
	item_list_sort(list);
	return !status && !list->count ? put_aside_check(NULL) : status;
}

static int search_items(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	CLEANUP(item_list_free) struct item_list list = { 0 };
	struct attributes attributes;
	int result = attributes_read(message, &attributes), status;

	(void)context;
	if (result < 0)
		return failure_of_errno(result, error);
	status = search_all(&attributes, &list);
	if (status)
		return fail(status, error);
	result = sd_bus_message_new_method_return(message, &reply);
	if (result >= 0)
		result = item_list_append(reply, &list, false);
	if (result >= 0)
		result = item_list_append(reply, &list, true);
	return result < 0 ? failure_of_errno(result, error) : sd_bus_send(NULL, reply, NULL);
}

static int append_entry(sd_bus_message *reply, const char *path, const struct item *item, const struct session *session,
			const char *session_path)
{
	int result = sd_bus_message_open_container(reply, 'e', "o(oayays)");

	if (result >= 0)
		result = sd_bus_message_append_basic(reply, 'o', path);
	if (result >= 0)
		result = secret_append(item, session, session_path, reply);
	return result < 0 ? result : sd_bus_message_close_container(reply);
}

/*
 * Items that are locked, or not there, are left out; for the keychain a damaged one is not there. Whatever else keeps an open
 * item away fails the whole: a program that takes a short answer for "nothing stored" stores another key.
 */
static bool may_leave_out(int status)
{
	switch (status) {
	case errSecItemNotFound:
	case errSecMissingEntitlement:
	case errSecInteractionNotAllowed:
		return true;
	/* No keybag is loaded, or keychaind is away. */
	case errSecNotAvailable:
		return lock_state_now() < LOCK_STATE_LOCKED;
	default:
		return false;
	}
}

/* @room: for secrets, in the answer. Returns 1 where @ret_status says why there is no answer. */
static int append_secret_of(sd_bus_message *reply, const char *path, const struct session *session, const char *session_path,
			    size_t *room, int *ret_status)
{
	struct item item;
	size_t length;
	int status = resolve_open_item(path, true, &item), result = -E2BIG;

	if (status) {
		*ret_status = status;
		return may_leave_out(status) ? 0 : 1;
	}
	item_secret(&item, &length);
	if (length <= *room) {
		*room -= length;
		result = append_entry(reply, path, &item, session, session_path);
	}
	item_release(&item);
	return result < 0 ? result : 0;
}

static int append_secrets(sd_bus_message *reply, char **paths, const struct session *session, const char *session_path,
			  int *ret_status)
{
	int result = sd_bus_message_sensitive(reply);
	size_t room = SECRETS_MAX;

	if (result >= 0)
		result = sd_bus_message_open_container(reply, 'a', "{o(oayays)}");
	if (result >= 0)
		result = 0;
	for (; !result && paths && *paths; paths++)
		result = append_secret_of(reply, *paths, session, session_path, &room, ret_status);
	return result ? result : sd_bus_message_close_container(reply);
}

static int get_secrets(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	CLEANUP(unlock_free_paths) char **paths = NULL;
	struct client *client = client_of(message);
	struct session *session;
	const char *session_path;
	int result = unlock_read_paths(message, &paths), status = 0;

	(void)context;
	if (result >= 0)
		result = sd_bus_message_read(message, "o", &session_path);
	if (result < 0)
		return failure_of_errno(result, error);
	session = client ? session_find(client, session_path) : NULL;
	if (!session)
		return failure_no_session(error);
	result = sd_bus_message_new_method_return(message, &reply);
	if (result >= 0)
		result = append_secrets(reply, paths, session, session_path, &status);
	if (result == 1)
		return fail(status, error);
	return result < 0 ? failure_of_errno(result, error) : sd_bus_send(NULL, reply, NULL);
}

/* ---- collections ---- */

/* The Rust library secret-service names it as an item's. */
static bool is_label(const char *property)
{
	return !strcmp(property, PROPERTY_LABEL) || !strcmp(property, PROPERTY_ITEM_LABEL);
}

static int read_properties(sd_bus_message *message, const char **ret_label)
{
	int result = sd_bus_message_enter_container(message, 'a', "{sv}");
	const char *name;

	while (result >= 0 && (result = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		result = sd_bus_message_read(message, "s", &name);
		if (result >= 0)
			result = is_label(name) ? sd_bus_message_read(message, "v", "s", ret_label) :
				 sd_bus_message_skip(message, "v");
		if (result >= 0)
			result = sd_bus_message_exit_container(message);
	}
	return result < 0 ? result : sd_bus_message_exit_container(message);
}

/* The one that an alias already stands for, as it is, or a new one. errSecNoAccessForItem: the client may not make one. */
static int find_or_create(const char *label, const char *alias, char ret_name[KEYCHAIN_NAME_SIZE])
{
	int status = *alias ? collection_names_of_alias(alias, ret_name) : errSecItemNotFound;

	if (status != errSecItemNotFound)
		return status;
	return may_manage() ? collection_make(label, alias, ret_name) : errSecNoAccessForItem;
}

/* Takes no passcode, so there is nothing to prompt for. */
static int create_collection(sd_bus_message *message, void *context, sd_bus_error *error)
{
	char name[KEYCHAIN_NAME_SIZE], path[PATH_SIZE];
	const char *label = "", *alias;
	int result = read_properties(message, &label), status;

	(void)context;
	if (result >= 0)
		result = sd_bus_message_read(message, "s", &alias);
	if (result < 0)
		return failure_of_errno(result, error);
	if (strlen(alias) >= PATH_NAME_SIZE)
		return failure_of_errno(-EINVAL, error);
	status = find_or_create(label, alias, name);
	if (status)
		return status == errSecNoAccessForItem ? failure_not_yours(error) : fail(status, error);
	path_of_collection(name, path);
	return sd_bus_reply_method_return(message, "oo", path, "/");
}

static int read_alias(sd_bus_message *message, void *context, sd_bus_error *error)
{
	char name[KEYCHAIN_NAME_SIZE], path[PATH_SIZE] = "/";
	const char *alias;
	int result = sd_bus_message_read(message, "s", &alias), status;

	(void)context;
	if (result < 0)
		return failure_of_errno(result, error);
	status = collection_names_of_alias(alias, name);
	if (status && status != errSecItemNotFound)
		return fail(status, error);
	if (!status)
		path_of_collection(name, path);
	return sd_bus_reply_method_return(message, "o", path);
}

static int set_alias(sd_bus_message *message, void *context, sd_bus_error *error)
{
	char name[KEYCHAIN_NAME_SIZE];
	const char *alias, *collection;
	struct path path;
	int result = sd_bus_message_read(message, "so", &alias, &collection), status = 0;
	bool none;

	(void)context;
	if (result < 0)
		return failure_of_errno(result, error);
	if (!*alias || strlen(alias) >= PATH_NAME_SIZE)
		return failure_of_errno(-EINVAL, error);
	if (!may_manage())
		return failure_not_yours(error);
	none = !strcmp(collection, "/");
	path_parse(collection, &path);
	if (!none)
		status = path.kind == PATH_COLLECTION ? resolve_collection(&path, name) : errSecItemNotFound;
	if (!status && !collection_names_may_set_alias(alias, none ? NULL : name))
		return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED,
					"the alias session always stands for what lives until logout, and default never does");
	if (!status)
		status = collection_names_set_alias(alias, none ? NULL : name);
	return status ? fail(status, error) : sd_bus_reply_method_return(message, NULL);
}

/* There is one passcode for all collections, and it is not changed here. */
static int change_lock(sd_bus_message *message, void *context, sd_bus_error *error)
{
	(void)message;
	(void)context;
	return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED, "the passcode is that of the keybag: use keybagctl passwd");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("OpenSession", "sv", SD_BUS_PARAM(algorithm) SD_BUS_PARAM(input), "vo",
				 SD_BUS_PARAM(output) SD_BUS_PARAM(session), open_session, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CreateCollection", "a{sv}s", SD_BUS_PARAM(properties) SD_BUS_PARAM(alias), "oo",
				 SD_BUS_PARAM(collection) SD_BUS_PARAM(prompt), create_collection, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SearchItems", "a{ss}", SD_BUS_PARAM(attributes), "aoao",
				 SD_BUS_PARAM(unlocked) SD_BUS_PARAM(locked), search_items, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Unlock", "ao", SD_BUS_PARAM(objects), "aoo", SD_BUS_PARAM(unlocked) SD_BUS_PARAM(prompt),
				 unlock_objects, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("Lock", "ao", SD_BUS_PARAM(objects), "aoo", SD_BUS_PARAM(locked) SD_BUS_PARAM(prompt),
				 lock_objects, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("LockService", "", "", lock_service, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("ChangeLock", "o", SD_BUS_PARAM(collection), "o", SD_BUS_PARAM(prompt), change_lock,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetSecrets", "aoo", SD_BUS_PARAM(items) SD_BUS_PARAM(session), "a{o(oayays)}",
				 SD_BUS_PARAM(secrets), get_secrets, SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
	SD_BUS_METHOD_WITH_NAMES("ReadAlias", "s", SD_BUS_PARAM(name), "o", SD_BUS_PARAM(collection), read_alias,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("SetAlias", "so", SD_BUS_PARAM(name) SD_BUS_PARAM(collection), "", , set_alias,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL_WITH_NAMES("CollectionCreated", "o", SD_BUS_PARAM(collection), 0),
	SD_BUS_SIGNAL_WITH_NAMES("CollectionDeleted", "o", SD_BUS_PARAM(collection), 0),
	SD_BUS_SIGNAL_WITH_NAMES("CollectionChanged", "o", SD_BUS_PARAM(collection), 0),
	SD_BUS_PROPERTY("Collections", "ao", get_collections, 0, 0),
	SD_BUS_VTABLE_END,
};

int service_export(sd_bus *bus)
{
	int result = sd_bus_add_object_vtable(bus, NULL, SECRETS_PATH, SERVICE_INTERFACE, vtable, NULL);

	return result < 0 ? result : 0;
}
