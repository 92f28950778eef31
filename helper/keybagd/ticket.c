// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tickets: a login that authenticates in one process and opens the session in another leaves the passcode
 * key here in between, in locked memory, untried.
 */
#include "ticket.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/protocol.h"
#include "handlers.h"
#include "load.h"
#include "proof.h"
#include "unlock.h"

#define LIFETIME_US	(60ULL * 1000000)
#define MAX_TICKETS	64

struct ticket {
	struct ticket *next;		/* newest first */
	uint8_t number[KEYBAG_TICKET_SIZE];
	uint8_t uuid[KEYBAG_UUID_SIZE];
	uint8_t salt[KEYBAG_SALT_SIZE];
	struct secret key;
	sd_event_source *end;
};

static sd_event *event_loop;
static struct ticket *tickets;

void ticket_open_loop(sd_event *loop)
{
	event_loop = loop;
}

static void drop(struct ticket *ticket)
{
	struct ticket **place;

	for (place = &tickets; *place != ticket; place = &(*place)->next)
		;
	*place = ticket->next;
	secret_free(&ticket->key);
	sd_event_source_unref(ticket->end);
	free(ticket);
}

void ticket_drop_all(void)
{
	while (tickets)
		drop(tickets);
}

static int on_end(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	drop(context);
	return 0;
}

/* Makes room for one more: the oldest goes. */
static void limit(void)
{
	struct ticket *ticket;
	unsigned int count = 0;

	for (ticket = tickets; ticket; ticket = ticket->next)
		if (++count >= MAX_TICKETS) {
			while (ticket->next)
				drop(ticket->next);
			drop(ticket);
			return;
		}
}

static void work_new(struct operation *operation)
{
	struct sealed_form form;

	if (load_bag(operation) < 0 || load_facts(operation, &form) < 0 ||
	    proof_check(operation, &form) < 0)
		return;
	proof_derive(operation, &form);
}

static int keep(struct operation *operation)
{
	struct ticket *ticket;

	limit();
	ticket = calloc(1, sizeof(*ticket));
	if (!ticket)
		return -ENOMEM;
	if (getrandom(ticket->number, sizeof(ticket->number), 0) != sizeof(ticket->number) ||
	    sd_event_add_time_relative(event_loop, &ticket->end, CLOCK_BOOTTIME, LIFETIME_US,
				       1000000, on_end, ticket) < 0) {
		free(ticket);
		return -ENOMEM;
	}
	memcpy(ticket->uuid, operation->uuid, sizeof(ticket->uuid));
	memcpy(ticket->salt, operation->salt, sizeof(ticket->salt));
	memcpy(operation->ticket, ticket->number, sizeof(ticket->number));
	ticket->key = secret_take(&operation->key);
	ticket->next = tickets;
	tickets = ticket;
	return 0;
}

static void finish_new(struct operation *operation)
{
	load_note_result(operation);
	if (!operation->outcome.error && keep(operation) < 0)
		outcome_fail_plain(&operation->outcome, -ENOMEM, operation->label);
}

static void reply_new(struct operation *operation, struct writer *writer)
{
	message_add_bytes(writer, KEY_TICKET, operation->ticket, sizeof(operation->ticket));
}

static int prepare_new(struct operation *operation)
{
	if (operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE)
		return 0;
	return outcome_fail(&operation->outcome, -EINVAL, "a ticket is made of a passcode");
}

const struct handler handle_ticket_new = {
	.name = "ticket-new",
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | ROOT_ONLY | NEEDS_KERNEL,
	.prepare = prepare_new,
	.work = work_new,
	.finish = finish_new,
	.reply = reply_new,
};

static int void_ticket(struct operation *operation, int error)
{
	return outcome_fail(&operation->outcome, error, "this ticket is used up, too old, or of a "
			    "passcode that was changed since: log in again");
}

static int prepare_redeem(struct operation *operation)
{
	struct ticket *ticket;
	struct bag *bag;

	for (ticket = tickets; ticket; ticket = ticket->next)
		if (!memcmp(ticket->number, operation->ticket, sizeof(ticket->number)))
			break;
	if (!ticket)
		return void_ticket(operation, -EKEYEXPIRED);
	bag = bag_find(ticket->uuid);
	if (!bag) {
		drop(ticket);
		return void_ticket(operation, -ENOENT);
	}
	operation_set_bag(operation, bag);
	operation->proof_kind = KEYBAG_PROTECTOR_PASSCODE;
	operation->key = secret_take(&ticket->key);
	memcpy(operation->salt, ticket->salt, sizeof(operation->salt));
	drop(ticket);
	return unlock_prepare(operation);
}

static void work_redeem(struct operation *operation)
{
	const struct kb_protector *passcode;
	struct sealed_form form;

	if (load_bag(operation) < 0 || load_facts(operation, &form) < 0)
		return;
	passcode = kb_form_protector_of(&form.view, KB_PROTECTOR_PASSCODE);
	if (!passcode || memcmp(passcode->salt, operation->salt, sizeof(operation->salt))) {
		void_ticket(operation, -EKEYEXPIRED);
		return;
	}
	operation->outcome.warnings |= operation->facts.warnings;
	if (proof_prepare(operation, &form) == 0)
		unlock_command(operation);
	secret_free(&operation->key);
}

const struct handler handle_ticket_redeem = {
	.name = "ticket-redeem",
	.properties = TAKES_TICKET | TAKES_FLAGS | TAKES_REASON | ROOT_ONLY | TELLS_TRY |
		      NEEDS_KERNEL | UNLOCKS,
	.flags = UNLOCK_FLAGS,
	.prepare = prepare_redeem,
	.work = work_redeem,
	.finish = load_note_result,
};
