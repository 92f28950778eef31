// SPDX-License-Identifier: GPL-2.0-or-later
#include "authenticate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/recovery_code.h"
#include "kdf.h"
#include "keybagd/bag/save.h"
#include "keybagd/kernel/device_ioctl.h"
#include "passcode_guard.h"
#include "password_mismatch.h"
#include "tenth_failure.h"
#include "wrong_passcode.h"

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

static int authenticate_throttled(struct operation *operation)
{
	struct event_source source = operation_event(operation, operation->result.failures);
	char delay[64];

	/* Once in this delay. */
	source.while_ns = operation->result.retry_after_ns;
	event_repeat_log(&source,
			 "result=throttled bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
			 operation->label, operation->result.failures, operation->peer_uid, operation->peer_pid);
	return operation_fail(operation, -EAGAIN, "%s: %u wrong answers so far: nothing was tried, wait %s",
			      operation->label, operation->result.failures,
			      describe_delay(delay, sizeof(delay), operation->result.retry_after_ns));
}

static int authenticate_rejected(struct operation *operation)
{
	bool passcode = operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE;
	const char *what = passcode ? "passcode" : "recovery code";
	struct event_source source = operation_event(operation, operation->result.failures);
	char delay[64];

	/* One that counts is told in any case: the delays see to it that those are few. */
	if (operation->result.failures > operation->failures_before)
		source.told = UINT_MAX;
	event_repeat_log(&source,
			 "result=wrong-%s bag=\"%s\" failures=%u requester-uid=%u requester-pid=%d",
			 passcode ? "passcode" : "recovery-code", operation->label, operation->result.failures,
			 operation->peer_uid, operation->peer_pid);
	if (operation->result.retry_after_ns)
		return operation_fail(operation, -EKEYREJECTED, "%s: wrong %s: next try in %s",
				      operation->label, what,
				      describe_delay(delay, sizeof(delay), operation->result.retry_after_ns));
	return operation_fail(operation, -EKEYREJECTED, "%s: wrong %s: try again", operation->label, what);
}

static int authenticate_explain(struct operation *operation, int error)
{

	/* It is gone from the kernel. */
	if (error == -ENOENT && atomic_load(&operation->evicted))
		error = -ECANCELED;
	switch (error) {
	case -EAGAIN:
		return authenticate_throttled(operation);
	case -EKEYREJECTED:
		return authenticate_rejected(operation);
	case -ENOENT:
		return operation_fail(operation, error, "%s has no such %s", operation->label,
				      operation->proof_kind == KEYBAG_PROTECTOR_PASSCODE ? "passcode" :
				      "recovery code: use the passcode");
	default:
		return operation_fail_plain(operation, error);
	}
}

/* The secret of a recovery code, in place of its text. */
static int read_recovery_code(struct operation *operation)
{
	struct secret *code = &operation->proof;
	enum recovery_code_kind kind;
	int result;

	if (operation->key.data)
		return 0;
	result = secret_new(&operation->key, RECOVERY_SECRET_SIZE);
	if (result < 0)
		return operation_fail_plain(operation, result);
	operation->key.length = RECOVERY_SECRET_SIZE;
	result = recovery_code_parse((const char *)code->data, code->length, &kind, operation->key.data);
	secret_free(code);
	if (result < 0)
		return operation_fail(operation, -EINVAL, "the recovery code is mistyped: six "
				      "groups of five letters and digits; nothing was tried");
	if (kind == RECOVERY_CODE_ORGANISATION)
		operation->proof_kind = KEYBAG_PROTECTOR_ESCROW;
	return 0;
}

/* The code itself says whether it is the owner's or an organisation's. */
static int check_code(struct operation *operation)
{
	const struct bag_info *info = &operation->info;
	int result;

	if (!info->recoveries && !info->organisation.present)
		return authenticate_explain(operation, -ENOENT);
	result = read_recovery_code(operation);
	if (result < 0)
		return result;
	if (operation->proof_kind == KEYBAG_PROTECTOR_ESCROW ? info->organisation.present : info->recoveries > 0)
		return 0;
	return authenticate_explain(operation, -ENOENT);
}

int authenticate_check(struct operation *operation)
{
	bool passcode = operation->info.passcode;

	switch (operation->proof_kind) {
	case 0:
		if (passcode)
			return operation_fail(operation, -EKEYREJECTED,
					      "%s: its passcode is needed", operation->label);
		return 0;
	case KEYBAG_PROTECTOR_PASSCODE:
		if (!passcode)
			return operation_fail(operation, -ENOENT,
					      "%s has no passcode: leave it out", operation->label);
		return 0;
	default:
		return check_code(operation);
	}
}

