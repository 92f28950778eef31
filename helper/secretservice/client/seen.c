// SPDX-License-Identifier: GPL-2.0-or-later
#include "seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void seen_note(struct client *client, const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE])
{
	struct seen *seen;
	size_t count = 0;

	for (seen = client->seen; seen; seen = seen->next, count++) {
		if (!memcmp(seen->uuid, uuid, ITEM_UUID_SIZE) && !strcmp(seen->keychain, keychain))
			return;
	}
	seen = count < (client_may_manage(client) ? SEEN_MAX : SANDBOX_SEEN_MAX) ? calloc(1, sizeof(*seen)) : NULL;
	if (!seen)
		return;
	snprintf(seen->keychain, sizeof(seen->keychain), "%s", keychain);
	memcpy(seen->uuid, uuid, ITEM_UUID_SIZE);
	seen_put_back(client, seen);
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

void seen_forget(struct client *client)
{
	struct seen *next;

	for (struct seen *seen = seen_take(client); seen; seen = next) {
		next = seen->next;
		free(seen);
	}
}
