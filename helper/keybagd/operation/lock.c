// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lock and evict: at once, by the main thread, past whatever the keybag's queue is doing. A try that is
 * under way finds itself void.
 */
#include <errno.h>
#include <string.h>

#include "handlers.h"
#include "keybagd/bag/autoload.h"
#include "keybagd/bag/bag_events.h"
#include "keybagd/bag/queue.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/secret/password_mismatch.h"
#include "keybagd/secret/wrong_passcode.h"
#include "keybagd/secret/ticket.h"

/* NULL: all keybags there are. */
static int lock_command(struct operation *operation, struct bag *bag)
{
	struct keybag_lock command = {
		.flags = operation->flags,
		.reason = operation->reason ? operation->reason : KEYBAG_REASON_REQUEST,
		.requester = operation_requester(operation),
	};
	int result;

	if (bag)
		memcpy(command.uuid, bag->uuid, sizeof(command.uuid));
	queue_void_unlocks(bag);
	result = device_ioctl(KEYBAG_IOC_LOCK, &command);
	/* One that is not in the kernel has no keys in memory either. */
	if (result == -ENOENT || result == -EKEYREVOKED)
		result = 0;
	if (result == -EOPNOTSUPP && operation->type == KEYBAG_TYPE_SYSTEM)
		return operation_fail(operation, result,
				      "the system keybag never locks: 'keybagctl evict' takes all keybags "
				      "out of the kernel");
	if (result == -EOPNOTSUPP)
		return operation_fail(operation, result,
				      "%s has no passcode and cannot lock: set one with "
				      "'keybagctl passwd --set'", operation->label);
	if (result == -EINVAL)
		return operation_fail(operation, result,
				      "reason of a lock: request, screen, logout, idle or suspend");
	return result < 0 ? operation_fail_plain(operation, result) : 0;
}

/* An owner who has more than one names none: one that cannot lock keeps no other from it, and is told. */
static int lock_each(struct operation *operation)
{
	uint32_t type = operation->type;
	uid_t owner = operation->owner;
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next) {
		if (!bag_is_of(bag, type, owner))
			continue;
		operation_set_bag(operation, bag);
		lock_command(operation, bag);
	}
	return operation->bag ? operation->result.error : operation_no_bag(operation, -ENOENT);
}

static int prepare_lock(struct operation *operation)
{
	int result;

	if (!(operation->flags & KEYBAG_LOCK_ALL)) {
		result = operation->bag ? lock_command(operation, operation->bag) : lock_each(operation);
	} else if (operation_privileged(operation)) {
		ticket_drop_all();
		result = lock_command(operation, NULL);
	} else {
		result = operation_fail(operation, -EPERM, "locking all keybags is for root");
	}
	bag_events_read_all();
	return result;
}

const struct handler handle_lock = {
	.name = "lock",
	.properties = TAKES_TARGET | TAKES_FLAGS | TAKES_REASON | NEEDS_KERNEL | ANY_MODULE | EVERY_BAG,
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
	autoload_never();
	queue_void_loads();
	result = device_ioctl(KEYBAG_IOC_EVICT, &command);
	if (result < 0)
		return request_result_fail_plain(&operation->result, result, "evict");
	password_mismatch_forget_keys();
	wrong_passcode_forget_all();
	bag_events_read_all();
	return 0;
}

const struct handler handle_evict = {
	.name = "evict",
	.properties = ROOT_ONLY | NEEDS_KERNEL | ANY_MODULE,
	.prepare = prepare_evict,
};
