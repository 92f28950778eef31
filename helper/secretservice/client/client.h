/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections to the bus that this service serves. What belongs to one of them, sessions and prompts, ends with it.
 */
#ifndef SECRETSERVICE_CLIENT_H
#define SECRETSERVICE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#define CLIENTS_MAX		1024	/* connections that are served at a time */
#define CLIENT_MAX_SESSIONS	256	/* some programs open one for each secret */
#define CLIENT_MAX_PROMPTS	32
/* Shares of all connections from within one sandbox. */
#define SANDBOX_MAX_CLIENTS	64
#define SANDBOX_MAX_SESSIONS	64
#define SANDBOX_MAX_WAITING	64	/* objects of prompts */
#define CLIENT_GROUP_SIZE	256

struct client {
	struct client *next;
	char *name;			/* unique, on the bus; never another's */
	int pidfd;			/* of its process; -1: not needed */
	char group[CLIENT_GROUP_SIZE];	/* what it reaches of the keychain; "": what all do */
	bool caches;			/* it has asked for all properties of an object: it keeps what it is told */
	sd_bus_track *track;
	struct session *sessions;
	struct prompt *prompts;
	struct seen *seen;
	struct listed *listed;
	unsigned int session_count, prompt_count;
};

/* Called before a client is released: what belongs to it goes. */
void clients_on_end(void (*end)(struct client *client));

/* Asks @bus about clients, an answer of which may have a descriptor. */
void clients_ask(sd_bus *bus);

/*
 * The sender of @message, which is known from then on. Returns 0, STATUS_LIMIT, errSecMissingEntitlement (it is none that the
 * keychain would serve, or gone), or another status of libkeychain.
 */
int client_admit(sd_bus_message *message, struct client **ret_client);

/* The sender of @message, if it was admitted; NULL: it was not, or it is gone. */
struct client *client_of(sd_bus_message *message);

/* Requests to the keychain from now on are for that client; NULL: for nobody. */
void client_serve(struct client *client);

/* Whether two reach the same items. */
bool client_sees(const struct client *client, const struct client *other);

/* The one that is served. NULL: none. */
struct client *client_served(void);

/* Whether it may do what concerns all programs of the user: not from within a sandbox. */
bool client_may_manage(const struct client *client);

/* All, by their member next. */
struct client *clients_first(void);

void clients_release_all(void);

/* A number for a session or prompt: none is used twice, and hardly one that was used before a restart. */
uint64_t client_new_number(void);

#endif /* SECRETSERVICE_CLIENT_H */
