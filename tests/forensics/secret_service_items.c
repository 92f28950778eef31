// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stores and reads a secret through the Secret Service on the bus of the session, and leaves no trace of it itself
 * (tests/host/programs_ram.py).
 *
 *   secret-service-items add|read|hold|plain NAME MASKED MASK
 *
 * add, read: over an encrypted session; the secret that is read is the one given. hold: the same, and it is in memory until standard
 * input ends. plain: adds it over a plain session, in which the bus sees it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "helper/common/registers.h"
#include "helper/common/secret.h"
#include "helper/secretservice/transfer/peer.h"
#include "unmask.h"

#define LONGEST		128
#define COLLECTION	"/org/freedesktop/secrets/collection/login"
#define ITEM		"org.freedesktop.Secret.Item."

static struct record_attribute attribute = { .name = (char *)"name" };
static const struct record record = { .label = (char *)"label", .attributes = &attribute, .count = 1 };

/* Where the item of that name is, to be released with free(3). */
static char *find(struct peer *peer)
{
	struct record_collections all;
	struct record_list items;
	char *path = NULL;

	if (peer_collections(peer, &all))
		return NULL;
	for (size_t of = 0; of < all.count && !path; of++) {
		if (peer_items(peer, &all.collections[of], &items))
			continue;
		for (size_t at = 0; at < items.count && !path; at++)
			if (items.records[at].count && !strcmp(items.records[at].attributes[0].value, attribute.value))
				path = strdup(items.records[at].path);
		record_list_free(&items);
	}
	record_collections_free(&all);
	return path;
}

static int read_back(struct peer *peer, const struct secret *secret, bool hold)
{
	char *path = find(peer), *type = NULL, end;
	struct secret found = SECRET_NONE;
	int result = path ? peer_secret(peer, path, LONGEST, &found, &type) : -ENOENT;

	if (!result && !secret_equal(&found, secret))
		result = -EBADMSG;
	if (!result && hold) {
		puts("held");
		fflush(stdout);
		while (read(STDIN_FILENO, &end, 1) > 0)
			;
	}
	secret_free(&found);
	free(path);
	free(type);
	return result;
}

/* The message is wiped by sd-bus when it is released. */
static int add_plain(struct peer *peer, const struct secret *secret)
{
	sd_bus_message *call = NULL, *answer = NULL;
	const char *session;
	int result = sd_bus_call_method(peer->bus, peer->owner, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "OpenSession",
					&peer->error, &answer, "sv", "plain", "s", "");

	if (result >= 0)
		result = sd_bus_message_read(answer, "vo", "s", NULL, &session);
	if (result >= 0)
		result = peer_new_call(peer, COLLECTION, "org.freedesktop.Secret.Collection", "CreateItem", &call);
	if (result >= 0)
		result = sd_bus_message_sensitive(call);
	if (result >= 0)
		result = sd_bus_message_append(call, "a{sv}", 2, ITEM "Label", "s", record.label, ITEM "Attributes", "a{ss}", 1,
					       attribute.name, attribute.value);
	if (result >= 0)
		result = sd_bus_message_open_container(call, 'r', "oayays");
	if (result >= 0)
		result = sd_bus_message_append(call, "o", session);
	if (result >= 0)
		result = sd_bus_message_append_array(call, 'y', "", 0);
	if (result >= 0)
		result = sd_bus_message_append_array(call, 'y', secret->data, secret->length);
	if (result >= 0)
		result = sd_bus_message_append(call, "s", "text/plain");
	if (result >= 0)
		result = sd_bus_message_close_container(call);
	if (result >= 0)
		result = sd_bus_message_append(call, "b", 0);
	if (result >= 0)
		result = peer_call(peer, call, NULL);
	sd_bus_message_unref(call);
	sd_bus_message_unref(answer);
	return result < 0 ? result : 0;
}

/* Begins a session with whoever has the name now. */
static int open_service(sd_bus *bus, struct peer *ret_peer)
{
	sd_bus_message *answer = NULL;
	const char *owner;
	int result = sd_bus_call_method(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner",
					NULL, &answer, "s", "org.freedesktop.secrets");

	if (result >= 0)
		result = sd_bus_message_read(answer, "s", &owner);
	if (result >= 0)
		result = peer_open(bus, owner, "the Secret Service", ret_peer);
	sd_bus_message_unref(answer);
	return result;
}

static int run(struct peer *peer, const char *operation, const struct secret *secret)
{
	if (!strcmp(operation, "add"))
		return peer_add(peer, COLLECTION, &record, secret, "text/plain");
	if (!strcmp(operation, "plain"))
		return add_plain(peer, secret);
	return read_back(peer, secret, !strcmp(operation, "hold"));
}

int main(int argc, char **argv)
{
	struct secret secret = SECRET_NONE;
	struct peer peer = PEER_NONE;
	sd_bus *bus = NULL;
	int result;

	if (argc != 5 || strlen(argv[3]) > 2 * LONGEST || secret_new(&secret, LONGEST))
		return 2;
	attribute.value = argv[2];
	secret.length = unmask(secret.data, argv[3], argv[4]);
	result = sd_bus_open_user(&bus);
	if (result >= 0)
		result = open_service(bus, &peer);
	if (result >= 0)
		result = run(&peer, argv[1], &secret);
	if (result < 0)
		fprintf(stderr, "%s\n", peer_problem(&peer, result));
	peer_close(&peer);
	secret_free(&secret);
	clear_vector_registers();
	sd_bus_flush_close_unref(bus);
	return result < 0;
}
