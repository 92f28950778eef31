// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking over a keybag that is sealed to another device key, with its recovery code.
 */
#include <errno.h>
#include <string.h>

#include "device_key.h"
#include "differs_file.h"
#include "event_log.h"
#include "form_file.h"
#include "handlers.h"
#include "load.h"
#include "proof.h"
#include "protector.h"
#include "record_file.h"
#include "reply.h"

static int explain(struct operation *operation, int error)
{
	struct outcome *outcome = &operation->outcome;

	switch (error) {
	case -EKEYREJECTED:
		return outcome_fail(outcome, error, "%s: this recovery code is not the one of that "
				    "keybag", operation->label);
	case -ENOENT:
		return outcome_fail(outcome, error, "%s: that keybag has no recovery code: it opens "
				    "only on the device it was made on", operation->label);
	case -EBADMSG:
		return outcome_fail(outcome, error, "%s: that file is damaged: take another copy",
				    operation->label);
	default:
		return outcome_fail_plain(outcome, error, operation->label);
	}
}

static int recover_command(struct operation *operation, struct sealed_form *form,
			   struct sealed_record *record)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct keybag_recover command = {
		.form = (uintptr_t)operation->form,
		.form_length = (uint32_t)operation->form_length,
		.authority = proof_secret(operation),
		.new_form = CONTROL_BUFFER(*form),
		.new_record = CONTROL_BUFFER(*record),
	};
	int result;

	result = protector_new_passcode(operation, &command.protector, &key, &command.secret);
	if (result < 0)
		return result;
	result = device_key_call(KEYBAG_IOC_RECOVER, &command, &operation->outcome);
	if (operation->outcome.error)
		return result;
	if (result < 0)
		return explain(operation, result);
	form->length = command.new_form.length;
	record->length = command.new_record.length;
	return 0;
}

static int put_in_place(struct operation *operation, const struct sealed_form *form)
{
	return operation->on_disk ?
	       form_file_replace(operation->uuid, form->bytes, form->length) :
	       form_file_create(operation->uuid, form->bytes, form->length);
}

static void take_back(struct operation *operation, bool replaced)
{
	if (replaced) {
		form_file_revert(operation->uuid);
		return;
	}
	form_file_destroy(operation->uuid);
	operation->on_disk = false;
}

static void work(struct operation *operation)
{
	bool replaces = operation->on_disk;
	struct sealed_record record;
	struct sealed_form form;
	struct sealed_form given = { .length = operation->form_length };
	int result;

	memcpy(given.bytes, operation->form, given.length);
	if (sealed_form_parse(&given) < 0 ||
	    proof_check(operation, &given) < 0 ||
	    recover_command(operation, &form, &record) < 0)
		return;
	result = record_file_write(operation->uuid, &record);
	if (!result)
		result = put_in_place(operation, &form);
	if (result < 0) {
		if (!replaces)
			form_file_destroy(operation->uuid);
		outcome_fail_plain(&operation->outcome, result, operation->label);
		return;
	}
	operation->on_disk = true;
	differs_file_remove(operation->uuid);
	if (load_bag(operation) < 0) {
		take_back(operation, replaces);
		return;
	}
	if (replaces && form_file_forget(operation->uuid) < 0)
		operation->outcome.warnings |= KEYBAG_WARNING_OLD_FORM_REMAINS;
	operation->outcome.warnings |= operation->facts.warnings;
	log_event("result=recovered bag=\"%s\" requester-uid=%u requester-pid=%d",
		  operation->label, operation->peer_uid, operation->peer_pid);
}

/*
 * The UUID is that of a file which anybody can make: it must not lead to another's keybag. Of a damaged one
 * nobody knows whose it is, but root.
 */
static bool is_anothers(const struct operation *operation, const struct kb_form *form)
{
	const struct bag *bag = bag_find(form->uuid);

	if (!bag || (bag->owner == form->owner && bag->type != KEYBAG_TYPE_SYSTEM))
		return false;
	return bag->type || bag->owner != KEYBAG_UID_NONE || !operation_privileged(operation);
}

static int refuse_owner(struct operation *operation, uid_t owner)
{
	return outcome_fail(&operation->outcome, -EACCES,
			    "that keybag belongs to uid %u, you are uid %u: root may recover it",
			    owner, operation->peer_uid);
}

static int prepare(struct operation *operation)
{
	struct sealed_form form = { .length = operation->form_length };
	struct bag *other, *bag;
	int result;

	memcpy(form.bytes, operation->form, form.length);
	result = sealed_form_parse(&form);
	if (result < 0)
		return explain(operation, result);
	if (operation->proof_kind != KEYBAG_PROTECTOR_RECOVERY)
		return outcome_fail(&operation->outcome, -EINVAL,
				    "a keybag of another device opens with its recovery code only");
	if (form.view.type != KB_FORM_USER)
		return outcome_fail(&operation->outcome, -EOPNOTSUPP,
				    "a system keybag belongs to its machine: make a new one");
	if (!operation_privileged(operation) && form.view.owner != operation->peer_uid)
		return refuse_owner(operation, form.view.owner);
	bag_scan();
	result = bag_find_of(KEYBAG_TYPE_USER, form.view.owner, &other);
	if (result == -ENOTUNIQ || (!result && (memcmp(other->uuid, form.view.uuid,
						       sizeof(other->uuid)) || other->loaded)))
		return outcome_fail(&operation->outcome, -EEXIST, "uid %u has a keybag that is in "
				    "use: 'keybagctl passwd --recovery' sets a new passcode for it; "
				    "'keybagctl destroy' makes room for another", form.view.owner);
	if (is_anothers(operation, &form.view))
		return outcome_fail(&operation->outcome, -EEXIST, "there is another keybag with the UUID "
				    "of that file, and it does not belong to uid %u: the file is not a "
				    "copy of it", form.view.owner);
	bag = bag_get(form.view.uuid);
	if (!bag)
		return outcome_fail_plain(&operation->outcome, -ENOMEM, "keybag");
	bag->type = KEYBAG_TYPE_USER;
	bag->owner = form.view.owner;
	operation_set_bag(operation, bag);
	return 0;
}

const struct handler handle_recover = {
	.name = "recover",
	.properties = TAKES_FORM | TAKES_PROOF | TAKES_PASSCODE | TAKES_KDF | TELLS_TRY |
		      NEEDS_KERNEL,
	.prepare = prepare,
	.work = work,
	.finish = load_note_result,
	.reply = reply_uuid,
};
