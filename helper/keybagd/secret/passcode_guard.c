// SPDX-License-Identifier: GPL-2.0-or-later
#include "passcode_guard.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "daemon/log.h"
#include "keybagd/bag/save.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/log/event_log.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/guard_note_file.h"
#include "keybagd/tpm/tpm_device.h"
#include "libkeybag/passcode_tpm.h"
#include "wrong_passcode.h"

/* Numbers that are tried where others have indexes of theirs. */
#define NUMBERS		8
/* Locks that may come between. */
#define ROUNDS		16
/* New indexes a day: each wears the TPM's memory. */
#define MOST_A_DAY	32
#define DAY		86400
#define OWNERS		64

static struct guard_owner guard_owner_of(const struct operation *operation)
{
	return (struct guard_owner){ operation->label, operation->info.recoveries };
}

/* Not S, whatever S is, and the same size. */
static int make_up(struct operation *operation)
{
	int result = secret_new(&operation->hardware, TPM_EXCHANGE_KEY);

	if (result < 0)
		return operation_fail_plain(operation, result);
	operation->hardware.length = TPM_EXCHANGE_KEY;
	operation->made_up = true;
	return 0;
}

int passcode_guard_open(struct operation *operation)
{
	const struct guard_owner owner = guard_owner_of(operation);
	int result;

	secret_free(&operation->hardware);
	operation->made_up = false;
	if (!operation->info.guarded || operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE)
		return 0;
	if (wrong_passcode_known(operation->uuid, &operation->key))
		return make_up(operation);
	result = guard_release(&owner, &operation->info.guard, &operation->key, operation->info.salt, &operation->hardware,
			       &operation->tpm_tries, &operation->result);
	if (result != -EKEYREJECTED)
		return result;
	wrong_passcode_remember(operation->uuid, &operation->key);
	operation->counted_by_tpm = true;
	return make_up(operation);
}

/* ---- Counts -------------------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Keybags of which the kernel has counted one less than the TPM. */
static uint8_t owing[OWNERS][KEYBAG_UUID_SIZE];	/* mutex */
static size_t owing_count;			/* mutex */

static void owe(const uint8_t uuid[KEYBAG_UUID_SIZE], bool owes)
{
	size_t i = 0;

	pthread_mutex_lock(&mutex);
	while (i < owing_count && memcmp(owing[i], uuid, KEYBAG_UUID_SIZE))
		i++;
	if (!owes && i < owing_count)
		memmove(owing[i], owing[--owing_count], KEYBAG_UUID_SIZE);
	else if (owes && i == owing_count && i < OWNERS)
		memcpy(owing[owing_count++], uuid, KEYBAG_UUID_SIZE);
	pthread_mutex_unlock(&mutex);
}

static bool owes(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	bool found = false;

	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < owing_count; i++)
		found = found || !memcmp(owing[i], uuid, KEYBAG_UUID_SIZE);
	pthread_mutex_unlock(&mutex);
	return found;
}

/* A try that is wrong for sure. */
static int count_once(struct operation *operation, const uint8_t *key)
{
	static const uint8_t made_up[TPM_EXCHANGE_KEY];
	struct sealed_record record;
	struct keybag_try try = { .record = SEALED_BUFFER(record) };
	struct keybag_unlock command = {
		.secret = {
			.secret = (uintptr_t)key, .secret_length = KEYBAG_PASSCODE_KEY_SIZE, .hardware = (uintptr_t)made_up,
			.hardware_length = sizeof(made_up), .kind = KEYBAG_PROTECTOR_PASSCODE,
		},
		.flags = KEYBAG_UNLOCK_CHECK,
		.reason = KEYBAG_REASON_REQUEST,
		.requester = operation_requester(operation),
		.record = SEALED_BUFFER(record),
	};
	int result;

	memcpy(try.uuid, operation->uuid, sizeof(try.uuid));
	result = device_ioctl(KEYBAG_IOC_BEGIN_TRY, &try);
	operation->result.failures = try.failures;
	operation->result.retry_after_ns = try.retry_after_ns;
	if (result < 0)
		return result;
	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	command.try_id = try.try_id;
	result = device_ioctl(KEYBAG_IOC_UNLOCK, &command);
	if (result == -EKEYREJECTED) {
		operation->result.failures = command.failures;
		operation->result.retry_after_ns = command.retry_after_ns;
	}
	record.length = command.record.length;
	if (record.length)
		save_record(operation, &record);
	else
		save_present_record(operation);
	return result;
}

