// SPDX-License-Identifier: GPL-2.0-or-later
#include "change.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "event_log.h"
#include "form_file.h"
#include "load.h"
#include "proof.h"

static int settle_command(unsigned long command, const uint8_t uuid[KEYBAG_UUID_SIZE],
			  uint64_t generation, struct keybag_requester requester)
{
	struct keybag_commit argument = { .generation = generation, .requester = requester };

	memcpy(argument.uuid, uuid, sizeof(argument.uuid));
	return control_call(command, &argument);
}

static int persist_and_commit(struct operation *operation, const struct sealed_form *form,
			      uint64_t generation)
{
	struct keybag_requester requester = operation_requester(operation);
	int result = form_file_replace(operation->uuid, form->bytes, form->length);

	if (result < 0) {
		settle_command(KEYBAG_IOC_ABORT, operation->uuid, generation, requester);
		return outcome_fail_plain(&operation->outcome, result, operation->label);
	}
	result = settle_command(KEYBAG_IOC_COMMIT, operation->uuid, generation, requester);
	if (result < 0) {
		form_file_revert(operation->uuid);
		settle_command(KEYBAG_IOC_ABORT, operation->uuid, generation, requester);
		return outcome_fail_plain(&operation->outcome, result, operation->label);
	}
	result = form_file_forget(operation->uuid);
	if (result < 0) {
		operation->outcome.warnings |= KEYBAG_WARNING_OLD_FORM_REMAINS;
		log_warning("%s: its previous generation could not be overwritten: %s",
			    operation->label, keybag_error_text(result));
	}
	return 0;
}

int change_apply(struct operation *operation, struct keybag_change *change)
{
	uint32_t recoveries = operation->facts.recoveries;
	struct sealed_record record;
	struct sealed_form form;
	int result;

	memcpy(change->uuid, operation->uuid, sizeof(change->uuid));
	change->try_id = operation->try_id;
	change->authority = proof_secret(operation);
	change->form = CONTROL_BUFFER(form);
	change->record = CONTROL_BUFFER(record);
	result = control_call(KEYBAG_IOC_CHANGE, change);
	form.length = change->form.length;
	record.length = change->record.length;
	result = proof_used(operation, result, change->failures, change->retry_after_ns, &record);
	if (result < 0)
		return result;
	result = persist_and_commit(operation, &form, change->generation);
	if (result < 0)
		return result;
	load_facts(operation, NULL);
	if (operation->facts.recoveries < recoveries)
		operation->outcome.warnings |= KEYBAG_WARNING_RECOVERY_DROPPED;
	log_event("result=changed action=%u bag=\"%s\" generation=%llu requester-uid=%u "
		  "requester-pid=%d", change->action, operation->label,
		  (unsigned long long)change->generation, operation->peer_uid,
		  operation->peer_pid);
	return 0;
}

static void settle_pending(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *label,
			   uint64_t pending, uint64_t on_disk)
{
	struct keybag_requester requester = { .uid = 0, .pid = (uint32_t)getpid() };
	bool commit = on_disk == pending;
	int result;

	result = settle_command(commit ? KEYBAG_IOC_COMMIT : KEYBAG_IOC_ABORT, uuid, pending,
				requester);
	if (result < 0)
		log_error("%s: a change that was under way could not be %s: %s", label,
			  commit ? "finished" : "given up", keybag_error_text(result));
	else
		log_notice("%s: a change that was under way is %s", label,
			   commit ? "finished" : "given up");
}

void change_settle(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *label)
{
	struct keybag_status status;
	struct sealed_form present, disk;
	ssize_t length;
	int result;

	if (control_status(uuid, &status) < 0 || control_read_form(uuid, &present) < 0)
		return;
	length = form_file_read(uuid, disk.bytes);
	disk.length = length < 0 ? 0 : (size_t)length;
	if (sealed_form_parse(&disk) < 0)
		disk.view.generation = 0;
	if (status.flags & KEYBAG_STATUS_PENDING) {
		settle_pending(uuid, label, present.view.generation + 1, disk.view.generation);
		if (control_read_form(uuid, &present) < 0)
			return;
	}
	if (length < 0) {
		log_error("%s is loaded, but its file cannot be read (%s): put it back from a backup; "
			  "it will not survive a restart of the machine", label,
			  keybag_error_text((int)length));
		return;
	}
	if (disk.length == present.length && !memcmp(disk.bytes, present.bytes, present.length))
		return;
	log_warning("%s: its file is not the one in effect and is written anew", label);
	result = form_file_replace(uuid, present.bytes, present.length);
	if (!result)
		result = form_file_forget(uuid);
	if (result < 0)
		log_error("%s: its file could not be written: %s", label, keybag_error_text(result));
}
