// SPDX-License-Identifier: GPL-2.0-or-later
#include "tenth_failure.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "keybagd/bag/destruction.h"
#include "keybagd/config/config.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/log/event_log.h"
#include "passcode_guard.h"
#include "password_mismatch.h"
#include "wrong_passcode.h"

/* Failures that a lost record made up are none that anybody has seen. */
static bool is_reached(const struct keybag_status *status)
{
	return status->failures >= TENTH_FAILURE_COUNT &&
	       !(status->flags & KEYBAG_STATUS_FAILURES_ASSUMED);
}

bool tenth_failure_disabled(const struct keybag_status *status)
{
	return config.tenth_failure == TENTH_FAILURE_DISABLES &&
	       status->flags & KEYBAG_STATUS_PASSCODE && is_reached(status);
}

/* Whether the next wrong one would do more than delay. */
static bool is_last(const struct keybag_status *status)
{
	return config.tenth_failure != TENTH_FAILURE_DELAYS &&
	       status->failures + 1 >= TENTH_FAILURE_COUNT &&
	       !(status->flags & KEYBAG_STATUS_FAILURES_ASSUMED);
}

int tenth_failure_check(struct operation *operation)
{
	struct event_source source = operation_event(operation, 0);
	struct keybag_status status;

	if (config.tenth_failure == TENTH_FAILURE_DELAYS || operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE ||
	    device_ioctl_status(operation->uuid, &status) < 0)
		return 0;
	if ((operation->remote || operation->verified) && is_last(&status) && !tenth_failure_disabled(&status))
		return operation_fail(operation, -EACCES,
				      "%s: after %u wrong passcodes the next one is taken from no login and "
				      "no other machine: 'keybagctl unlock' at this one opens it",
				      operation->label, status.failures);
	if (!tenth_failure_disabled(&status))
		return 0;
	operation->result.failures = status.failures;
	operation->result.retry_after_ns = status.retry_after_ns;
	event_repeat_log(&source,
			 "result=disabled bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
			 operation->label, status.failures, operation->peer_uid, operation->peer_pid);
	return operation_fail(operation, -EKEYREVOKED,
			      "%s: its passcode is disabled after %u wrong ones: 'keybagctl passwd "
			      "--recovery' sets a new one with the recovery code", operation->label,
			      status.failures);
}

static void tenth_failure_erase(struct operation *operation)
{
	struct keybag_unload command = { .requester = operation_requester(operation) };
	struct request_result failure = { 0 };

	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	if (device_ioctl(KEYBAG_IOC_UNLOAD, &command) == 0)
		operation->loaded = false;
	password_mismatch_forget(operation->uuid);
	wrong_passcode_forget(operation->uuid);
	passcode_guard_note_destruction(operation);
	if (destruction_carry_out(operation, &failure) < 0)
		log_error("erasing after %u wrong passcodes: %s", operation->result.failures, failure.text);
	/* The next wrong one tries it again. */
	if (operation->on_disk)
		return;
	operation->erased = true;
	passcode_guard_settle(operation);
	event_log("result=erased bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
		  operation->label, operation->result.failures, operation->peer_uid,
		  operation->peer_pid);
	operation_fail(operation, -EKEYREJECTED,
		       "%s: wrong passcode, one too many: the keybag has been erased", operation->label);
}

void tenth_failure_enforce(struct operation *operation)
{
	struct keybag_status status;

	if (config.tenth_failure == TENTH_FAILURE_ERASES &&
	    operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE &&
	    device_ioctl_status(operation->uuid, &status) == 0 && is_reached(&status))
		tenth_failure_erase(operation);
}