static int count_wrong(struct operation *operation, const uint8_t *key)
{
	int result = -ECANCELED;

	for (int round = 0; result == -ECANCELED && round < ROUNDS; round++)
		result = count_once(operation, key);
	owe(operation->uuid, result != -EKEYREJECTED);
	return result == -EKEYREJECTED ? 0 : result;
}

void passcode_guard_count(struct operation *operation)
{
	if (operation->counted_by_tpm)
		count_wrong(operation, operation->key.data);
	operation->counted_by_tpm = false;
}

int passcode_guard_pay(struct operation *operation)
{
	/* Another one each time: the kernel counts no repeat. */
	uint8_t key[KEYBAG_PASSCODE_KEY_SIZE];
	int result;

	if (!operation->info.guarded || !owes(operation->uuid))
		return 0;
	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	result = count_wrong(operation, key);
	/* The try that was counted now delays the next one. */
	return result ? result : -EAGAIN;
}

/* ---- Making -------------------------------------------------------------------------------------- */

static bool same_index(const struct guard_index *one, const struct guard_note_index *other)
{
	return one->number == other->number && !memcmp(one->name, other->name, sizeof(one->name));
}

static void note_add(struct guard_note *note, const struct guard_index *index)
{
	for (size_t i = 0; i < note->count; i++)
		if (same_index(index, &note->indexes[i]))
			return;
	if (note->count == GUARD_NOTE_MOST)
		return;
	note->indexes[note->count].number = index->number;
	memcpy(note->indexes[note->count++].name, index->name, sizeof(index->name));
}

static int write_note(struct operation *operation, const struct guard_note *note)
{
	int result = guard_note_file_write(operation->uuid, note);

	return result < 0 ? operation_fail_plain(operation, result) : 0;
}

/* Indexes that were noted by changes before, and the present one. */
static int begin_note(struct operation *operation, struct guard_note *ret_note)
{
	struct guard_index present;
	int result = guard_note_file_read(operation->uuid, ret_note);

	if (result < 0)
		*ret_note = (struct guard_note){ 0 };
	if (result < 0 && result != -ENOENT && result != -EBADMSG)
		return operation_fail_plain(operation, result);
	if (operation->info.guarded && guard_index_of(&operation->info.guard, &present))
		note_add(ret_note, &present);
	return 0;
}

/* Where there is no room for another one those of before have to go first, and the TPM has to answer for that. */
static bool has_room(const struct guard_note *note)
{
	return note->count < GUARD_NOTE_MOST;
}

static struct day {
	uid_t owner;
	time_t begin;
	unsigned int count;
} days[OWNERS];	/* mutex */

/* By the owner of the keybag, whoever asks: users change their passcodes by programs of root, too. */
static bool quota_is_left(uid_t owner)
{
	struct day *day = &days[0];
	struct timespec time;
	bool left;

	clock_gettime(CLOCK_BOOTTIME, &time);
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < OWNERS; i++) {
		if (days[i].count && days[i].owner == owner) {
			day = &days[i];
			break;
		}
		if (days[i].begin < day->begin || !days[i].count)
			day = &days[i];
	}
	if (!day->count || day->owner != owner || time.tv_sec - day->begin > DAY)
		*day = (struct day){ .owner = owner, .begin = time.tv_sec };
	left = day->count < MOST_A_DAY;
	day->count += left;
	pthread_mutex_unlock(&mutex);
	return left;
}

static int make_index(struct operation *operation, const struct secret *key, const uint8_t *salt, uint32_t number,
		      const struct guard_note *note)
{
	const struct guard_owner owner = guard_owner_of(operation);
	CLEANUP_HANDOVER struct handover making = HANDOVER_NONE;
	struct guard_note with = *note;
	struct guard_index index;
	int result = guard_prepare(&owner, number, &making, &index, &operation->result);

	if (result < 0)
		return result;
	note_add(&with, &index);
	result = write_note(operation, &with);
	if (result < 0)
		return result;
	return guard_make(&owner, &making, key, salt, &operation->new_guard, &operation->new_hardware, &operation->result);
}

