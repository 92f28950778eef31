// SPDX-License-Identifier: GPL-2.0-or-later
#include "item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "collection_names.h"
#include "helper/keychain/base/json_date.h"
#include "helper/secretservice/bus/failure.h"
#include "library.h"
#include "lock_state.h"
#include "put_aside.h"
#include "session_keychain.h"

/* The creator of items of the Secret Service, four letters as a number: "scrt". */
#define ITEM_CREATOR	0x73637274
#define REFERENCE_CLASS	"genp"
#define CLASS_SIZE	4

/* ---- queries ---- */

static struct keychain_query *query_of(const struct attributes *attributes, bool exactly)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);

	keychain_query_set_number(query, KEYCHAIN_CREATOR, ITEM_CREATOR);
	for (size_t at = 0; attributes && at < attributes->count; at++)
		keychain_query_set_own(query, attributes->pairs[at].name, attributes->pairs[at].value);
	if (exactly)
		keychain_query_match_own_exactly(query);
	return query;
}

static struct keychain_query *query_of_uuid(const uint8_t uuid[ITEM_UUID_SIZE])
{
	uint8_t reference[KEYCHAIN_REFERENCE_SIZE];

	memcpy(reference, REFERENCE_CLASS, CLASS_SIZE);
	memcpy(reference + CLASS_SIZE, uuid, ITEM_UUID_SIZE);
	return keychain_query_new_reference(reference);
}

/* Not those of another login. */
static bool may_have_items(const char *keychain)
{
	return !session_keychain_is(keychain) || session_keychain_is_clean();
}

/* Whether a request has failed because nothing was stored there yet. */
static bool is_not_made(const char *keychain)
{
	struct collection_names names;

	return session_keychain_is(keychain) && !collection_names_list(&names) && !names.session_is_made;
}

/* ---- lists ---- */

/* For one more. */
static int make_room(struct item_list *list)
{
	size_t capacity = list->capacity ? 2 * list->capacity : 16;
	struct item_entry *entries;

	if (list->count < list->capacity)
		return 0;
	if (list->count >= ITEM_LIST_MAX)
		return STATUS_LIMIT;
	entries = reallocarray(list->entries, capacity, sizeof(*entries));
	if (!entries)
		return errSecAllocate;
	list->entries = entries;
	list->capacity = capacity;
	return 0;
}

/* The new entry is the last one of the list. */
static int add_entry(struct item_list *list, const char *keychain, const uint8_t *reference, bool locked, int64_t modified)
{
	int status = reference ? make_room(list) : errSecAllocate;
	struct item_entry *entry;

	if (status)
		return status;
	entry = &list->entries[list->count];
	*entry = (struct item_entry){ .locked = locked, .modified = modified, .order = list->count };
	snprintf(entry->keychain, sizeof(entry->keychain), "%s", keychain);
	memcpy(entry->uuid, reference + CLASS_SIZE, ITEM_UUID_SIZE);
	list->count++;
	return 0;
}

static int add_page(struct item_list *list, const char *keychain, const struct keychain_items *items)
{
	int status = 0;

	for (size_t at = 0; !status && at < keychain_items_count(items); at++)
		status = add_entry(list, keychain, keychain_items_reference(items, at), false,
				   keychain_items_time(items, at, KEYCHAIN_MODIFIED));
	for (size_t at = 0; !status && at < keychain_items_locked_count(items); at++)
		status = add_entry(list, keychain, keychain_items_locked_reference(items, at), true,
				   keychain_items_locked_time(items, at, KEYCHAIN_MODIFIED));
	/* There are more than can be told of: an answer without them would be a lie. */
	if (!status && keychain_items_withheld(items) > keychain_items_locked_count(items))
		status = errSecInteractionNotAllowed;
	return status;
}

static int add_pages(struct item_list *list, const char *keychain, struct keychain_iterator *iterator)
{
	struct keychain_items *items;
	int status;

	for (;;) {
		library_limit();
		status = keychain_iterator_next(iterator, &items);
		if (status || !items)
			return status == errSecItemNotFound ? 0 : status;
		status = add_page(list, keychain, items);
		keychain_items_free(items);
		if (status)
			return status;
	}
}

static int search(struct item_list *list, const char *keychain, const struct attributes *attributes, bool exactly)
{
	const unsigned int flags = KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_REFERENCE | KEYCHAIN_LOCKED_REFERENCES;
	struct keychain_iterator *iterator = NULL;
	struct keychain_client *client;
	struct keychain_query *query;
	int status;

	client = library_client(keychain);
	query = query_of(attributes, exactly);
	status = client ? keychain_iterate(client, query, flags, &iterator) : errSecAllocate;
	keychain_query_free(query);
	if (!status)
		status = add_pages(list, keychain, iterator);
	keychain_iterator_free(iterator);
	return status;
}

