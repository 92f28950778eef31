// SPDX-License-Identifier: GPL-2.0-or-later
#include "proof.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/recovery_code.h"
#include "daemon/log.h"
#include "differs_file.h"
#include "event_log.h"
#include "kdf.h"
#include "limit.h"
#include "save.h"

static const char *describe_delay(char *text, size_t size, uint64_t delay_ns)
{
	uint64_t seconds = (delay_ns + 999999999) / 1000000000;

	if (seconds < 60)
		snprintf(text, size, "%llu s", (unsigned long long)seconds);
	else if (seconds < 3600)
		snprintf(text, size, "%llu min %llu s", (unsigned long long)seconds / 60,
			 (unsigned long long)seconds % 60);
	else
		snprintf(text, size, "%llu h %llu min", (unsigned long long)seconds / 3600,
			 (unsigned long long)seconds / 60 % 60);
	return text;
}

static int throttled(struct operation *operation)
{
	struct outcome *outcome = &operation->outcome;
	char delay[64];

	log_event("result=throttled bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
		  operation->label, outcome->failures, operation->peer_uid, operation->peer_pid);
	return outcome_fail(outcome, -EAGAIN, "%s: %u wrong answers so far: nothing was tried, wait %s",
			    operation->label, outcome->failures,
			    describe_delay(delay, sizeof(delay), outcome->retry_after_ns));
}

static int rejected(struct operation *operation)
{
	struct outcome *outcome = &operation->outcome;
	bool passcode = operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE;
	const char *what = passcode ? "passcode" : "recovery code";
	char delay[64];

	log_event("result=wrong-%s bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
		  passcode ? "passcode" : "recovery-code", operation->label, outcome->failures,
		  operation->peer_uid, operation->peer_pid);
	if (outcome->retry_after_ns)
		return outcome_fail(outcome, -EKEYREJECTED, "%s: wrong %s: next try in %s",
				    operation->label, what,
				    describe_delay(delay, sizeof(delay), outcome->retry_after_ns));
	return outcome_fail(outcome, -EKEYREJECTED, "%s: wrong %s: try again", operation->label, what);
}

static int explain(struct operation *operation, int error)
{
	struct outcome *outcome = &operation->outcome;

	switch (error) {
	case -EAGAIN:
		return throttled(operation);
	case -EKEYREJECTED:
		return rejected(operation);
	case -ENOENT:
		return outcome_fail(outcome, error, "%s has no such %s", operation->label,
				    operation->proof_kind == KEYBAG_PROTECTOR_RECOVERY ?
				    "recovery code: use the passcode" : "passcode");
	default:
		return outcome_fail_plain(outcome, error, operation->label);
	}
}

/* The secret of a recovery code, in place of its text. */
static int read_recovery_code(struct operation *operation)
{
	struct secret *code = &operation->proof;
	int result;

	if (operation->key.data)
		return 0;
	result = secret_new(&operation->key, RECOVERY_SECRET_SIZE);
	if (result < 0)
		return outcome_fail_plain(&operation->outcome, result, operation->label);
	operation->key.length = RECOVERY_SECRET_SIZE;
	result = recovery_code_parse((const char *)code->data, code->length, operation->key.data);
	secret_free(code);
	if (result < 0)
		return outcome_fail(&operation->outcome, -EINVAL, "the recovery code is mistyped: six "
				    "groups of five letters and digits; nothing was tried");
	return 0;
}

int proof_check(struct operation *operation, const struct sealed_form *form)
{
	bool passcode = kb_form_protector_of(&form->view, KB_PROTECTOR_PASSCODE);

	switch (operation->proof_kind) {
	case 0:
		if (passcode)
			return outcome_fail(&operation->outcome, -EKEYREJECTED,
					    "%s: its passcode is needed", operation->label);
		return 0;
	case KEYBAG_PROTECTOR_PASSCODE:
		if (!passcode)
			return outcome_fail(&operation->outcome, -ENOENT,
					    "%s has no passcode: leave it out", operation->label);
		return 0;
	default:
		if (!kb_form_protector_of(&form->view, KB_PROTECTOR_RECOVERY))
			return explain(operation, -ENOENT);
		return read_recovery_code(operation);
	}
}

