// SPDX-License-Identifier: GPL-2.0-or-later
#include "unlock_command.h"

#include <string.h>

#include "authenticate.h"
#include "keybagd/kernel/device_ioctl.h"

int unlock_command(struct operation *operation)
{
	struct sealed_record record;
	struct keybag_unlock command = {
		.try_id = operation->try_id,
		.secret = authenticate_secret(operation),
		.flags = operation->flags,
		.reason = operation->reason,
		.requester = operation_requester(operation),
		.record = SEALED_BUFFER(record),
	};
	int result;

	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	result = device_ioctl(KEYBAG_IOC_UNLOCK, &command);
	record.length = command.record.length;
	operation->result.state = command.state;
	return authenticate_used(operation, result, command.failures, command.retry_after_ns, &record);
}

bool unlock_command_is_done(const struct operation *operation)
{
	bool first_only = operation->flags & KEYBAG_UNLOCK_FIRST_ONLY;
	uint32_t state = operation->result.state;

	return state == KEYBAG_STATE_UNLOCKED || (first_only && state == KEYBAG_STATE_LOCKED);
}
