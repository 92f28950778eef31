/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items that a client has looked at while they were locked: it is told of what they have when they are open.
 */
#ifndef SECRETSERVICE_SEEN_H
#define SECRETSERVICE_SEEN_H

#include "client.h"
#include "helper/secretservice/store/item.h"

/* A client has so many, and one within a sandbox; more are not told of. */
#define SEEN_MAX		256
#define SANDBOX_SEEN_MAX	32

struct seen {
	struct seen *next;
	char keychain[KEYCHAIN_NAME_SIZE];
	uint8_t uuid[ITEM_UUID_SIZE];
};

/* Notes it, once. Without memory it is not told of. */
void seen_note(struct client *client, const char *keychain, const uint8_t uuid[ITEM_UUID_SIZE]);

/* Hands all of them over, to be released with free(3) one by one. */
struct seen *seen_take(struct client *client);

/* Takes one back that is still to be told of. */
void seen_put_back(struct client *client, struct seen *seen);

void seen_forget(struct client *client);

#endif /* SECRETSERVICE_SEEN_H */
