// SPDX-License-Identifier: GPL-2.0-or-later
#include "listed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t last_due;

struct listed *listed_find(const struct client *client, const char *keychain)
{
	struct listed *listed = client->listed;

	while (listed && strcmp(listed->keychain, keychain))
		listed = listed->next;
	return listed;
}

static struct listed *add(struct client *client, const char *keychain)
{
	struct listed *listed = client->listed;
	size_t count = 0;

	for (; listed; listed = listed->next)
		count++;
	listed = count < LISTED_MAX ? calloc(1, sizeof(*listed)) : NULL;
	if (!listed)
		return NULL;
	snprintf(listed->keychain, sizeof(listed->keychain), "%s", keychain);
	listed->next = client->listed;
	client->listed = listed;
	return listed;
}

/* One that waits for longer keeps its turn. */
static void set_due(struct listed *listed)
{
	if (!listed->due)
		listed->due = ++last_due;
}

void listed_note(struct client *client, const char *keychain, bool complete)
{
	struct listed *listed = listed_find(client, keychain);

	if (!listed)
		listed = add(client, keychain);
	if (!listed)
		return;
	listed->waits = !complete;
	if (complete)
		listed_done(listed);
	else
		set_due(listed);
}

void listed_done(struct listed *listed)
{
	listed->due = 0;
	listed->failures = 0;
	listed->not_before_us = 0;
}

void listed_failed(struct listed *listed, uint64_t not_before_us)
{
	listed->failures++;
	listed->not_before_us = not_before_us;
	listed->due = ++last_due;
}

bool listed_change(const struct client *client, const char *keychain)
{
	struct listed *listed;
	bool any = false;

	for (struct client *other = clients_first(); other; other = other->next) {
		listed = client && !client_sees(other, client) ? NULL : listed_find(other, keychain);
		if (!listed)
			continue;
		set_due(listed);
		any = true;
	}
	return any;
}

bool listed_opened(void)
{
	bool any = false;

	for (struct client *client = clients_first(); client; client = client->next) {
		for (struct listed *listed = client->listed; listed; listed = listed->next) {
			listed->waits = false;
			listed->failures = 0;
			listed->not_before_us = 0;
			if (listed->unread)
				set_due(listed);
			any |= listed->due;
		}
	}
	return any;
}

uint64_t listed_soonest(void)
{
	uint64_t soonest = UINT64_MAX;

	for (struct client *client = clients_first(); client; client = client->next)
		for (struct listed *listed = client->listed; listed; listed = listed->next)
			if (listed->due && !listed->waits && listed->not_before_us < soonest)
				soonest = listed->not_before_us;
	return soonest;
}

struct listed *listed_next(uint64_t now_us, struct client **ret_client)
{
	struct listed *next = NULL;

	for (struct client *client = clients_first(); client; client = client->next) {
		for (struct listed *listed = client->listed; listed; listed = listed->next) {
			if (!listed->due || listed->waits || listed->not_before_us > now_us || (next && next->due < listed->due))
				continue;
			next = listed;
			*ret_client = client;
		}
	}
	return next;
}

/* @keychain NULL: all. */
static void forget(struct client *client, const char *keychain)
{
	struct listed **link = &client->listed, *listed;

	while ((listed = *link)) {
		if (keychain && strcmp(listed->keychain, keychain)) {
			link = &listed->next;
			continue;
		}
		*link = listed->next;
		free(listed);
	}
}

void listed_forget_of_all(const char *keychain)
{
	for (struct client *client = clients_first(); client; client = client->next)
		forget(client, keychain);
}

void listed_forget(struct client *client)
{
	forget(client, NULL);
}
