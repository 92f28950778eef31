// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unlock: begin a try, make it durable, run the KDF, let the kernel decide, make the outcome durable.
 */
#include "unlock.h"

#include <errno.h>
#include <string.h>

#include "handlers.h"
#include "load.h"
#include "proof.h"
#include "session.h"
#include "session_lock.h"

int unlock_command(struct operation *operation)
{
	struct sealed_record record;
	struct keybag_unlock command = {
		.try_id = operation->try_id,
		.secret = proof_secret(operation),
		.flags = operation->flags,
		.reason = operation->reason,
		.requester = operation_requester(operation),
		.record = CONTROL_BUFFER(record),
	};
	int result;

	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	result = control_call(KEYBAG_IOC_UNLOCK, &command);
	record.length = command.record.length;
	operation->outcome.state = command.state;
	return proof_used(operation, result, command.failures, command.retry_after_ns, &record);
}

/* One without a passcode is open as long as it is loaded. */
static void report_open(struct operation *operation)
{
	struct keybag_status status;

	if (control_status(operation->uuid, &status) == 0)
		operation->outcome.state = status.state;
}

static void work(struct operation *operation)
{
	struct sealed_form form;

	if (load_bag(operation) < 0 || load_facts(operation, &form) < 0)
		return;
	operation->outcome.warnings |= operation->facts.warnings;
	if (!operation->facts.passcode) {
		report_open(operation);
		return;
	}
	if (proof_prepare(operation, &form) < 0)
		return;
	unlock_command(operation);
	secret_free(&operation->key);
}

/* A password that was typed elsewhere does not open what is locked at the seat. */
static void consider_sessions(struct operation *operation)
{
	bool at_lock = session_all_locked(operation->owner);

	if (operation->flags & KEYBAG_UNLOCK_REMOTE && at_lock)
		operation->flags |= KEYBAG_UNLOCK_FIRST_ONLY;
	operation->remote = operation->flags & KEYBAG_UNLOCK_REMOTE;
	operation->verified = operation->flags & KEYBAG_UNLOCK_VERIFIED;
	operation->flags &= ~(KEYBAG_UNLOCK_REMOTE | KEYBAG_UNLOCK_VERIFIED);
	/* At the lock screen it is no new session: one that goes back to its own. */
	if (operation->reason == KEYBAG_REASON_LOGIN && !at_lock)
		session_await(operation->owner);
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
		return outcome_fail(&operation->outcome, -EINVAL,
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

const struct handler handle_unlock = {
	.name = "unlock",
	.properties = TAKES_TARGET | TAKES_PROOF | TAKES_FLAGS | TAKES_REASON | NEEDS_BAG |
		      TELLS_TRY | NEEDS_KERNEL | UNLOCKS,
	.flags = UNLOCK_FLAGS,
	.prepare = unlock_prepare,
	.work = work,
	.finish = load_note_result,
};
