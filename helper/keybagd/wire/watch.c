// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include "keybagd/kernel/device_ioctl.h"

static bool tell_present(struct connection *connection, const struct bag *bag)
{
	struct keybag_status status;
	struct keybag_event event = { .state = KEYBAG_STATE_GONE };

	if (device_ioctl_status(bag->uuid, &status) == 0)
		event = (struct keybag_event){
			.state_seq = status.state_seq,
			.time_ns = status.state_time_ns,
			.state = status.state,
			.reason = status.reason,
			.requester = status.requester,
		};
	return connection_tell_one(connection, bag, &event);
}

void watch_begin(struct connection *connection, const struct operation *operation)
{
	bool all = operation_privileged(operation) && !operation->named;
	struct bag *bag;

	connection_watch(connection, all, operation->owner,
			 operation->named_by_uuid ? operation->uuid : NULL);
	for (bag = bag_first(); bag; bag = bag->next)
		if (connection_watches(connection, bag) && !tell_present(connection, bag))
			return;
}
