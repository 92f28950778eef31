// SPDX-License-Identifier: GPL-2.0-or-later
#include "load.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/log/event_log.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/record_file.h"
#include "keybagd/store/sealed_form.h"
#include "keybagd/store/store.h"
#include "libkeybag/device_key.h"
#include "owner_check.h"
#include "queue.h"
#include "room.h"
#include "save.h"

/* Others may load meanwhile, and take the place that was made. */
#define ROOM_TRIES	4

/* The kernel says only that there are too many: of those that it holds, or of those that it remembers until a restart. */
static int no_room(struct operation *operation)
{
	int taken = room_taken();

	if (taken >= 0 && taken < KEYBAG_MAX_BAGS)
		return operation_fail(operation, -EDQUOT, "%s: %u keybags have been loaded since the machine started, which is all "
				      "that the kernel can watch over: restart the machine", operation->label,
				      KEYBAG_MAX_FLOORS);
	return operation_fail(operation, -EDQUOT, "%s: the kernel holds %u keybags, which is all it can: take out one that nobody uses by "
			      "'keybagctl unload --user NAME', then ask again", operation->label, KEYBAG_MAX_BAGS);
}

static int load_explain(struct operation *operation, int error)
{
	struct device_key_state state;
	char name[STORE_NAME_SIZE];

	store_name(name, operation->uuid, FORM_SUFFIX);
	switch (error) {
	case -EBADMSG:
	case -EINVAL:
		error = -EBADMSG;
		return operation_fail(operation, error, "%s: the file %s is damaged: restore it from a "
				      "backup", operation->label, name);
	case -EXDEV:
		device_key_look(&state);
		if (state.source == KEYBAG_DEVICE_KEY_IN_TPM && state.flags & KEYBAG_DEVICE_KEY_HAS_FILE)
			return operation_fail(operation, error, "%s: the file %s is sealed to another device key than device.tpm has; "
					      "/etc/keybag/device.key beside it may be that key: see keybagd(8), 'Device key in a TPM'",
					      operation->label, name);
		return operation_fail(operation, error, "%s: the file %s is sealed to another device key: "
				      "move it away and use 'keybagctl recover' with its recovery code",
				      operation->label, name);
	case -ESTALE:
		return operation_fail(operation, error, "%s: the file %s is older than one this machine "
				      "has seen since it started: restore the newer one, or restart "
				      "the machine", operation->label, name);
	case -EPROTONOSUPPORT:
		return operation_fail(operation, error, "%s: the file %s was made by a newer version: "
				      "install that version of the kernel module", operation->label,
				      name);
	case -ENOENT:
		return operation_fail(operation, error, "%s: the file %s is gone: restore it from a "
				      "backup", operation->label, name);
	case -EDQUOT:
		return no_room(operation);
	default:
		return operation_fail_plain(operation, error);
	}
}

/* The kernel's verdict on the files. */
static int load_command(struct operation *operation, const struct sealed_form *form,
			struct sealed_record *new_record, bool *ret_damaged)
{
	struct sealed_record records[RECORD_SLOTS] = { 0 };
	struct keybag_load command = {
		.form = (uintptr_t)form->bytes,
		.form_length = (uint32_t)form->length,
		.new_record = SEALED_BUFFER(*new_record),
	};
	int i, result, tries;

	result = record_file_read(operation->uuid, records);
	if (result < 0 && result != -ENOENT)
		log_warning("%s: its record of guesses is not readable: %s", operation->label,
			    keybag_error_text(result));
	for (i = 0; i < RECORD_SLOTS; i++) {
		command.record[i] = records[i].length ? (uintptr_t)records[i].bytes : 0;
		command.record_length[i] = (uint32_t)records[i].length;
	}
	result = device_key_call(KEYBAG_IOC_LOAD, &command, &operation->result);
	for (tries = 0; result == -EDQUOT && !operation->yields && tries < ROOM_TRIES && room_make() == 0; tries++)
		result = device_key_call(KEYBAG_IOC_LOAD, &command, &operation->result);
	if (operation->result.error)
		return result;
	if (result < 0)
		return load_explain(operation, result);
	new_record->length = command.new_record.length;
	*ret_damaged = command.flags & KEYBAG_LOADED_RECORD_DAMAGED;
	if (command.flags & (KEYBAG_LOADED_RECORD_MISSING | KEYBAG_LOADED_RECORD_DAMAGED))
		event_log("result=record-%s bag=\"%s\" remedy=\"the longest delay is imposed once, unless another record or the kernel has the count\"",
			  command.flags & KEYBAG_LOADED_RECORD_MISSING ? "missing" : "damaged",
			  operation->label);
	return 0;
}

static void load_take_info(struct operation *operation, const struct kb_form *form)
{
	bag_info_from_form(&operation->info, form, true);
	operation->type = form->type;
	operation->owner = form->owner;
	operation->knows_info = true;
}

/* The form that the kernel has taken is the one in effect. */
static int load_from_disk(struct operation *operation)
{
	struct sealed_record new_record = { 0 };
	struct sealed_form form;
	int parsed, result;
	bool damaged = false;
	ssize_t length;

	length = form_file_read(operation->uuid, form.bytes);
	if (length < 0) {
		operation->on_disk = length != -ENOENT;
		return load_explain(operation, (int)length);
	}
	operation->on_disk = true;
	form.length = (size_t)length;
	/* Nobody knows the owner of a form that cannot be parsed; the kernel refuses it in any case. */
	parsed = sealed_form_parse(&form);
	if (!parsed && form.view.type == KB_FORM_USER) {
		operation->owner = form.view.owner;
		result = owner_check(operation, form.view.owner);
		if (result < 0)
			return result;
	}
	result = load_command(operation, &form, &new_record, &damaged);
	if (result < 0)
		return result;
	operation->loaded = true;
	if (damaged)
		save_record_anew(operation, &new_record);
	else
		save_record(operation, &new_record);
	owner_note(operation);
	if (parsed < 0)
		return load_explain(operation, parsed);
	load_take_info(operation, &form.view);
	operation->result.state = operation->info.passcode ? KEYBAG_STATE_BEFORE_FIRST_UNLOCK : KEYBAG_STATE_UNLOCKED;
	return 0;
}

