// SPDX-License-Identifier: GPL-2.0-or-later
#include "load.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "device_key.h"
#include "event_log.h"
#include "form_file.h"
#include "owner_check.h"
#include "queue.h"
#include "record_file.h"
#include "reply.h"
#include "save.h"
#include "store.h"

static int explain(struct operation *operation, int error)
{
	struct outcome *outcome = &operation->outcome;
	char name[STORE_NAME_SIZE];

	store_name(name, operation->uuid, FORM_SUFFIX);
	switch (error) {
	case -EBADMSG:
	case -EINVAL:
		error = -EBADMSG;
		return outcome_fail(outcome, error, "%s: the file %s is damaged: put it back from a "
				    "backup", operation->label, name);
	case -EXDEV:
		return outcome_fail(outcome, error, "%s: the file %s is sealed to another device key: "
				    "move it away and use 'keybagctl recover' with its recovery code",
				    operation->label, name);
	case -ESTALE:
		return outcome_fail(outcome, error, "%s: the file %s is older than one this machine "
				    "has seen since it started: put the newer one back, or restart "
				    "the machine", operation->label, name);
	case -EPROTONOSUPPORT:
		return outcome_fail(outcome, error, "%s: the file %s was made by a newer version: "
				    "install that version of the kernel module", operation->label,
				    name);
	case -ENOENT:
		return outcome_fail(outcome, error, "%s: the file %s is gone: put it back from a "
				    "backup", operation->label, name);
	default:
		return outcome_fail_plain(outcome, error, operation->label);
	}
}

/* The kernel's verdict on the files. */
static int load_command(struct operation *operation, const struct sealed_form *form,
			struct sealed_record *new_record)
{
	struct sealed_record records[RECORD_SLOTS] = { 0 };
	struct keybag_load command = {
		.form = (uintptr_t)form->bytes,
		.form_length = (uint32_t)form->length,
		.new_record = CONTROL_BUFFER(*new_record),
	};
	int i, result;

	result = record_file_read(operation->uuid, records);
	if (result < 0 && result != -ENOENT)
		log_warning("%s: its record of guesses is not readable: %s", operation->label,
			    keybag_error_text(result));
	for (i = 0; i < RECORD_SLOTS; i++) {
		command.record[i] = records[i].length ? (uintptr_t)records[i].bytes : 0;
		command.record_length[i] = (uint32_t)records[i].length;
	}
	result = device_key_call(KEYBAG_IOC_LOAD, &command, &operation->outcome);
	if (operation->outcome.error)
		return result;
	if (result < 0)
		return explain(operation, result);
	new_record->length = command.new_record.length;
	if (command.flags & (KEYBAG_LOADED_RECORD_MISSING | KEYBAG_LOADED_RECORD_DAMAGED))
		log_event("result=record-%s bag=\"%s\" remedy=\"the longest delay is imposed once\"",
			  command.flags & KEYBAG_LOADED_RECORD_MISSING ? "missing" : "damaged",
			  operation->label);
	return 0;
}

static int load_from_disk(struct operation *operation)
{
	struct sealed_record new_record = { 0 };
	struct sealed_form form;
	ssize_t length;
	int result;

	length = form_file_read(operation->uuid, form.bytes);
	if (length < 0) {
		operation->on_disk = length != -ENOENT;
		return explain(operation, (int)length);
	}
	operation->on_disk = true;
	form.length = (size_t)length;
	/* Of a form that cannot be parsed nobody knows the owner; the kernel refuses it in any case. */
	if (!sealed_form_parse(&form) && form.view.type == KB_FORM_USER) {
		operation->owner = form.view.owner;
		result = owner_check(operation, form.view.owner);
		if (result < 0)
			return result;
	}
	result = load_command(operation, &form, &new_record);
	if (result < 0)
		return result;
	operation->loaded = true;
	save_record(operation, &new_record);
	owner_note(operation);
	return 0;
}

int load_facts(struct operation *operation, struct sealed_form *ret_form)
{
	struct sealed_form own;
	struct sealed_form *form = ret_form ? ret_form : &own;
	int result = control_read_form(operation->uuid, form);

	if (result < 0)
		return explain(operation, result);
	facts_from_form(&operation->facts, &form->view);
	operation->type = form->view.type;
	operation->owner = form->view.owner;
	operation->knows_facts = true;
	return 0;
}

int load_unload(struct operation *operation)
{
	struct keybag_unload command = { .requester = operation_requester(operation) };
	int result;

	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	save_present_record(operation);
	result = control_call(KEYBAG_IOC_UNLOAD, &command);
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

int load_bag(struct operation *operation)
{
	struct keybag_status status;
	int result = control_status(operation->uuid, &status);

	operation->loaded = !result;
	if (!result)
		result = keep_loaded(operation, &status);
	else if (result == -ENOENT)
		result = load_from_disk(operation);
	else
		return explain(operation, result);
	return result < 0 ? result : load_facts(operation, NULL);
}

static void work(struct operation *operation)
{
	load_bag(operation);
}

void load_note_result(struct operation *operation)
{
	struct bag *bag = operation->bag;

	if (operation->loaded && operation->knows_facts) {
		bag->type = operation->type;
		bag->owner = operation->owner;
		bag->why_not.error = 0;
	} else if (!operation->loaded && operation->outcome.error) {
		bag->why_not = operation->outcome;
		log_event("result=not-loaded error=%d bag=\"%s\" reason=\"%s\"",
			  -operation->outcome.error, operation->label, operation->outcome.text);
	}
}

static int prepare_load(struct operation *operation)
{
	if (operation->flags & KEYBAG_LOAD_RENAMED && !operation_privileged(operation))
		return outcome_fail(&operation->outcome, -EPERM,
				    "accepting a renamed account is for root");
	operation->accept_renamed = operation->flags & KEYBAG_LOAD_RENAMED;
	return 0;
}

const struct handler handle_load = {
	.name = "load",
	.properties = TAKES_TARGET | TAKES_FLAGS | NEEDS_BAG | NEEDS_KERNEL,
	.flags = KEYBAG_LOAD_RENAMED,
	.prepare = prepare_load,
	.work = work,
	.finish = load_note_result,
	.reply = reply_uuid,
};

static void work_check(struct operation *operation)
{
	struct keybag_status status;

	if (control_status(operation->uuid, &status) == 0)
		keep_loaded(operation, &status);
	else
		operation->loaded = false;
}

static const struct handler check_by_itself = {
	.name = "check-owner",
	.work = work_check,
	.finish = load_note_result,
};

void load_check_owners(void)
{
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next)
		if (bag->loaded && bag->type == KEYBAG_TYPE_USER)
			queue_add_own(&check_by_itself, bag);
}
