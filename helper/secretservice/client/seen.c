// SPDX-License-Identifier: GPL-2.0-or-later
#include "seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count_of_all;

/* NULL: it was not seen yet; *@ret_count items were. */
static struct seen *find(const struct client *client, const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], size_t *ret_count)
{
	struct seen *seen = client->seen;

	for (*ret_count = 0; seen; seen = seen->next, ++*ret_count) {
		if (!memcmp(seen->uuid, uuid, ITEM_UUID_SIZE) && !strcmp(seen->keychain, keychain))
			return seen;
	}
	return NULL;
}

static struct seen *add(struct client *client, const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE], size_t count)
{
	bool has_room = count < (client_may_manage(client) ? SEEN_MAX : SANDBOX_SEEN_MAX) && count_of_all < SEEN_OF_ALL_MAX;
	struct seen *seen = has_room ? calloc(1, sizeof(*seen)) : NULL;

	if (!seen)
		return NULL;
	count_of_all++;
	snprintf(seen->keychain, sizeof(seen->keychain), "%s", keychain);
	memcpy(seen->uuid, uuid, ITEM_UUID_SIZE);
	seen_put_back(client, seen);
	return seen;
}

void seen_note(struct client *client, const struct item *item, const uint8_t uuid[ITEM_UUID_SIZE])
{
	size_t count;
	struct seen *seen = find(client, item->keychain, uuid, &count);

	if (!seen)
		seen = add(client, item->keychain, uuid, count);
	if (!seen)
		return;
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