int load_info(struct operation *operation)
{
	struct sealed_form form;
	int result = device_ioctl_read_form(operation->uuid, &form);

	if (result < 0)
		return load_explain(operation, result);
	load_take_info(operation, &form.view);
	return 0;
}

int load_unload(struct operation *operation)
{
	struct keybag_unload command = { .requester = operation_requester(operation) };
	int result;

	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	save_present_record(operation);
	result = device_ioctl(KEYBAG_IOC_UNLOAD, &command);
	if (result == -ENOENT)
		result = 0;
	operation->loaded = result < 0;
	return result;
}

/* One that was loaded before; its uid may be another person's by now. */
static int keep_loaded(struct operation *operation, const struct keybag_status *status)
{
	int result = status->type == KEYBAG_TYPE_USER ?
		     owner_check_loaded(operation, status->owner) : 0;

	if (result < 0)
		load_unload(operation);
	return result;
}

/*
 * Looked at when it is loaded: an eviction sets the mark before it evicts. So it finds the keybag in the kernel, or
 * the mark is found here.
 */
static int give_way(struct operation *operation)
{
	if (!atomic_load(&operation->evicted))
		return 0;
	load_unload(operation);
	return operation_fail(operation, -ECANCELED,
			      "%s: all keybags were evicted meanwhile: ask again", operation->label);
}

/* A generation belongs to one form: what was read of it holds as long as the kernel has that one in effect. */
static bool is_known(const struct operation *operation, const struct keybag_status *status)
{
	return operation->info.accepted && operation->info.generation == status->bag_generation;
}

/* Its owner, just found out, is kept beside what is known of it and holds. */
static void take_status(struct operation *operation, const struct keybag_status *status)
{
	operation->type = status->type;
	operation->owner = status->owner;
	operation->knows_info = true;
}

static int load_loaded(struct operation *operation, const struct keybag_status *status)
{
	int result = keep_loaded(operation, status);

	if (result < 0)
		return result;
	operation->result.state = status->state;
	if (!is_known(operation, status))
		result = load_info(operation);
	else
		take_status(operation, status);
	/* The note may have been lost since it was loaded; without it the next start would refuse it. */
	if (!result)
		owner_note(operation);
	return result;
}

int load_bag(struct operation *operation)
{
	struct keybag_status status;
	int result = device_ioctl_status(operation->uuid, &status);
	int evicted;

	/* Before its file is read: one that takes its place meanwhile is not judged by it. */
	operation->stamp = store_stamp(operation->uuid, FORM_SUFFIX);
	operation->loaded = !result;
	if (operation->loaded)
		result = load_loaded(operation, &status);
	else if (result == -ENOENT)
		result = load_from_disk(operation);
	else
		return load_explain(operation, result);
	evicted = give_way(operation);
	return evicted < 0 ? evicted : result;
}

void load_note_result(struct operation *operation)
{
	struct event_source source = operation_event(operation, (uint32_t)-operation->result.error);
	struct bag *bag = operation->bag;
	bool known = operation->yields && !strcmp(bag->why_not.text, operation->result.text);

	/* Somebody else's load had the answer. */
	if (operation->loaded || !operation->owner_unanswered)
		bag->ask_again = false;
	if (operation->loaded && operation->knows_info) {
		bag->type = operation->type;
		bag->owner = operation->owner;
		bag->why_not.error = 0;
	} else if (!operation->loaded && operation->result.error) {
		bag->why_not = operation->result;
		bag->why_not_of = operation->stamp;
		/* A load that the daemon repeats by itself is told once. */
		if (known)
			return;
		event_repeat_log(&source, "result=not-loaded error=%d bag=\"%s\" reason=\"%s\"",
				 -operation->result.error, operation->label, operation->result.text);
	}
}

/* A later account of that name is not to have what stays open once the passcode was given. */
static void unload_of_deleted(struct operation *operation, uid_t uid)
{
	load_unload(operation);
	event_log("result=unloaded uid=%u reason=\"its account '%s' was deleted\"", uid, operation->info.owner_name);
}

static void work_check(struct operation *operation)
{
	struct keybag_status status;

	operation->stamp = store_stamp(operation->uuid, FORM_SUFFIX);
	if (device_ioctl_status(operation->uuid, &status)) {
		operation->loaded = false;
		return;
	}
	if (keep_loaded(operation, &status) < 0)
		return;
	if (owner_is_deleted(operation, status.owner))
		unload_of_deleted(operation, status.owner);
	else if (is_known(operation, &status))
		take_status(operation, &status);
}

static const struct handler check_by_itself = {
	.name = "check-owner",
	.work = work_check,
	.finish = load_note_result,
};

/* One that runs does not count: it may have looked before the change. */
static bool check_waits(const struct bag *bag)
{
	const struct operation *operation = bag->first;

	while (operation && operation->handler != &check_by_itself)
		operation = operation->next;
	return operation;
}

/* Whoever has the file replaced again and again is not to have checks go before logins for long: one a keybag waits. */
void load_check_owners(void)
{
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next)
		if (bag->loaded && bag->type == KEYBAG_TYPE_USER && !check_waits(bag))
			queue_add_own(&check_by_itself, bag);
}
