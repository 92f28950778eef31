// SPDX-License-Identifier: GPL-2.0-or-later
#include "ticket.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define LIFETIME_US	(60ULL * 1000000)
/* A keybag has at most so many: whoever logs in over and over takes no place from others. */
#define MAX_TICKETS	8

struct ticket {
	struct ticket *next;		/* newest first */
	uint8_t number[KEYBAG_TICKET_SIZE];
	uint8_t uuid[KEYBAG_UUID_SIZE];
	uint8_t salt[KEYBAG_SALT_SIZE];
	char login_setting[LOGIN_SETTING_SIZE];
	struct secret key;
	sd_event_source *end;
};

static sd_event *event_loop;
static struct ticket *tickets;
static unsigned int drops;

void ticket_open_loop(sd_event *loop)
{
	event_loop = loop;
}

void ticket_drop(struct ticket *ticket)
{
	struct ticket **place;

	for (place = &tickets; *place != ticket; place = &(*place)->next)
		;
	*place = ticket->next;
	secret_free(&ticket->key);
	sd_event_source_unref(ticket->end);
	free(ticket);
}

unsigned int ticket_round(void)
{
	return drops;
}

void ticket_drop_all(void)
{
	drops++;
	while (tickets)
		ticket_drop(tickets);
}

static int ticket_on_end(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	ticket_drop(context);
	return 0;
}

/* Makes room for one more: the oldest of that keybag goes. */
static void ticket_limit(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct ticket *ticket, *oldest = NULL;
	unsigned int count = 0;

	for (ticket = tickets; ticket; ticket = ticket->next)
		if (!memcmp(ticket->uuid, uuid, sizeof(ticket->uuid))) {
			oldest = ticket;
			count++;
		}
	if (count >= MAX_TICKETS)
		ticket_drop(oldest);
}

int ticket_keep(struct operation *operation)
{
	struct ticket *ticket;

	if (operation->ticket_round != drops)
		return -ECANCELED;
	ticket_limit(operation->uuid);
	ticket = calloc(1, sizeof(*ticket));
	if (!ticket)
		return -ENOMEM;
	if (getrandom(ticket->number, sizeof(ticket->number), 0) != sizeof(ticket->number) ||
	    sd_event_add_time_relative(event_loop, &ticket->end, CLOCK_BOOTTIME, LIFETIME_US,
				       1000000, ticket_on_end, ticket) < 0) {
		free(ticket);
		return -ENOMEM;
	}
	memcpy(ticket->uuid, operation->uuid, sizeof(ticket->uuid));
	memcpy(ticket->salt, operation->salt, sizeof(ticket->salt));
	strcpy(ticket->login_setting, operation->login_setting);
	memcpy(operation->ticket, ticket->number, sizeof(ticket->number));
	ticket->key = secret_take(&operation->key);
	ticket->next = tickets;
	tickets = ticket;
	return 0;
}

struct ticket *ticket_find(const uint8_t number[KEYBAG_TICKET_SIZE])
{
	struct ticket *ticket;

	for (ticket = tickets; ticket; ticket = ticket->next)
		if (secret_bytes_equal(ticket->number, number, sizeof(ticket->number)))
			return ticket;
	return NULL;
}

int ticket_use(const struct ticket *ticket, struct operation *operation)
{
	struct bag *bag = bag_find(ticket->uuid);

	if (!bag)
		return -ENOENT;
	operation_set_bag(operation, bag);
	operation->proof_kind = KEYBAG_PROTECTOR_PASSCODE;
	if (secret_copy(&ticket->key, &operation->key) < 0)
		return -ENOMEM;
	memcpy(operation->salt, ticket->salt, sizeof(operation->salt));
	strcpy(operation->login_setting, ticket->login_setting);
	return 0;
}
