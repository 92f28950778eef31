/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items of collections, in keychains. An item of ours is a generic password: its attributes are own attributes, its label
 * the label, its content type the description, its schema the service; the account is random, so that nothing but the
 * uuid makes it unique; the creator says that it is ours.
 *
 * Statuses are those of libkeychain. While a class is locked, its items are found all the same, and told without what is
 * sealed; before first unlock searches are errSecInteractionNotAllowed, and never have fewer items than there are. Of LOGIN_TIME_KEYCHAIN,
 * made or not, there are the items of this login.
 */
#ifndef SECRETSERVICE_ITEM_STORE_H
#define SECRETSERVICE_ITEM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/common/secret.h"
#include "helper/keychain/include/keychain.h"
#include "helper/secretservice/bus/attributes.h"

#define ITEM_UUID_SIZE	16
#define ITEM_LIST_MAX	65536	/* found by one search: their paths are one answer, of 64 MiB at most */

/* One that was found. */
struct item_entry {
	char keychain[KEYCHAIN_NAME_SIZE];
	uint8_t uuid[ITEM_UUID_SIZE];
	bool locked;
	int64_t modified;	/* ms since 1970 */
	size_t order;		/* in which it was found: newer items later */
};

struct item_list {
	struct item_entry *entries;
	size_t count, capacity;
};

/*
 * Adds those that have all of @attributes (NULL: all items), or with @exactly no others. STATUS_LIMIT: there would be more than
 * ITEM_LIST_MAX in it.
 */
int item_list_search(struct item_list *list, const char *keychain, const struct attributes *attributes, bool exactly);
/* Newest change first. */
void item_list_sort(struct item_list *list);
void item_list_free(struct item_list *list);

/* One that is read; of a locked one only the dates are known. */
struct item {
	char keychain[KEYCHAIN_NAME_SIZE];
	struct keychain_items *found;	/* NULL: it is locked */
	enum keychain_accessible accessible;
	int64_t created, modified;	/* ms since 1970 */
};

/*
 * With its secret or without. errSecItemNotFound: there is none, or it is not ours; of a locked one before first unlock the
 * latter cannot be told.
 */
int item_read(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], bool secret, struct item *ret_item);
void item_release(struct item *item);

/* "" for what it does not have, or is sealed. They belong to the item. */
const char *item_label(const struct item *item);
const char *item_content_type(const struct item *item);
const char *item_attribute(const struct item *item, const char *name);
/* The number of attributes, none of a locked one, and the name of each by its number. */
size_t item_attribute_count(const struct item *item);
const char *item_attribute_name(const struct item *item, size_t number);
/* Where it was read with its secret; NULL, 0: that is empty. */
const void *item_secret(const struct item *item, size_t *ret_length);

/* The content of a new item, or of a change: NULL for what stays. */
struct item_content {
	const char *label;
	const char *content_type;
	const struct attributes *attributes;
	const struct secret *secret;
	enum keychain_accessible accessible;	/* of a new one */
};

int item_add(const char *keychain, const struct item_content *content, uint8_t ret_uuid[ITEM_UUID_SIZE]);
int item_change(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], const struct item_content *content);

/* One that was read, locked or not. errSecInteractionNotAllowed: before first unlock, as it may not be ours. */
int item_delete(const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE]);

#endif /* SECRETSERVICE_ITEM_STORE_H */
