// SPDX-License-Identifier: GPL-2.0-or-later
#include "create_item.h"

#include <string.h>

#include "announce.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/rules/class_rules.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/put_aside.h"
#include "helper/secretservice/store/session_keychain.h"
#include "helper/secretservice/store/soft_lock.h"
#include "listing.h"
#include "resolve.h"
#include "secret.h"

#define PROPERTY_LABEL		ITEM_INTERFACE ".Label"
#define PROPERTY_ATTRIBUTES	ITEM_INTERFACE ".Attributes"
#define PROPERTY_TYPE		ITEM_INTERFACE ".Type"

/* By this attribute a program says when an item is to be readable. */
#define ATTRIBUTE_ACCESSIBLE	"keybag:accessible"
#define AFTER_FIRST_UNLOCK	"after-first-unlock"

struct properties {
	const char *label;	/* NULL: not given */
	const char *type;
	struct attributes attributes;
};

static int read_text(sd_bus_message *message, const char **ret_text)
{
	return sd_bus_message_read(message, "v", "s", ret_text);
}

static int read_attributes(sd_bus_message *message, struct attributes *ret_attributes)
{
	int result = sd_bus_message_enter_container(message, 'v', "a{ss}");

	if (result >= 0)
		result = attributes_read(message, ret_attributes);
	return result < 0 ? result : sd_bus_message_exit_container(message);
}

/* Those that are not known are left alone: programs send misnamed ones. */
static int read_property(sd_bus_message *message, struct properties *properties)
{
	const char *name;
	int result = sd_bus_message_read(message, "s", &name);

	if (result < 0)
		return result;
	if (!strcmp(name, PROPERTY_LABEL))
		return read_text(message, &properties->label);
	if (!strcmp(name, PROPERTY_TYPE))
		return read_text(message, &properties->type);
	if (!strcmp(name, PROPERTY_ATTRIBUTES))
		return read_attributes(message, &properties->attributes);
	return sd_bus_message_skip(message, "v");
}

