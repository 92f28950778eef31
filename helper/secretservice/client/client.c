// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/store/library.h"
#include "process.h"

#define UNCONFINED	"unconfined."
/* The first one is below. A program that still has a number from before a restart does not meet another's. */
#define FIRST_NUMBERS	UINT64_C(100000000000000000)

static struct client *first, *served;
static unsigned int count;
static void (*on_end)(struct client *client);
static sd_bus *asked;

void clients_on_end(void (*end)(struct client *client))
{
	on_end = end;
}

void clients_ask(sd_bus *bus)
{
	asked = bus;
}

struct client *clients_first(void)
{
	return first;
}

static void release(struct client *client)
{
	if (served == client)
		client_serve(NULL);
	if (on_end)
		on_end(client);
	sd_bus_track_unref(client->track);
	cleanup_descriptor(&client->pidfd);
	free(client->name);
	free(client);
}

static void forget(struct client *client)
{
	struct client **at = &first;

	while (*at && *at != client)
		at = &(*at)->next;
	if (*at) {
		*at = client->next;
		count--;
	}
	release(client);
}

void clients_release_all(void)
{
	while (first)
		forget(first);
}

static int on_gone(sd_bus_track *track, void *context)
{
	(void)track;
	forget(context);
	return 0;
}

static struct client *find(const char *name)
{
	struct client *client = first;

	while (client && strcmp(client->name, name))
		client = client->next;
	return client;
}

/* Once for a connection: its name is never another's. */
static int identify(struct client *client)
{
	int result, status;

	if (!library_serves_others())
		return 0;
	result = process_of_connection(asked, client->name, &client->pidfd);
	if (result < 0) {
		log_warning("the program with the connection %s cannot be told: %s", client->name, strerrordesc_np(-result));
		return result == -ESRCH || result == -ENXIO || result == -EACCES ? errSecMissingEntitlement : errSecNotAvailable;
	}
	client_serve(client);
	status = library_group(client->group);
	client_serve(NULL);
	if (status == errSecNotAvailable)
		log_warning("the keychain does not tell what the program with the connection %s reaches: %s", client->name,
			    library_message());
	return status;
}

/* One sandbox, be it many processes, keeps nobody else out. */
static bool has_share(const struct client *client)
{
	unsigned int others = 0;

	for (const struct client *other = first; other; other = other->next)
		others += client_sees(client, other);
	return client_may_manage(client) || others < SANDBOX_MAX_CLIENTS;
}

/*
 * However long it takes until the answer of the bus is looked at, as messages that came before are served first: sd-bus ends the
 * connection where it has not seen in time that a match was added.
 */
static int follow(struct client *client, sd_bus *bus)
{
	uint64_t limit;
	int result = sd_bus_get_method_call_timeout(bus, &limit);

	if (result >= 0)
		result = sd_bus_set_method_call_timeout(bus, UINT64_MAX);
	if (result < 0)
		return result;
	result = sd_bus_track_add_name(client->track, client->name);
	sd_bus_set_method_call_timeout(bus, limit);
	return result;
}

static int set_up(struct client *client, sd_bus *bus, const char *name)
{
	int status;

	client->pidfd = -1;
	client->name = strdup(name);
	if (!client->name || sd_bus_track_new(bus, &client->track, on_gone, client) < 0 || follow(client, bus) < 0)
		return errSecAllocate;
	status = identify(client);
	return status ? status : has_share(client) ? 0 : STATUS_LIMIT;
}

static int make(sd_bus *bus, const char *name, struct client **ret_client)
{
	struct client *client;
	int status;

	if (count >= CLIENTS_MAX)
		return STATUS_LIMIT;
	client = calloc(1, sizeof(*client));
	status = client ? set_up(client, bus, name) : errSecAllocate;
	if (status && client)
		release(client);
	if (status)
		return status;
	client->next = first;
	first = client;
	count++;
	*ret_client = client;
	return 0;
}

int client_admit(sd_bus_message *message, struct client **ret_client)
{
	const char *name = sd_bus_message_get_sender(message);

	*ret_client = name ? find(name) : NULL;
	if (*ret_client)
		return 0;
	return name ? make(sd_bus_message_get_bus(message), name, ret_client) : errSecMissingEntitlement;
}

struct client *client_of(sd_bus_message *message)
{
	const char *name = sd_bus_message_get_sender(message);

	return name ? find(name) : NULL;
}

void client_serve(struct client *client)
{
	served = client;
	library_serve(client ? client->pidfd : -1);
}

struct client *client_served(void)
{
	return served;
}

bool client_sees(const struct client *client, const struct client *other)
{
	return !strcmp(client->group, other->group);
}

bool client_may_manage(const struct client *client)
{
	return !*client->group || !strncmp(client->group, UNCONFINED, strlen(UNCONFINED));
}

uint64_t client_new_number(void)
{
	static uint64_t last;

	if (!last && getrandom(&last, sizeof(last), 0) == sizeof(last))
		last %= FIRST_NUMBERS;
	return ++last;
}
