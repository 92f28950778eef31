/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals, each sent to the connections that this service serves and to no others.
 */
#ifndef SECRETSERVICE_ANNOUNCE_H
#define SECRETSERVICE_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/client/client.h"
#include "helper/secretservice/store/item.h"

#define SERVICE_INTERFACE	"org.freedesktop.Secret.Service"
#define COLLECTION_INTERFACE	"org.freedesktop.Secret.Collection"
#define ITEM_INTERFACE		"org.freedesktop.Secret.Item"
#define SESSION_INTERFACE	"org.freedesktop.Secret.Session"
#define PROMPT_INTERFACE	"org.freedesktop.Secret.Prompt"

void announce_begin(sd_bus *bus);

/* @member: CollectionCreated, CollectionChanged or CollectionDeleted. */
void announce_collection(const char *member, const char *keychain);

/* @member: ItemCreated, ItemChanged or ItemDeleted. Told to those who see what the client that is served sees. */
void announce_item(const char *member, const char *keychain, const uint8_t uuid[PATH_UUID_SIZE]);

/* The same of ItemChanged, to one client. */
void announce_item_changed_to(const struct client *client, const char *keychain, const uint8_t uuid[PATH_UUID_SIZE]);

/* PropertiesChanged of Items, to one client: all that it sees in @keychain. */
void announce_items(const struct client *client, const char *keychain, const struct item_list *list);

/*
 * PropertiesChanged of Collections, to those who keep what they have read: some look at no signal but this one. Where they cannot be
 * read, nobody is told.
 */
void announce_collections(void);

/* Tells one client that an item is locked that it has seen while it was open. */
void announce_item_locked(const struct client *client, const char *keychain, const uint8_t uuid[PATH_UUID_SIZE]);

/*
 * PropertiesChanged of an item whose label or attributes are changed, to those who keep what they have read and see what the client
 * that is served sees. Reads the item; where that fails, nobody is told.
 */
void announce_item_content(const char *keychain, const uint8_t uuid[PATH_UUID_SIZE]);

/* Tells one client what an item has that it has seen while it was locked. */
void announce_item_open(const struct client *client, const struct item *item, const uint8_t uuid[PATH_UUID_SIZE]);

/* a{ss}: none of a locked one. Returns 0 or a negative errno. */
int item_append_attributes(sd_bus_message *message, const struct item *item);

/* PropertiesChanged of one property of a collection, and CollectionChanged. */
void announce_collection_locked(const char *keychain, bool locked);
void announce_collection_label(const char *keychain, const char *label);

/* Tells of all collections whether they are locked. Returns a status of libkeychain: what collections there are may be unknown. */
int announce_locks(void);

#endif /* SECRETSERVICE_ANNOUNCE_H */