static int read_properties(sd_bus_message *message, struct properties *properties)
{
	int result = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (result >= 0 && (result = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		result = read_property(message, properties);
		if (result >= 0)
			result = sd_bus_message_exit_container(message);
	}
	if (result >= 0)
		result = sd_bus_message_exit_container(message);
	/* The type is the schema, which most programs tell as an attribute alone. */
	if (result >= 0 && properties->type && *properties->type && !attributes_get(&properties->attributes, ATTRIBUTE_SCHEMA))
		result = attributes_put(&properties->attributes, ATTRIBUTE_SCHEMA, properties->type);
	return result < 0 ? result : 0;
}

static const char *value_of(void *attributes, const char *name)
{
	return attributes_get(attributes, name);
}

/* Root's rules, then what the program asks for. */
static enum keychain_accessible accessible_of(struct attributes *attributes)
{
	enum keychain_accessible ruled = class_rules_find(value_of, attributes);
	const char *asked = attributes_get(attributes, ATTRIBUTE_ACCESSIBLE);

	if (ruled)
		return ruled;
	return asked && !strcmp(asked, AFTER_FIRST_UNLOCK) ? KEYCHAIN_AFTER_FIRST_UNLOCK : KEYCHAIN_WHEN_UNLOCKED;
}

/* Before first unlock no item can be made, whatever its class: the key of what it is found by is not there. */
static bool is_locked(const char *keychain, enum keychain_accessible accessible)
{
	enum lock_state state = lock_state_now();

	return state == LOCK_STATE_BEFORE_FIRST_UNLOCK || class_is_locked(keychain, accessible, state);
}

/*
 * The same attributes with the schema that stands for none, or without it. gnome-keyring shows this schema where a program has named
 * none: what was brought over from there has it, and the program stores without it as before. Returns whether there are such.
 */
static bool put_schema_of_none(const struct attributes *attributes, struct attributes *ret_attributes)
{
	const char *schema = attributes_get(attributes, ATTRIBUTE_SCHEMA);

	ret_attributes->count = 0;
	if (schema && strcmp(schema, ATTRIBUTE_SCHEMA_NONE))
		return false;
	for (size_t at = 0; at < attributes->count; at++) {
		if (strcmp(attributes->pairs[at].name, ATTRIBUTE_SCHEMA))
			attributes_put(ret_attributes, attributes->pairs[at].name, attributes->pairs[at].value);
	}
	return schema || !attributes_put(ret_attributes, ATTRIBUTE_SCHEMA, ATTRIBUTE_SCHEMA_NONE);
}

/* *@ret_other: those that were found differ in the schema that stands for none. */
static int search_same(const char *keychain, const struct attributes *attributes, struct item_list *same, bool *ret_other)
{
	struct attributes other;
	int status = item_list_search(same, keychain, attributes, true);

	*ret_other = !status && !same->count && put_schema_of_none(attributes, &other);
	return *ret_other ? item_list_search(same, keychain, &other, true) : status;
}

/*
 * Whether the item that one of these attributes would replace can be changed although a new one would be locked: the user, or another
 * rule than today's, has given it a class that stays open on a locked screen.
 */
static bool replaces_open_one(const char *keychain, const struct attributes *attributes)
{
	struct item_list same = { 0 };
	bool other, open = false;

	if (lock_state_now() == LOCK_STATE_LOCKED && !soft_lock_is_set(keychain) && !search_same(keychain, attributes, &same, &other)) {
		item_list_sort(&same);
		open = same.count && !same.entries[0].locked;
	}
	item_list_free(&same);
	return open;
}

/* Changes the newest one of the same attributes. errSecItemNotFound: there is none. *@ret_content: what it shows is another. */
static int replace(const char *keychain, const struct item_content *content, uint8_t ret_uuid[ITEM_UUID_SIZE], bool *ret_content)
{
	struct item_list same = { 0 };
	int status = search_same(keychain, content->attributes, &same, ret_content);

	*ret_content |= content->label != NULL;
	if (!status && !same.count)
		status = errSecItemNotFound;
	if (!status) {
		item_list_sort(&same);
		memcpy(ret_uuid, same.entries[0].uuid, ITEM_UUID_SIZE);
		status = item_change(keychain, ret_uuid, content);
	}
	item_list_free(&same);
	return status;
}

/* The keychain of the collection session is made with its first item. A key that a program has made anew is no use with what was lost. */
static int add(const char *keychain, struct item_content *content, uint8_t ret_uuid[ITEM_UUID_SIZE])
{
	int status = session_keychain_is(keychain) ? session_keychain_make() : put_aside_check(keychain);

	content->label = content->label ? content->label : "";
	return status ? status : item_add(keychain, content, ret_uuid);
}

static int store(const char *keychain, struct item_content *content, bool replaces, uint8_t ret_uuid[ITEM_UUID_SIZE])
{
	bool shows_another = false;
	int status = replaces ? replace(keychain, content, ret_uuid, &shows_another) : errSecItemNotFound;
	bool added = status == errSecItemNotFound;

	if (added)
		status = add(keychain, content, ret_uuid);
	if (!status)
		announce_item(added ? "ItemCreated" : "ItemChanged", keychain, ret_uuid);
	if (!status && added)
		listing_changed(keychain);
	if (!status && !added && shows_another)
		announce_item_content(keychain, ret_uuid);
	return status;
}

/* @locked: nothing can be added, but one that is there can be replaced. */
static int create(const char *keychain, bool locked, struct properties *properties, sd_bus_message *message, sd_bus_error *error)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct item_content content = {
		.label = properties->label,
		.attributes = &properties->attributes,
		.secret = &secret,
		.accessible = accessible_of(&properties->attributes),
	};
	uint8_t uuid[ITEM_UUID_SIZE];
	char path[PATH_SIZE];
	int result = secret_take_from(message, &secret, &content.content_type, error), replaces, status;

	if (result < 0)
		return result;
	result = sd_bus_message_read(message, "b", &replaces);
	if (result < 0)
		return failure_of_errno(result, error);
	if (locked && !replaces)
		return failure_locked(error);
	status = store(keychain, &content, replaces, uuid);
	if (status)
		return failure_of_status(status, library_message(), error);
	path_of_item(keychain, uuid, path);
	return sd_bus_reply_method_return(message, "oo", path, "/");
}

int create_item_in(const char *keychain, sd_bus_message *message, sd_bus_error *error)
{
	struct properties properties = { 0 };
	int result = read_properties(message, &properties);
	bool locked;

	if (result < 0)
		return failure_of_errno(result, error);
	locked = is_locked(keychain, accessible_of(&properties.attributes));
	if (locked && !replaces_open_one(keychain, &properties.attributes))
		return failure_locked(error);
	return create(keychain, locked, &properties, message, error);
}
