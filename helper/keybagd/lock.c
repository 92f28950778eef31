// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lock and evict: at once, by the main thread, past whatever the keybag's queue is doing. A try that is
 * under way finds itself void.
 */
#include <errno.h>
#include <string.h>

#include "events.h"
#include "handlers.h"
#include "queue.h"
#include "ticket.h"

static int prepare_lock(struct operation *operation)
{
	struct keybag_lock command = {
		.flags = operation->flags,
		.reason = operation->reason ? operation->reason : KEYBAG_REASON_REQUEST,
		.requester = operation_requester(operation),
	};
	bool all = operation->flags & KEYBAG_LOCK_ALL;
	int result;

	if (all && !operation_privileged(operation))
		return outcome_fail(&operation->outcome, -EPERM, "locking all keybags is for root");
	if (!all && !operation->bag)
		return outcome_fail(&operation->outcome, -ENOENT,
				    "uid %u has no keybag: make one with 'keybagctl create'",
				    operation->owner);
	if (!all)
		memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	queue_void_unlocks(all ? NULL : operation->bag);
	if (all)
		ticket_drop_all();
	result = control_call(KEYBAG_IOC_LOCK, &command);
	/* One that is not in the kernel has no keys in memory either. */
	if (result == -ENOENT || result == -EKEYREVOKED)
		result = 0;
	if (result == -EOPNOTSUPP)
		return outcome_fail(&operation->outcome, result,
				    "%s has no passcode and cannot lock: set one with "
				    "'keybagctl passwd --set'", operation->label);
	if (result == -EINVAL)
		return outcome_fail(&operation->outcome, result,
				    "reason of a lock: request, screen, logout, idle or suspend");
	if (result < 0)
		return outcome_fail_plain(&operation->outcome, result, operation->label);
	bag_read_all_events();
	return 0;
}

const struct handler handle_lock = {
	.name = "lock",
	.properties = TAKES_TARGET | TAKES_FLAGS | TAKES_REASON | NEEDS_KERNEL,
	.flags = KEYBAG_LOCK_FULL | KEYBAG_LOCK_ALL,
	.prepare = prepare_lock,
};

static int prepare_evict(struct operation *operation)
{
	struct keybag_evict command = {
		.reason = KEYBAG_REASON_EVICT,
		.requester = operation_requester(operation),
	};
	int result;

	ticket_drop_all();
	result = control_call(KEYBAG_IOC_EVICT, &command);
	if (result < 0)
		return outcome_fail_plain(&operation->outcome, result, "evict");
	bag_read_all_events();
	return 0;
}

const struct handler handle_evict = {
	.name = "evict",
	.properties = ROOT_ONLY | NEEDS_KERNEL,
	.prepare = prepare_evict,
};
