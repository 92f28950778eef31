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
#include "keybagd/secret/ticket.h"

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
		return operation_fail(operation, -EPERM, "locking all keybags is for root");
	if (!all && !operation->bag)
		return operation_no_bag(operation, -ENOENT);
	if (!all)
		memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	queue_void_unlocks(all ? NULL : operation->bag);
	if (all)
		ticket_drop_all();
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
	if (result < 0)
		return operation_fail_plain(operation, result);
	bag_events_read_all();
	return 0;
}

const struct handler handle_lock = {
	.name = "lock",
	.properties = TAKES_TARGET | TAKES_FLAGS | TAKES_REASON | NEEDS_KERNEL | ANY_MODULE,
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
	bag_events_read_all();
	return 0;
}

const struct handler handle_evict = {
	.name = "evict",
	.properties = ROOT_ONLY | NEEDS_KERNEL | ANY_MODULE,
	.prepare = prepare_evict,
};
