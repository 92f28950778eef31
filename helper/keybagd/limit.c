// SPDX-License-Identifier: GPL-2.0-or-later
#include "limit.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "control.h"
#include "daemon/log.h"
#include "event_log.h"
#include "form_file.h"

/* Failures that a lost record made up are none that anybody has seen. */
static bool is_reached(const struct keybag_status *status)
{
	return status->failures >= LIMIT_FAILURES &&
	       !(status->flags & KEYBAG_STATUS_FAILURES_ASSUMED);
}

bool limit_disabled(const struct keybag_status *status)
{
	return config.tenth_failure == TENTH_FAILURE_DISABLES &&
	       status->flags & KEYBAG_STATUS_PASSCODE && is_reached(status);
}

/* Whether the next wrong one would do more than delay. */
static bool is_last(const struct keybag_status *status)
{
	return config.tenth_failure != TENTH_FAILURE_DELAYS &&
	       status->failures + 1 >= LIMIT_FAILURES &&
	       !(status->flags & KEYBAG_STATUS_FAILURES_ASSUMED);
}

int limit_check(struct operation *operation)
{
	struct keybag_status status;

	if (operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE ||
	    control_status(operation->uuid, &status) < 0)
		return 0;
	if (operation->remote && is_last(&status) && !limit_disabled(&status))
		return outcome_fail(&operation->outcome, -EACCES,
				    "%s: after %u wrong passcodes the next one is not taken from "
				    "another machine: open it at this one", operation->label,
				    status.failures);
	if (!limit_disabled(&status))
		return 0;
	operation->outcome.failures = status.failures;
	operation->outcome.retry_after_ns = status.retry_after_ns;
	log_event("result=disabled bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
		  operation->label, status.failures, operation->peer_uid, operation->peer_pid);
	return outcome_fail(&operation->outcome, -EKEYREVOKED,
			    "%s: its passcode is disabled after %u wrong ones: 'keybagctl passwd "
			    "--recovery' sets a new one with the recovery code", operation->label,
			    status.failures);
}

static void erase(struct operation *operation)
{
	struct keybag_unload command = { .requester = operation_requester(operation) };
	int result;

	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	if (control_call(KEYBAG_IOC_UNLOAD, &command) == 0)
		operation->loaded = false;
	result = form_file_destroy(operation->uuid);
	if (result < 0) {
		log_error("%s: it could not be erased after %u wrong passcodes: %s", operation->label,
			  operation->outcome.failures, keybag_error_text(result));
		return;
	}
	operation->on_disk = false;
	operation->erased = true;
	log_event("result=erased bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
		  operation->label, operation->outcome.failures, operation->peer_uid,
		  operation->peer_pid);
	outcome_fail(&operation->outcome, -EKEYREJECTED,
		     "%s: wrong passcode, one too many: the keybag has been erased", operation->label);
}

void limit_enforce(struct operation *operation)
{
	struct keybag_status status;

	if (config.tenth_failure == TENTH_FAILURE_ERASES &&
	    operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE &&
	    control_status(operation->uuid, &status) == 0 && is_reached(&status))
		erase(operation);
}