void proof_cancel(struct operation *operation)
{
	struct sealed_record record;
	struct keybag_try command = { .record = CONTROL_BUFFER(record) };

	if (!operation->try_id)
		return;
	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	command.try_id = operation->try_id;
	operation->try_id = 0;
	if (control_call(KEYBAG_IOC_CANCEL_TRY, &command) < 0) {
		save_present_record(operation);
		return;
	}
	record.length = command.record.length;
	save_record(operation, &record);
}

/* A login password that is known not to be the passcode. */
static int check_verified(struct operation *operation)
{
	struct keybag_status status;

	if (!operation->verified || !differs_file_holds(operation->uuid))
		return 0;
	if (control_status(operation->uuid, &status) == 0) {
		operation->outcome.failures = status.failures;
		operation->outcome.retry_after_ns = status.retry_after_ns;
		operation->outcome.state = status.state;
	}
	return outcome_fail(&operation->outcome, -EKEYREJECTED,
			    "%s: its passcode is not the login password: nothing was tried",
			    operation->label);
}

static void note_verified(struct operation *operation, int result)
{
	if (!result)
		differs_file_remove(operation->uuid);
	else if (result == -EKEYREJECTED && operation->verified && !operation->erased &&
		 differs_file_write(operation->uuid) < 0)
		log_warning("%s: that its passcode is not the login password could not be noted: the "
			    "next login counts as a wrong passcode again", operation->label);
}

int proof_begin(struct operation *operation)
{
	struct sealed_record record;
	struct keybag_try command = { .record = CONTROL_BUFFER(record) };
	int result;

	result = check_verified(operation);
	if (!result)
		result = limit_check(operation);
	if (result < 0)
		return result;
	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	result = control_call(KEYBAG_IOC_BEGIN_TRY, &command);
	operation->outcome.failures = command.failures;
	operation->outcome.retry_after_ns = command.retry_after_ns;
	if (result < 0)
		return explain(operation, result);
	operation->try_id = command.try_id;
	record.length = command.record.length;
	save_record(operation, &record);
	/* From BEGIN_TRY on the kernel notices a lock itself. */
	if (atomic_load(&operation->voided)) {
		proof_cancel(operation);
		return explain(operation, -ECANCELED);
	}
	return 0;
}

int proof_derive(struct operation *operation, const struct sealed_form *form)
{
	const struct kb_protector *protector =
		kb_form_protector_of(&form->view, KB_PROTECTOR_PASSCODE);
	struct keybag_kdf cost;
	int result;

	if (operation->key.data || operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE)
		return 0;
	cost = (struct keybag_kdf){
		.memory_kib = protector->kdf_memory_kib,
		.passes = protector->kdf_passes,
		.lanes = protector->kdf_lanes,
	};
	result = kdf_derive(&cost, protector->salt, &operation->proof, &operation->key);
	if (result < 0)
		return outcome_fail(&operation->outcome, result,
				    "%s: not enough memory to check the passcode (%u KiB): close "
				    "something and try again", operation->label, cost.memory_kib);
	memcpy(operation->salt, protector->salt, sizeof(operation->salt));
	return 0;
}

int proof_prepare(struct operation *operation, const struct sealed_form *form)
{
	int result = proof_check(operation, form);

	if (result < 0 || !operation->proof_kind)
		return result;
	result = proof_begin(operation);
	if (result < 0)
		return result;
	result = proof_derive(operation, form);
	if (result < 0)
		proof_cancel(operation);
	return result;
}

struct keybag_secret proof_secret(const struct operation *operation)
{
	if (!operation->proof_kind)
		return (struct keybag_secret){ .kind = KEYBAG_PROTECTOR_NONE };
	return (struct keybag_secret){
		.secret = (uintptr_t)operation->key.data,
		.secret_length = (uint32_t)operation->key.length,
		.kind = operation->proof_kind,
	};
}

int proof_used(struct operation *operation, int result, uint32_t failures, uint64_t retry_after_ns,
	       const struct sealed_record *record)
{
	bool tried = operation->try_id;

	operation->try_id = 0;
	if (tried && record->length)
		save_record(operation, record);
	else if (tried)
		save_present_record(operation);
	if (!result || result == -EKEYREJECTED || result == -EAGAIN) {
		operation->outcome.failures = failures;
		operation->outcome.retry_after_ns = retry_after_ns;
	}
	if (result < 0)
		explain(operation, result);
	if (result == -EKEYREJECTED)
		limit_enforce(operation);
	if (tried)
		note_verified(operation, result);
	return result;
}