void authenticate_cancel(struct operation *operation)
{
	struct sealed_record record;
	struct keybag_try command = { .record = SEALED_BUFFER(record) };

	if (!operation->try_id)
		return;
	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	command.try_id = operation->try_id;
	operation->try_id = 0;
	if (device_ioctl(KEYBAG_IOC_CANCEL_TRY, &command) < 0) {
		save_present_record(operation);
	} else {
		record.length = command.record.length;
		save_record(operation, &record);
	}
	passcode_guard_count(operation);
}

/* A login password that is known not to be the passcode. */
static int check_mismatch(struct operation *operation)
{
	struct keybag_status status;

	if (!password_mismatch_known(operation))
		return 0;
	if (device_ioctl_status(operation->uuid, &status) == 0) {
		operation->result.failures = status.failures;
		operation->result.retry_after_ns = status.retry_after_ns;
		operation->result.state = status.state;
	}
	return operation_fail(operation, -EKEYREJECTED,
			      "%s: its passcode is not the login password: nothing was tried",
			      operation->label);
}

int authenticate_begin(struct operation *operation)
{
	struct sealed_record record;
	struct keybag_try command = { .record = SEALED_BUFFER(record) };
	int result;

	result = check_mismatch(operation);
	if (!result)
		result = tenth_failure_check(operation);
	if (result < 0)
		return result;
	result = passcode_guard_pay(operation);
	if (result < 0)
		return authenticate_explain(operation, result);
	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	result = device_ioctl(KEYBAG_IOC_BEGIN_TRY, &command);
	operation->result.failures = command.failures;
	operation->failures_before = command.failures;
	operation->result.retry_after_ns = command.retry_after_ns;
	if (result < 0)
		return authenticate_explain(operation, result);
	operation->try_id = command.try_id;
	record.length = command.record.length;
	save_record(operation, &record);
	/* From BEGIN_TRY on the kernel notices a lock itself. */
	if (atomic_load(&operation->voided)) {
		authenticate_cancel(operation);
		return authenticate_explain(operation, -ECANCELED);
	}
	return 0;
}

int authenticate_derive(struct operation *operation)
{
	const struct bag_info *info = &operation->info;
	int result;

	if (operation->key.data || operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE)
		return 0;
	result = kdf_derive(&info->kdf, info->salt, &operation->proof, &operation->key);
	if (result < 0)
		return operation_fail(operation, result,
				      "%s: not enough memory to check the passcode (%u KiB): close "
				      "something and try again", operation->label, info->kdf.memory_kib);
	memcpy(operation->salt, info->salt, sizeof(operation->salt));
	return 0;
}

int authenticate_prepare(struct operation *operation)
{
	int result = authenticate_check(operation);

	if (result < 0 || !operation->proof_kind)
		return result;
	if (operation->verified)
		password_mismatch_look(operation);
	result = authenticate_begin(operation);
	if (result < 0)
		return result;
	result = authenticate_derive(operation);
	/* Only the key tells whether it is that very password. */
	if (!result)
		result = check_mismatch(operation);
	if (!result)
		result = passcode_guard_open(operation);
	if (result < 0)
		authenticate_cancel(operation);
	return result;
}

struct keybag_secret authenticate_secret(const struct operation *operation)
{
	if (!operation->proof_kind)
		return (struct keybag_secret){ .kind = KEYBAG_PROTECTOR_NONE };
	return (struct keybag_secret){
		.secret = (uintptr_t)operation->key.data,
		.secret_length = (uint32_t)operation->key.length,
		.hardware = (uintptr_t)operation->hardware.data,
		.hardware_length = (uint32_t)operation->hardware.length,
		.kind = operation->proof_kind,
		.id = operation->proof_kind == KEYBAG_PROTECTOR_ESCROW ? operation->info.organisation.protector : 0,
	};
}

int authenticate_used(struct operation *operation, int result, uint32_t failures, uint64_t retry_after_ns,
		      const struct sealed_record *record)
{
	bool tried = operation->try_id;

	operation->try_id = 0;
	if (tried && record->length)
		save_record(operation, record);
	else if (tried)
		save_present_record(operation);
	if (result == -EKEYREJECTED)
		operation->counted_by_tpm = false;
	else
		passcode_guard_count(operation);
	if (!result)
		wrong_passcode_forget(operation->uuid);
	if (!result || result == -EKEYREJECTED || result == -EAGAIN) {
		operation->result.failures = failures;
		operation->result.retry_after_ns = retry_after_ns;
	}
	if (result < 0)
		authenticate_explain(operation, result);
	if (result == -EKEYREJECTED)
		tenth_failure_enforce(operation);
	if (tried)
		password_mismatch_note(operation, result);
	return result;
}
