// SPDX-License-Identifier: GPL-2.0-or-later
#include "seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listed.h"

static size_t count_of_all, count_of_sandboxes;

/* @uuid NULL: of any item. */
static bool is_of(const struct seen *seen, const char *keychain, const uint8_t *uuid)
{
	return !strcmp(seen->keychain, keychain) && (!uuid || !memcmp(seen->uuid, uuid, ITEM_UUID_SIZE));
}

/* NULL: it was not seen yet; *@ret_count items were. */
static struct seen *find(const struct client *client, const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], size_t *ret_count)
{
	struct seen *seen = client->seen;

	for (*ret_count = 0; seen; seen = seen->next, ++*ret_count) {
		if (is_of(seen, keychain, uuid))
			return seen;
	}
	return NULL;
}

static bool has_room(const struct client *client, size_t count)
{
	if (count_of_all >= SEEN_OF_ALL_MAX)
		return false;
	return client_may_manage(client) ? count < SEEN_MAX : count < SANDBOX_SEEN_MAX && count_of_sandboxes < SEEN_OF_SANDBOXES_MAX;
}

static struct seen *add(struct client *client, const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], size_t count)
{
	struct seen *seen = has_room(client, count) ? calloc(1, sizeof(*seen)) : NULL;

	if (!seen)
		return NULL;
	seen->in_sandbox = !client_may_manage(client);
	count_of_sandboxes += seen->in_sandbox;
	count_of_all++;
	snprintf(seen->keychain, sizeof(seen->keychain), "%s", keychain);
	memcpy(seen->uuid, uuid, ITEM_UUID_SIZE);
	seen_put_back(client, seen);
	return seen;
}

/* An item that was open needs no telling: the client has read it. */
static void note_unread(const struct client *client, const struct item *item)
{
	struct listed *listed = item->found ? NULL : listed_find(client, item->keychain);

	if (listed)
		listed->unread = true;
}

void seen_note(struct client *client, const struct item *item, const uint8_t uuid[ITEM_UUID_SIZE])
{
	size_t count;
	struct seen *seen = find(client, item->keychain, uuid, &count);

	if (!seen)
		seen = add(client, item->keychain, uuid, count);
	if (!seen) {
		note_unread(client, item);
		return;
	}
	seen->accessible = item->accessible;
	seen->locked = !item->found;
}

void seen_put_back(struct client *client, struct seen *seen)
{
	seen->next = client->seen;
	client->seen = seen;
}

struct seen *seen_take(struct client *client)
{
	struct seen *all = client->seen;

	client->seen = NULL;
	return all;
}

void seen_free(struct seen *seen)
{
	count_of_all--;
	count_of_sandboxes -= seen->in_sandbox;
	free(seen);
}

void seen_forget(struct client *client)
{
	struct seen *next;

	for (struct seen *seen = seen_take(client); seen; seen = next) {
		next = seen->next;
		seen_free(seen);
	}
}

/* NULL: there is none. */
static struct seen *take_one(struct client *client, const char *keychain, const uint8_t *uuid)
{
	struct seen **link = &client->seen, *seen;

	while (*link && !is_of(*link, keychain, uuid))
		link = &(*link)->next;
	seen = *link;
	if (seen)
		*link = seen->next;
	return seen;
}

bool seen_forget_one_of(struct client *client, const char *keychain, uint8_t ret_uuid[ITEM_UUID_SIZE])
{
	struct seen *seen = take_one(client, keychain, NULL);

	if (!seen)
		return false;
	memcpy(ret_uuid, seen->uuid, ITEM_UUID_SIZE);
	seen_free(seen);
	return true;
}

void seen_forget_of_all(const char *keychain, const uint8_t *uuid)
{
	struct seen *seen;

	for (struct client *client = clients_first(); client; client = client->next) {
		while ((seen = take_one(client, keychain, uuid)))
			seen_free(seen);
	}
}
