/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items that a client has looked at: of those that were open it is told when they are locked, as libraries keep what they have read;
 * of those that were locked it is told, once they are open, what they have.
 */
#ifndef SECRETSERVICE_SEEN_H
#define SECRETSERVICE_SEEN_H

#include "client.h"
#include "helper/secretservice/store/item.h"

/* A client has so many, one within a sandbox, those of all sandboxes, and all together; of more it is not told, but that they are open. */
#define SEEN_MAX		1024
#define SANDBOX_SEEN_MAX	64
#define SEEN_OF_SANDBOXES_MAX	8192
#define SEEN_OF_ALL_MAX		16384

struct seen {
	struct seen *next;
	char keychain[KEYCHAIN_NAME_SIZE];
	uint8_t uuid[ITEM_UUID_SIZE];
	enum keychain_accessible accessible;
	bool locked;		/* as far as the client knows */
	bool in_sandbox;	/* the client is */
};

/* Notes what the client was shown of it, once for each item. Without room it is listed as unread (listed.h), where it was locked. */
void seen_note(struct client *client, const struct item *item, const uint8_t uuid[ITEM_UUID_SIZE]);

/* Hands all of them over, each to be given to seen_put_back() or seen_free(). */
struct seen *seen_take(struct client *client);

/* Takes one back. */
void seen_put_back(struct client *client, struct seen *seen);
void seen_free(struct seen *seen);

void seen_forget(struct client *client);

/* Forgets one item that the client has seen in @keychain, and says which. False: there is none. */
bool seen_forget_one_of(struct client *client, const char *keychain, uint8_t ret_uuid[ITEM_UUID_SIZE]);
/* The item is gone: no client has seen it any more. @uuid NULL: nor any other of @keychain. */
void seen_forget_of_all(const char *keychain, const uint8_t *uuid);

#endif /* SECRETSERVICE_SEEN_H */
