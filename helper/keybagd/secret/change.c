// SPDX-License-Identifier: GPL-2.0-or-later
#include "change.h"

#include <string.h>

#include "authenticate.h"
#include "daemon/log.h"
#include "keybagd/bag/load.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/store/form_file.h"
#include "libkeybag/organisation.h"
#include "passcode_guard.h"

static int persist_and_commit(struct operation *operation, const struct sealed_form *form,
			      uint64_t generation)
{
	struct keybag_requester requester = operation_requester(operation);
	int result = form_file_replace(operation->uuid, form->bytes, form->length);

	if (result < 0) {
		device_ioctl_settle(KEYBAG_IOC_ABORT, operation->uuid, generation, requester);
		return operation_fail_plain(operation, result);
	}
	result = device_ioctl_settle(KEYBAG_IOC_COMMIT, operation->uuid, generation, requester);
	if (result < 0) {
		form_file_revert(operation->uuid);
		device_ioctl_settle(KEYBAG_IOC_ABORT, operation->uuid, generation, requester);
		return operation_fail_plain(operation, result);
	}
	result = form_file_forget(operation->uuid);
	if (result < 0) {
		operation->result.warnings |= KEYBAG_WARNING_OLD_FORM_REMAINS;
		log_warning("%s: its previous generation could not be overwritten: %s",
			    operation->label, keybag_error_text(result));
	}
	return 0;
}

static const char *action_name(uint32_t action)
{
	static const char *const names[] = {
		[KEYBAG_ACTION_SET_PASSCODE] = "set-passcode",
		[KEYBAG_ACTION_REMOVE_PASSCODE] = "remove-passcode",
		[KEYBAG_ACTION_ADD_PROTECTOR] = "add-protector",
		[KEYBAG_ACTION_REVOKE_PROTECTOR] = "revoke-protector",
		[KEYBAG_ACTION_RECOVERY_CONFIRMED] = "recovery-confirmed",
		[KEYBAG_ACTION_RECOVERY_REFUSED] = "recovery-refused",
		[KEYBAG_ACTION_LOGIN_VERIFIED] = "login-verified",
		[KEYBAG_ACTION_RENEW_PROTECTOR] = "renew-protector",
	};

	return action < sizeof(names) / sizeof(names[0]) && names[action] ? names[action] : "?";
}

int change_apply(struct operation *operation, struct keybag_change *change)
{
	bool organisation = operation->info.organisation.present;
	uint32_t recoveries = operation->info.recoveries;
	struct event_source source;
	struct sealed_record record;
	struct sealed_form form;
	int result;

	memcpy(change->uuid, operation->uuid, sizeof(change->uuid));
	change->try_id = operation->try_id;
	change->authority = authenticate_secret(operation);
	change->form = SEALED_BUFFER(form);
	change->record = SEALED_BUFFER(record);
	result = device_ioctl(KEYBAG_IOC_CHANGE, change);
	form.length = change->form.length;
	record.length = change->record.length;
	result = authenticate_used(operation, result, change->failures, change->retry_after_ns, &record);
	if (result < 0)
		return result;
	if (!passcode_guard_is_in(&form, change)) {
		device_ioctl_settle(KEYBAG_IOC_ABORT, operation->uuid, change->generation, operation_requester(operation));
		return operation_fail(operation, -ENXIO, "%s: the kernel module that is loaded is too old to have the TPM check a passcode: "
				      "restart the machine", operation->label);
	}
	result = persist_and_commit(operation, &form, change->generation);
	if (result < 0)
		return result;
	load_info(operation);
	if (operation->info.recoveries < recoveries)
		operation->result.warnings |= KEYBAG_WARNING_RECOVERY_DROPPED;
	if (organisation && !operation->info.organisation.present)
		operation->result.warnings |= KEYBAG_WARNING_ORGANISATION_DROPPED;
	source = operation_event(operation, change->action);
	source.told = EVENT_SOME;
	event_repeat_log(&source, "result=changed action=%s bag=\"%s\" generation=%llu requester-uid=%u "
			 "requester-pid=%d", action_name(change->action), operation->label,
			 (unsigned long long)change->generation, operation->peer_uid,
			 operation->peer_pid);
	return 0;
}
