// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unlock: begin a try, make it durable, run the KDF, let the kernel decide, make the outcome durable.
 */
#include "unlock.h"

#include <errno.h>

#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/login_bond.h"
#include "keybagd/secret/organisation_protector.h"
#include "keybagd/secret/unlock_command.h"

static const struct unlock_sessions *sessions;

void unlock_use_sessions(const struct unlock_sessions *use)
{
	sessions = use;
}

bool unlock_is_at_lock(uid_t owner)
{
	return sessions->all_locked(owner);
}

static void unlock_work(struct operation *operation)
{
	if (load_bag(operation) < 0)
		return;
	operation->result.warnings |= operation->info.warnings;
	/* First: a keybag that is open without a passcode, perhaps since a moment ago, lets nobody in. */
	if (operation->authenticates && login_bond_check(operation) < 0)
		return;
	if (operation->if_closed && unlock_command_is_done(operation)) {
		operation_fail(operation, -EALREADY, "%s is open already: nothing was tried", operation->label);
		return;
	}
	/* One without a passcode is open as long as it is loaded. */
	if (!operation->info.passcode || authenticate_prepare(operation) < 0)
		return;
	if (unlock_command(operation) == 0) {
		login_bond_note(operation);
		organisation_protector_renew(operation);
	}
	secret_free(&operation->key);
}

/* A password that was typed elsewhere does not open what is locked at the seat. */
static void consider_sessions(struct operation *operation)
{
	bool at_lock = unlock_is_at_lock(operation->owner);

	if (operation->flags & KEYBAG_UNLOCK_REMOTE && at_lock)
		operation->flags |= KEYBAG_UNLOCK_FIRST_ONLY;
	operation->remote = operation->flags & KEYBAG_UNLOCK_REMOTE;
	operation->verified = operation->flags & KEYBAG_UNLOCK_VERIFIED;
	operation->authenticates = operation->flags & KEYBAG_UNLOCK_AUTHENTICATE;
	operation->keep_ticket = operation->flags & KEYBAG_UNLOCK_KEEP_TICKET;
	operation->if_closed = operation->flags & KEYBAG_UNLOCK_IF_CLOSED;
	operation->flags &= ~(KEYBAG_UNLOCK_REMOTE | KEYBAG_UNLOCK_VERIFIED | KEYBAG_UNLOCK_AUTHENTICATE |
			      KEYBAG_UNLOCK_KEEP_TICKET | KEYBAG_UNLOCK_IF_CLOSED);
	/* No session is on its way at the lock screen, nor for a process that is in its new one already. */
	if (operation->reason == KEYBAG_REASON_LOGIN && !at_lock &&
	    !(operation->flags & KEYBAG_UNLOCK_CHECK) &&
	    (operation->keep_ticket || !sessions->has_process(operation->owner, operation->peer_pid)))
		sessions->await(operation->owner);
}

static int settle_reason(struct operation *operation)
{
	switch (operation->reason) {
	case 0:
		operation->reason = KEYBAG_REASON_REQUEST;
		return 0;
	case KEYBAG_REASON_REQUEST:
	case KEYBAG_REASON_SCREEN:
		return 0;
	case KEYBAG_REASON_LOGIN:
	case KEYBAG_REASON_RECOVERY:
		if (!operation_privileged(operation))
			operation->reason = KEYBAG_REASON_REQUEST;
		return 0;
	default:
		return operation_fail(operation, -EINVAL,
				      "reason of an unlock: request, screen, login or recovery");
	}
}

int unlock_prepare(struct operation *operation)
{
	int result = settle_reason(operation);

	if (!result)
		consider_sessions(operation);
	return result;
}

/* A screen that was let in while the keybag is open is open too, though there is no event. */
static void unlock_finish(struct operation *operation)
{
	load_note_result(operation);
	if (operation->result.error == -EALREADY && operation->reason == KEYBAG_REASON_SCREEN)
		sessions->opened(operation->owner, operation->peer_pid);
}

const struct handler handle_unlock = {
	.name = "unlock",
	.properties = TAKES_TARGET | TAKES_PROOF | TAKES_FLAGS | TAKES_REASON | NEEDS_BAG |
		      TELLS_TRY | NEEDS_KERNEL | UNLOCKS,
	.flags = UNLOCK_FLAGS,
	.prepare = unlock_prepare,
	.work = unlock_work,
	.finish = unlock_finish,
};
