// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tickets: made when a login authenticates, redeemed when its account checks are passed and its session opens.
 */
#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/login_bond.h"
#include "keybagd/secret/password_mismatch.h"
#include "keybagd/secret/ticket.h"
#include "keybagd/secret/unlock_command.h"
#include "unlock.h"

static void ticket_new_work(struct operation *operation)
{
	if (load_bag(operation) < 0)
		return;
	if (!operation->info.passcode) {
		operation_fail(operation, -EALREADY, "%s has no passcode: it needs no ticket", operation->label);
		return;
	}
	password_mismatch_look(operation);
	authenticate_derive(operation);
}

static void ticket_new_finish(struct operation *operation)
{
	int result;

	load_note_result(operation);
	if (operation->result.error)
		return;
	result = ticket_keep(operation);
	if (result == -ECANCELED)
		operation_fail(operation, result, "%s: all keybags were locked meanwhile: log in again", operation->label);
	else if (result < 0)
		operation_fail_plain(operation, result);
}

static void ticket_new_reply(struct operation *operation, struct writer *writer)
{
	message_add_bytes(writer, KEY_TICKET, operation->ticket, sizeof(operation->ticket));
}

static int ticket_new_prepare(struct operation *operation)
{
	operation->result.state = KEYBAG_STATE_GONE;
	operation->ticket_round = ticket_round();
	if (operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE)
		return 0;
	return operation_fail(operation, -EINVAL, "a ticket is made of a passcode");
}

const struct handler handle_ticket_new = {
	.name = "ticket-new",
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | ROOT_ONLY | TELLS_TRY | NEEDS_KERNEL | OFFERS_CREATE,
	.prepare = ticket_new_prepare,
	.work = ticket_new_work,
	.finish = ticket_new_finish,
	.reply = ticket_new_reply,
};

static int void_ticket(struct operation *operation, int error)
{
	return operation_fail(operation, error, "this ticket is used up, too old, or of a "
			      "passcode that was changed since: log in again");
}

/* The session of a login that has opened the keybag asks again: it waits for nobody. */
static bool is_open(struct operation *operation)
{
	struct keybag_status status;

	if (device_ioctl_status(operation->uuid, &status) < 0)
		return false;
	operation->result.state = status.state;
	operation->result.warnings |= operation->info.warnings;
	return unlock_command_is_done(operation);
}

static int ticket_redeem_prepare(struct operation *operation)
{
	struct ticket *ticket = ticket_find(operation->ticket);
	int result = ticket ? ticket_use(ticket, operation) : -EKEYEXPIRED;

	if (ticket && result == -ENOENT)
		ticket_drop(ticket);
	if (result == -ENOMEM)
		return operation_fail_plain(operation, result);
	if (result < 0)
		return void_ticket(operation, result);
	if (!(operation->flags & KEYBAG_UNLOCK_KEEP_TICKET))
		ticket_drop(ticket);
	result = unlock_prepare(operation);
	if (result < 0)
		return result;
	return is_open(operation);
}

static void ticket_redeem_work(struct operation *operation)
{
	const struct bag_info *info = &operation->info;

	if (load_bag(operation) < 0)
		return;
	if (!info->passcode || memcmp(info->salt, operation->salt, sizeof(operation->salt))) {
		void_ticket(operation, -EKEYEXPIRED);
		return;
	}
	operation->result.warnings |= operation->info.warnings;
	if (!unlock_command_is_done(operation) && authenticate_prepare(operation) == 0 &&
	    unlock_command(operation) == 0)
		login_bond_note(operation);
	secret_free(&operation->key);
}

/* One that was kept, and is good for nothing any more, goes. */
static void ticket_redeem_finish(struct operation *operation)
{
	struct ticket *ticket = ticket_find(operation->ticket);
	int error = operation->result.error;

	load_note_result(operation);
	if (ticket && error && error != -ECANCELED && error != -EBUSY)
		ticket_drop(ticket);
}

const struct handler handle_ticket_redeem = {
	.name = "ticket-redeem",
	.properties = TAKES_TICKET | TAKES_FLAGS | TAKES_REASON | ROOT_ONLY | TELLS_TRY |
		      NEEDS_KERNEL | UNLOCKS,
	/* It says nothing about who may be let in: where the keybag is open, nothing is tried. */
	.flags = KEYBAG_UNLOCK_FIRST_ONLY | KEYBAG_UNLOCK_REMOTE | KEYBAG_UNLOCK_VERIFIED | KEYBAG_UNLOCK_KEEP_TICKET,
	.prepare = ticket_redeem_prepare,
	.work = ticket_redeem_work,
	.finish = ticket_redeem_finish,
};