/* The other one of the pair that the present index is of; else the first that is free. */
static uint32_t number_at(const struct operation *operation, uint32_t at)
{
	const uint8_t *uuid = operation->uuid;
	uint32_t first = ((uint32_t)uuid[0] << 16 | (uint32_t)uuid[1] << 8 | uuid[2]) & (TPM_EXCHANGE_INDEX_MASK - 1);
	struct guard_index present;

	if (operation->info.guarded && guard_index_of(&operation->info.guard, &present))
		first = present.number ^ 1;
	return TPM_EXCHANGE_INDEX | ((first + at) & TPM_EXCHANGE_INDEX_MASK);
}

static int make_some_index(struct operation *operation, const struct secret *key, const uint8_t *salt,
			   const struct guard_note *note)
{
	struct request_result before = operation->result;
	int result = -EEXIST;

	for (uint32_t at = 0; result == -EEXIST && at < NUMBERS; at++) {
		operation->result = before;
		result = make_index(operation, key, salt, number_at(operation, at), note);
	}
	return result;
}

static bool module_writes_it(void)
{
	struct keybag_version version = { 0 };

	return device_ioctl(KEYBAG_IOC_VERSION, &version) == 0 && version.flags & KEYBAG_VERSION_HARDWARE;
}

/* Whatever keeps a new guard from being made without asking the TPM. */
static int may_begin(struct operation *operation)
{
	if (!module_writes_it())
		return operation_fail(operation, -ENXIO, "%s: the kernel module that is loaded is too old to have the TPM check a "
				      "passcode: restart the machine", operation->label);
	if (!operation->info.guarded && operation->info.warnings & KEYBAG_WARNING_RECOVERY_OPEN &&
	    !(operation->flags & KEYBAG_PASSCODE_NO_RECOVERY))
		return operation_fail(operation, -EPERM, "%s: without a recovery code a TPM that breaks or is cleared loses it: make one and "
				      "confirm it ('keybagctl recovery add'), or say '--no-recovery'", operation->label);
	if (!quota_is_left(operation->owner))
		return operation_fail(operation, -EDQUOT, "%s: its passcode was changed %u times since yesterday, and each time wears the "
				      "TPM: wait until tomorrow", operation->label, MOST_A_DAY);
	return 0;
}

static bool is_wanted(const struct operation *operation)
{
	if (!operation->new_passcode || operation->flags & KEYBAG_PASSCODE_NO_TPM)
		return false;
	if (operation->info.guarded || operation->flags & KEYBAG_PASSCODE_TPM)
		return true;
	return operation->flags & KEYBAG_PASSCODE_TPM_IF_THERE && tpm_device_exists() && module_writes_it() &&
	       !(operation->info.warnings & KEYBAG_WARNING_RECOVERY_OPEN);
}

/* Where it was not asked for, and was not there before, a TPM that is out of order is no reason to have no passcode. */
static bool may_be_left_out(const struct operation *operation)
{
	return !operation->info.guarded && !(operation->flags & KEYBAG_PASSCODE_TPM);
}

static int make_guard(struct operation *operation, const struct secret *key, const uint8_t *salt, const struct guard_note *note)
{
	int result = may_begin(operation);

	if (!result && !has_room(note))
		return operation_fail(operation, -EBUSY, "%s: indexes of passcodes before are still in the TPM, which did not answer: try "
				      "again when it does", operation->label);
	return result < 0 ? result : make_some_index(operation, key, salt, note);
}

int passcode_guard_make(struct operation *operation, const struct secret *key, struct keybag_protector *protector,
			struct keybag_secret *secret)
{
	struct request_result before = operation->result;
	struct guard_note note;
	int result;