int item_list_search(struct item_list *list, const char *keychain, const struct attributes *attributes, bool exactly)
{
	int status;

	if (lock_state_now() == LOCK_STATE_BEFORE_FIRST_UNLOCK)
		return errSecInteractionNotAllowed;
	if (!may_have_items(keychain))
		return 0;
	status = search(list, keychain, attributes, exactly);
	if (status)
		put_aside_forget();
	return status == errSecNotAvailable && is_not_made(keychain) ? 0 : status;
}

static int compare(const void *one, const void *other)
{
	const struct item_entry *a = one, *b = other;

	if (a->modified != b->modified)
		return a->modified < b->modified ? 1 : -1;
	return a->order < b->order ? 1 : -1;
}

void item_list_sort(struct item_list *list)
{
	if (list->count)
		qsort(list->entries, list->count, sizeof(*list->entries), compare);
}

void item_list_free(struct item_list *list)
{
	free(list->entries);
	*list = (struct item_list){ 0 };
}

/* ---- one ---- */

/* Takes @found. */
static int take_found(struct keychain_items *found, struct item *item)
{
	if (keychain_items_locked_count(found)) {
		item->accessible = keychain_items_locked_accessible(found, 0);
		item->created = keychain_items_locked_time(found, 0, KEYCHAIN_CREATED);
		item->modified = keychain_items_locked_time(found, 0, KEYCHAIN_MODIFIED);
		keychain_items_free(found);
		return 0;
	}
	if (!keychain_items_count(found) || keychain_items_number(found, 0, KEYCHAIN_CREATOR) != ITEM_CREATOR) {
		keychain_items_free(found);
		return errSecItemNotFound;
	}
	item->accessible = keychain_items_accessible(found, 0);
	item->created = keychain_items_time(found, 0, KEYCHAIN_CREATED);
	item->modified = keychain_items_time(found, 0, KEYCHAIN_MODIFIED);
	item->found = found;
	return 0;
}

/* A date as requests take it, to the millisecond. */
static void set_date(struct keychain_query *query, const char *name, int64_t date)
{
	char text[JSON_DATE_SIZE];

	json_date_format(date, text);
	keychain_query_set_raw(query, name, text);
}

static bool has_uuid(const uint8_t *reference, const uint8_t uuid[ITEM_UUID_SIZE])
{
	return reference && !memcmp(reference + CLASS_SIZE, uuid, ITEM_UUID_SIZE);
}

static bool is_among_locked(const struct keychain_items *found, const uint8_t uuid[ITEM_UUID_SIZE])
{
	for (size_t at = 0; at < keychain_items_locked_count(found); at++) {
		if (has_uuid(keychain_items_locked_reference(found, at), uuid))
			return true;
	}
	return false;
}

static bool is_among_open(const struct keychain_items *found, const uint8_t uuid[ITEM_UUID_SIZE])
{
	for (size_t at = 0; at < keychain_items_count(found); at++) {
		if (has_uuid(keychain_items_reference(found, at), uuid))
			return true;
	}
	return false;
}

/*
 * The creator of a locked item is sealed, and found by its hash alone: among those of ours that have the same dates. A query by
 * reference takes no attributes. errSecItemNotFound: it is not ours; errSecInteractionNotAllowed: that cannot be told.
 * *@ret_open: it is ours, and was opened since.
 */
static int check_locked(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], const struct item *item, bool *ret_open)
{
	struct keychain_client *client = library_client(keychain);
	struct keychain_query *query = query_of(NULL, false);
	struct keychain_items *found;
	int status = client ? 0 : errSecAllocate;

	set_date(query, "cdat", item->created);
	set_date(query, "mdat", item->modified);
	if (!status)
		status = keychain_find(client, query, KEYCHAIN_RETURN_REFERENCE | KEYCHAIN_LOCKED_REFERENCES, KEYCHAIN_NO_LIMIT, &found);
	keychain_query_free(query);
	if (status)
		return status;
	*ret_open = is_among_open(found, uuid);
	if (!*ret_open && !is_among_locked(found, uuid))
		status = keychain_items_withheld(found) > keychain_items_locked_count(found) ? errSecInteractionNotAllowed : errSecItemNotFound;
	keychain_items_free(found);
	return status;
}

static int read_once(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], bool secret, struct item *ret_item, bool *ret_open)
{
	unsigned int flags = KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_LOCKED_REFERENCES | (secret ? KEYCHAIN_RETURN_SECRET : 0);
	struct keychain_client *client = library_client(keychain);
	struct keychain_query *query = query_of_uuid(uuid);
	struct keychain_items *found;
	int status = client ? keychain_find(client, query, flags, KEYCHAIN_NO_LIMIT, &found) : errSecAllocate;

	keychain_query_free(query);
	*ret_item = (struct item){ 0 };
	*ret_open = false;
	if (!status)
		status = take_found(found, ret_item);
	if (!status && !ret_item->found)
		status = check_locked(keychain, uuid, ret_item, ret_open);
	return status;
}

