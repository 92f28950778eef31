// SPDX-License-Identifier: GPL-2.0-or-later
#include "backup_ticket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/cleanup.h"

#define LIFETIME_US	(60ULL * 1000000)

struct backup_ticket {
	struct backup_ticket *next;
	uid_t owner;
	uint8_t number[KEYBAG_TICKET_SIZE];
	int descriptor;
	sd_event_source *end;
};

static sd_event *event_loop;
static struct backup_ticket *tickets;

void backup_ticket_open_loop(sd_event *loop)
{
	event_loop = loop;
}

static void backup_ticket_drop(struct backup_ticket *ticket)
{
	struct backup_ticket **place;

	for (place = &tickets; *place != ticket; place = &(*place)->next)
		;
	*place = ticket->next;
	if (ticket->descriptor >= 0)
		close(ticket->descriptor);
	sd_event_source_unref(ticket->end);
	free(ticket);
}

static struct backup_ticket *backup_ticket_of(uid_t owner)
{
	struct backup_ticket *ticket;

	for (ticket = tickets; ticket; ticket = ticket->next)
		if (ticket->owner == owner)
			return ticket;
	return NULL;
}

static int backup_ticket_on_end(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	backup_ticket_drop(context);
	return 0;
}

int backup_ticket_keep(struct operation *operation)
{
	struct backup_ticket *ticket = backup_ticket_of(operation->owner);

	if (ticket)
		backup_ticket_drop(ticket);
	ticket = calloc(1, sizeof(*ticket));
	if (!ticket)
		return -ENOMEM;
	if (getrandom(ticket->number, sizeof(ticket->number), 0) != sizeof(ticket->number) ||
	    sd_event_add_time_relative(event_loop, &ticket->end, CLOCK_BOOTTIME, LIFETIME_US, 1000000,
				       backup_ticket_on_end, ticket) < 0) {
		free(ticket);
		return -ENOMEM;
	}
	ticket->owner = operation->owner;
	ticket->descriptor = take_descriptor(&operation->backup);
	memcpy(operation->ticket, ticket->number, sizeof(ticket->number));
	ticket->next = tickets;
	tickets = ticket;
	return 0;
}

int backup_ticket_use(uid_t owner, const uint8_t number[KEYBAG_TICKET_SIZE])
{
	struct backup_ticket *ticket = backup_ticket_of(owner);
	int descriptor;

	if (!ticket || !secret_bytes_equal(ticket->number, number, sizeof(ticket->number)))
		return -1;
	descriptor = take_descriptor(&ticket->descriptor);
	backup_ticket_drop(ticket);
	return descriptor;
}

void backup_ticket_drop_all(void)
{
	while (tickets)
		backup_ticket_drop(tickets);
}
