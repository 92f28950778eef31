// SPDX-License-Identifier: GPL-2.0-or-later
#include "item.h"

#include <errno.h>
#include <string.h>

#include "announce.h"
#include "helper/daemon/name_owner.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/client/seen.h"
#include "helper/secretservice/client/session.h"
#include "helper/secretservice/store/library.h"
#include "listing.h"
#include "resolve.h"
#include "secret.h"

/* The one that a message is about, from when it is found to the end of what it asks for. */
static struct {
	struct path path;
	bool read;
	struct item item;
} target;

static int fail(int status, sd_bus_error *error)
{
	return failure_of_status(status, library_message(), error);
}

static int find(sd_bus *bus, const char *path, const char *interface, void *context, void **ret_found, sd_bus_error *error)
{
	(void)bus;
	(void)interface;
	(void)context;
	(void)error;
	item_forget();
	path_parse(path, &target.path);
	*ret_found = &target;
	return target.path.kind == PATH_ITEM;
}

/* A program that keeps nothing has no use for being told that an item is locked. */
static void note_seen(struct client *client)
{
	if (client && (client->caches || !target.item.found))
		seen_note(client, &target.item, target.path.uuid);
}

/* Once for all properties that are asked for. */
static int read_target(sd_bus_error *error)
{
	int status = target.read ? 0 : resolve_item(&target.path, false, &target.item);

	if (status)
		return fail(status, error);
	target.read = true;
	note_seen(client_served());
	return 0;
}

/* ---- properties ---- */

static int get_locked(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		      void *found, sd_bus_error *error)
{
	int result = read_target(error);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? result : sd_bus_message_append(reply, "b", !target.item.found);
}

static int get_label(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		     void *found, sd_bus_error *error)
{
	int result = read_target(error);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? result : sd_bus_message_append(reply, "s", item_label(&target.item));
}

static int get_type(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		    void *found, sd_bus_error *error)
{
	int result = read_target(error);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? result : sd_bus_message_append(reply, "s", item_attribute(&target.item, ATTRIBUTE_SCHEMA));
}

static int get_time(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		    void *found, sd_bus_error *error)
{
	int result = read_target(error);
	int64_t time = strcmp(property, "Created") ? target.item.modified : target.item.created;

	(void)bus;
	(void)path;
	(void)interface;
	(void)found;
	return result < 0 ? result : sd_bus_message_append(reply, "t", (uint64_t)(time / 1000));
}

static int get_attributes(sd_bus *bus, const char *path, const char *interface, const char *property,
			  sd_bus_message *reply, void *found, sd_bus_error *error)
{
	int result = read_target(error);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? result : item_append_attributes(reply, &target.item);
}

/* Changes what is open; a program's lock keeps it from changes, too. */
static int change(const struct item_content *content, sd_bus_error *error)
{
	int result = read_target(error), status;

	if (result < 0)
		return result;
	if (!target.item.found)
		return failure_locked(error);
	status = item_change(target.item.keychain, target.path.uuid, content);
	if (status)
		return fail(status, error);
	announce_item("ItemChanged", target.item.keychain, target.path.uuid);
	if (content->label || content->attributes)
		announce_item_content(target.item.keychain, target.path.uuid);
	return 0;
}

static int set_label(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *value,
		     void *found, sd_bus_error *error)
{
	struct item_content content = { 0 };
	int result = sd_bus_message_read(value, "s", &content.label);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? failure_of_errno(result, error) : change(&content, error);
}

static int set_attributes(sd_bus *bus, const char *path, const char *interface, const char *property,
			  sd_bus_message *value, void *found, sd_bus_error *error)
{
	struct attributes attributes;
	struct item_content content = { .attributes = &attributes };
	int result = attributes_read(value, &attributes);

	(void)bus;
	(void)path;
	(void)interface;
	(void)property;
	(void)found;
	return result < 0 ? failure_of_errno(result, error) : change(&content, error);
}