int item_read(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], bool secret, struct item *ret_item)
{
	bool opened = false;
	int status = may_have_items(keychain) ? read_once(keychain, uuid, secret, ret_item, &opened) : errSecItemNotFound;

	if (!status && opened)
		status = read_once(keychain, uuid, secret, ret_item, &opened);
	if (status == errSecNotAvailable && is_not_made(keychain))
		status = errSecItemNotFound;
	/* Before first unlock whatever has that uuid is a locked item. */
	if (status == errSecInteractionNotAllowed)
		status = 0;
	if (!status)
		snprintf(ret_item->keychain, sizeof(ret_item->keychain), "%s", keychain);
	return status;
}

void item_release(struct item *item)
{
	keychain_items_free(item->found);
	item->found = NULL;
}

static const char *text_of(const struct item *item, enum keychain_attribute attribute)
{
	const char *text = item->found ? keychain_items_text(item->found, 0, attribute, NULL) : NULL;

	return text ? text : "";
}

const char *item_label(const struct item *item)
{
	return text_of(item, KEYCHAIN_LABEL);
}

const char *item_content_type(const struct item *item)
{
	return text_of(item, KEYCHAIN_DESCRIPTION);
}

const char *item_attribute(const struct item *item, const char *name)
{
	const char *text = item->found ? keychain_items_own(item->found, 0, name, NULL) : NULL;

	return text ? text : "";
}

size_t item_attribute_count(const struct item *item)
{
	return item->found ? keychain_items_own_count(item->found, 0) : 0;
}

const char *item_attribute_name(const struct item *item, size_t number)
{
	return keychain_items_own_name(item->found, 0, number);
}

const void *item_secret(const struct item *item, size_t *ret_length)
{
	*ret_length = 0;
	return item->found ? keychain_items_secret(item->found, 0, ret_length) : NULL;
}

/* ---- changes ---- */

static void set_attributes(struct keychain_query *query, const struct attributes *attributes)
{
	const char *schema = attributes_get(attributes, ATTRIBUTE_SCHEMA);

	keychain_query_set_no_own(query);
	for (size_t at = 0; at < attributes->count; at++)
		keychain_query_set_own(query, attributes->pairs[at].name, attributes->pairs[at].value);
	keychain_query_set_text(query, KEYCHAIN_SERVICE, schema ? schema : "");
}

static void set_content(struct keychain_query *query, const struct item_content *content)
{
	if (content->label)
		keychain_query_set_text(query, KEYCHAIN_LABEL, content->label);
	if (content->content_type)
		keychain_query_set_text(query, KEYCHAIN_DESCRIPTION, content->content_type);
	if (content->attributes)
		set_attributes(query, content->attributes);
	if (content->secret)
		keychain_query_set_secret(query, content->secret->data, content->secret->length);
}

static int set_account(struct keychain_query *query)
{
	uint64_t random[2];
	char text[33];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return errSecIO;
	snprintf(text, sizeof(text), "%016lx%016lx", random[0], random[1]);
	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, text);
	return 0;
}

int item_add(const char *keychain, const struct item_content *content, uint8_t ret_uuid[ITEM_UUID_SIZE])
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_client *client = library_client(keychain);
	uint8_t reference[KEYCHAIN_REFERENCE_SIZE];
	int status = client ? set_account(query) : errSecAllocate;

	keychain_query_set_number(query, KEYCHAIN_CREATOR, ITEM_CREATOR);
	keychain_query_set_accessible(query, content->accessible);
	set_content(query, content);
	if (!status)
		status = keychain_add(client, query, reference);
	keychain_query_free(query);
	if (!status)
		memcpy(ret_uuid, reference + CLASS_SIZE, ITEM_UUID_SIZE);
	return status;
}

int item_change(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], const struct item_content *content)
{
	struct keychain_query *changes = keychain_query_new_changes(), *query = query_of_uuid(uuid);
	struct keychain_client *client = library_client(keychain);
	int status = client ? 0 : errSecAllocate;

	set_content(changes, content);
	if (!status)
		status = keychain_update(client, query, changes);
	keychain_query_free(query);
	keychain_query_free(changes);
	return status;
}

int item_delete(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE])
{
	struct keychain_client *client;
	struct keychain_query *query;
	int status;

	if (lock_state_now() == LOCK_STATE_BEFORE_FIRST_UNLOCK)
		return errSecInteractionNotAllowed;
	client = library_client(keychain);
	query = query_of_uuid(uuid);
	status = client ? keychain_delete(client, query) : errSecAllocate;
	keychain_query_free(query);
	return status;
}