	secret_free(&operation->new_hardware);
	/* The kernel will refuse it: nothing is made for that. */
	if (operation->made_up)
		return 0;
	result = begin_note(operation, &note);
	if (result < 0)
		return result;
	if (!is_wanted(operation))
		return operation->info.guarded ? write_note(operation, &note) : 0;
	result = make_guard(operation, key, protector->salt, &note);
	if (result < 0 && may_be_left_out(operation)) {
		log_warning("%s: the TPM does not check its passcode: %s", operation->label, operation->result.text);
		operation->result = before;
		operation->result.warnings |= KEYBAG_WARNING_NOT_BY_TPM;
		return 0;
	}
	if (result < 0)
		return result;
	protector->opaque = (uintptr_t)operation->new_guard.bytes;
	protector->opaque_length = (uint32_t)operation->new_guard.length;
	secret->hardware = (uintptr_t)operation->new_hardware.data;
	secret->hardware_length = (uint32_t)operation->new_hardware.length;
	return 0;
}

bool passcode_guard_is_in(struct sealed_form *form, const struct keybag_change *change)
{
	const struct kb_protector *passcode;

	if (!change->secret.hardware_length)
		return true;
	if (sealed_form_parse(form) < 0 || form->view.hardware != KB_HARDWARE_SECRET)
		return false;
	passcode = kb_form_protector_of(&form->view, KB_PROTECTOR_PASSCODE);
	return passcode && passcode->opaque_length == change->protector.opaque_length &&
	       !memcmp(passcode->opaque, (const void *)(uintptr_t)change->protector.opaque, passcode->opaque_length);
}

/* ---- Settling ------------------------------------------------------------------------------------ */

static bool form_names(struct sealed_form *form, const struct guard_note_index *noted)
{
	struct bag_info info = { 0 };
	struct guard_index index;

	/* One that cannot be read may name it. */
	if (sealed_form_parse(form) < 0)
		return true;
	bag_info_from_form(&info, &form->view, false);
	return info.guarded && guard_index_of(&info.guard, &index) && same_index(&index, noted);
}

/* By the file and by the kernel; where one of them does not say, it is needed. */
static bool is_needed(const struct operation *operation, const struct guard_note_index *noted)
{
	struct sealed_form form;
	ssize_t length = form_file_read(operation->uuid, form.bytes);
	int result;

	if (length < 0 && length != -ENOENT)
		return true;
	form.length = length < 0 ? 0 : (size_t)length;
	if (length >= 0 && form_names(&form, noted))
		return true;
	result = device_ioctl_read_form(operation->uuid, &form);
	if (result == -ENOENT)
		return false;
	return result < 0 || form_names(&form, noted);
}

static bool remove_noted(const struct operation *operation, const struct guard_note_index *noted)
{
	const struct guard_owner owner = guard_owner_of(operation);
	struct request_result failure = { 0 };
	struct guard_index index = { .number = noted->number };

	memcpy(index.name, noted->name, sizeof(index.name));
	if (guard_remove(&owner, &index, &failure) == 0)
		return true;
	log_warning("the index 0x%08x of a passcode before stays in the TPM until the next change: %s", noted->number, failure.text);
	return false;
}

void passcode_guard_settle(struct operation *operation)
{
	struct guard_note note, left = { 0 };
	int result;

	if (guard_note_file_read(operation->uuid, &note) < 0)
		return;
	for (size_t i = 0; i < note.count; i++)
		if (!is_needed(operation, &note.indexes[i]) && !remove_noted(operation, &note.indexes[i]))
			left.indexes[left.count++] = note.indexes[i];
	result = guard_note_file_write(operation->uuid, &left);
	if (result < 0)
		log_warning("%s: the note of its indexes in the TPM could not be written: %s", operation->label,
			    keybag_error_text(result));
}

void passcode_guard_note_destruction(struct operation *operation)
{
	struct request_result before = operation->result;
	struct guard_note note;

	/* The index of a form that the kernel has not taken may be another's. */
	if (!operation->info.guarded || !operation->info.accepted)
		return;
	if (begin_note(operation, &note) < 0 || write_note(operation, &note) < 0)
		log_warning("%s: its index stays in the TPM: %s", operation->label, operation->result.text);
	operation->result = before;
}