/* The type is an attribute, so all of these are set anew. */
static int set_type(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *value,
		    void *found, sd_bus_error *error)
{
	struct attributes attributes = { 0 };
	struct item_content content = { .attributes = &attributes };
	const char *type;
	int result = sd_bus_message_read(value, "s", &type);

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
	for (size_t at = 0; result >= 0 && at < item_attribute_count(&target.item); at++) {
		const char *name = item_attribute_name(&target.item, at);

		result = attributes_put(&attributes, name, item_attribute(&target.item, name));
	}
	if (result >= 0)
		result = attributes_put(&attributes, ATTRIBUTE_SCHEMA, type);
	return result < 0 ? failure_of_errno(result, error) : change(&content, error);
}

/* ---- methods ---- */

static int get_secret(sd_bus_message *message, void *found, sd_bus_error *error)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	struct client *client = client_of(message);
	struct session *session;
	const char *session_path;
	struct item item;
	int result = sd_bus_message_read(message, "o", &session_path), status;

	(void)found;
	if (result < 0)
		return failure_of_errno(result, error);
	session = client ? session_find(client, session_path) : NULL;
	if (!session)
		return failure_no_session(error);
	status = resolve_open_item(sd_bus_message_get_path(message), true, &item);
	if (status)
		return fail(status, error);
	result = sd_bus_message_new_method_return(message, &reply);
	if (result >= 0)
		result = sd_bus_message_sensitive(reply);
	if (result >= 0)
		result = secret_append(&item, session, session_path, reply);
	item_release(&item);
	return result < 0 ? failure_of_errno(result, error) : sd_bus_send(NULL, reply, NULL);
}

static int set_secret(sd_bus_message *message, void *found, sd_bus_error *error)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct item_content content = { .secret = &secret };
	int result = secret_take_from(message, &secret, &content.content_type, error);

	(void)found;
	if (result < 0)
		return result;
	result = change(&content, error);
	return result < 0 ? result : sd_bus_reply_method_return(message, NULL);
}

/* A locked one, too: there is nothing to read in that. */
static int delete(sd_bus_message *message, void *found, sd_bus_error *error)
{
	int result = read_target(error), status;

	(void)found;
	if (result < 0)
		return result;
	status = item_delete(target.item.keychain, target.path.uuid);
	if (status)
		return fail(status, error);
	seen_forget_of_all(target.item.keychain, target.path.uuid);
	announce_item("ItemDeleted", target.item.keychain, target.path.uuid);
	listing_changed(target.item.keychain);
	return sd_bus_reply_method_return(message, "o", "/");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_NAMES("Delete", "", , "o", SD_BUS_PARAM(prompt), delete, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("GetSecret", "o", SD_BUS_PARAM(session), "(oayays)", SD_BUS_PARAM(secret), get_secret,
				 SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
	SD_BUS_METHOD_WITH_NAMES("SetSecret", "(oayays)", SD_BUS_PARAM(secret), "", , set_secret,
				 SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE),
	SD_BUS_PROPERTY("Locked", "b", get_locked, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_WRITABLE_PROPERTY("Attributes", "a{ss}", get_attributes, set_attributes, 0, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_WRITABLE_PROPERTY("Label", "s", get_label, set_label, 0, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_WRITABLE_PROPERTY("Type", "s", get_type, set_type, 0, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Created", "t", get_time, 0, 0),
	SD_BUS_PROPERTY("Modified", "t", get_time, 0, 0),
	SD_BUS_VTABLE_END,
};

void item_forget(void)
{
	item_release(&target.item);
	target.read = false;
}

int item_export(sd_bus *bus)
{
	int result = sd_bus_add_fallback_vtable(bus, NULL, COLLECTIONS_PATH, ITEM_INTERFACE, vtable, find, NULL);

	if (result >= 0)
		result = sd_bus_add_fallback_vtable(bus, NULL, ALIASES_PATH, ITEM_INTERFACE, vtable, find, NULL);
	return result < 0 ? result : 0;
}
