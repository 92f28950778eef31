// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking over a keybag that is sealed to another device key, with its recovery code.
 */
#include <errno.h>
#include <string.h>

#include "create_quota.h"
#include "daemon/log.h"
#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/bag/owner_check.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/log/event_log.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/organisation_protector.h"
#include "keybagd/secret/password_mismatch.h"
#include "keybagd/secret/protector.h"
#include "keybagd/secret/wrong_passcode.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/idle_file.h"
#include "keybagd/store/owner_file.h"
#include "keybagd/store/record_file.h"
#include "keybagd/store/sealed_form.h"
#include "keybagd/store/store.h"

static int takeover_explain(struct operation *operation, int error)
{

	switch (error) {
	case -EKEYREJECTED:
		return operation_fail(operation, error, "%s: this recovery code is not the one of that "
				      "keybag", operation->label);
	case -ENOENT:
		return operation_fail(operation, error, "%s: that keybag has no recovery code: it opens "
				      "only on the device it was made on", operation->label);
	case -EBADMSG:
		return operation_fail(operation, error, "%s: that file is damaged: take another copy",
				      operation->label);
	default:
		return operation_fail_plain(operation, error);
	}
}

static int takeover_command(struct operation *operation, struct sealed_form *form,
			    struct sealed_record *record, struct secret *ret_key)
{
	struct keybag_recover command = {
		.form = (uintptr_t)operation->form,
		.form_length = (uint32_t)operation->form_length,
		.authority = authenticate_secret(operation),
		.new_form = SEALED_BUFFER(*form),
		.new_record = SEALED_BUFFER(*record),
	};
	int result;

	result = protector_new_passcode(operation, &command.protector, ret_key, &command.secret);
	if (result < 0)
		return result;
	operation->remembered = true;
	result = device_key_call(KEYBAG_IOC_RECOVER, &command, &operation->result);
	if (operation->result.error)
		return result;
	if (result < 0)
		return takeover_explain(operation, result);
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

/* The note that was written for it: a form that is put back by hand may be another account's. */
static void take_back_note(struct operation *operation)
{
	int result = owner_file_remove(operation->uuid);

	if (result < 0)
		log_warning("%s: the note of its account, written for a recovery that failed, remains: %s", operation->label,
			    keybag_error_text(result));
}

static void take_back(struct operation *operation, bool replaced)
{
	if (replaced) {
		form_file_revert(operation->uuid);
		return;
	}
	/* Its name and its record of guesses may be those of a form that is put back. */
	form_file_withdraw(operation->uuid);
	operation->on_disk = false;
}

static int refuse_in_use(struct operation *operation, uid_t owner)
{
	return operation_fail(operation, -EEXIST, "uid %u has a keybag that is in use: 'keybagctl passwd --recovery' "
			      "sets a new passcode for it; 'keybagctl destroy' makes room for another", owner);
}

/* By the kernel: it may have been loaded since the request came. */
static int check_not_loaded(struct operation *operation)
{
	struct keybag_status status;

	if (device_ioctl_status(operation->uuid, &status) < 0)
		return 0;
	operation->loaded = true;
	return refuse_in_use(operation, operation->owner);
}

/* One that cannot be parsed for another reason is whole: a newer version made it. */
static bool is_damaged(struct sealed_form *form)
{
	return sealed_form_parse(form) == -EBADMSG;
}

/*
 * A recovery code proves a right to the form it opens, and anyone can make a form with a UUID and a code of their own:
 * a file that is in its place gives way to a copy of itself. What else is to take its place, root decides.
 */
static int check_file(struct operation *operation)
{
	struct sealed_form present;
	ssize_t length = form_file_read(operation->uuid, present.bytes);
	char name[STORE_NAME_SIZE];

	operation->on_disk = length != -ENOENT;
	if (!operation->on_disk || operation_privileged(operation))
		return 0;
	if (length < 0 && length != -EBADMSG)
		return operation_fail_plain(operation, (int)length);
	present.length = length < 0 ? 0 : (size_t)length;
	if (is_damaged(&present) || (present.length == operation->form_length &&
				     !memcmp(present.bytes, operation->form, present.length)))
		return 0;
	store_name(name, operation->uuid, FORM_SUFFIX);
	return operation_fail(operation, -EEXIST, "%s: its file %s is not a copy of the file to recover, and is not "
			      "replaced: root may move it away first", operation->label, name);
}

static int takeover_check(struct operation *operation)
{
	struct sealed_form given = { .length = operation->form_length };
	int result;

	memcpy(given.bytes, operation->form, given.length);
	result = sealed_form_parse(&given);
	if (result < 0)
		return takeover_explain(operation, result);
	result = check_not_loaded(operation);
	if (!result)
		result = check_file(operation);
	if (result < 0)
		return result;
	bag_info_from_form(&operation->info, &given.view, false);
	/* By its recovery code. */
	operation->accept_unnoted = true;
	operation->owner = given.view.owner;
	result = owner_check(operation, given.view.owner);
	return result < 0 ? result : authenticate_check(operation);
}

/*
 * The organisation of the form stays; that of this machine's keybagd.conf takes its place, as at every change of
 * passcode.
 */
static void settle_organisation(struct operation *operation, struct secret *key)
{
	const struct bag_organisation before = operation->info.organisation;

	organisation_protector_renew(operation);
	organisation_protector_follow(operation, &before, ORGANISATION_CONFIGURED | ORGANISATION_KEPT,
				      (struct organisation_authority){
		.kind = operation->new_passcode ? KEYBAG_PROTECTOR_PASSCODE : KEYBAG_PROTECTOR_NONE, .key = key,
	});
}

static void takeover_work(struct operation *operation)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct sealed_record record;
	struct sealed_form form;
	bool replaces, notes;
	int result;

	if (takeover_check(operation) < 0 || device_key_supply(&operation->result) < 0 ||
	    takeover_command(operation, &form, &record, &key) < 0)
		return;
	replaces = operation->on_disk;
	notes = operation->owner_unnoted;
	result = record_file_write(operation->uuid, &record);
	/* A form that is there without its note is refused: none is, at whatever step the machine stops. */
	if (!result)
		result = owner_note(operation);
	if (!result)
		result = put_in_place(operation, &form);
	if (result < 0) {
		if (notes)
			take_back_note(operation);
		operation_fail_plain(operation, result);
		return;
	}
	operation->on_disk = true;
	password_mismatch_forget(operation->uuid);
	wrong_passcode_forget(operation->uuid);
	if (load_bag(operation) < 0) {
		take_back(operation, replaces);
		if (notes)
			take_back_note(operation);
		return;
	}
	/* Not before: an earlier generation that is there might be all that is left. */
	if (form_file_forget(operation->uuid) < 0)
		operation->result.warnings |= KEYBAG_WARNING_OLD_FORM_REMAINS;
	settle_organisation(operation, &key);
	operation->result.warnings |= operation->info.warnings;
	event_log("result=recovered bag=\"%s\" requester-uid=%u requester-pid=%d",
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
	return operation_fail(operation, -EACCES,
			      "that keybag belongs to uid %u, you are uid %u: root may recover it",
			      owner, operation->peer_uid);
}

/* The kernel remembers the UUID of one that was not here before, as of one that was made here. */
static int check_quota(struct operation *operation, const struct kb_form *form)
{
	const struct bag *bag = bag_find(form->uuid);

	if (operation_privileged(operation) || (bag && bag->on_disk))
		return 0;
	return create_quota_count(operation, form->owner);
}

/*
 * A keybag that is new, or damaged, has no owner that is known. It counts as the form's owner's until the outcome is known, so
 * that another request meanwhile finds it.
 */
static void takeover_claim(struct operation *operation, struct bag *bag, uid_t owner)
{
	operation->claims = bag->owner == KEYBAG_UID_NONE;
	if (operation->claims) {
		bag->type = KEYBAG_TYPE_USER;
		bag->owner = owner;
	}
	operation_set_bag(operation, bag);
	operation->type = KEYBAG_TYPE_USER;
}

static int takeover_prepare(struct operation *operation)
{
	struct sealed_form form = { .length = operation->form_length };
	struct bag *other, *bag;
	int result;

	memcpy(form.bytes, operation->form, form.length);
	result = sealed_form_parse(&form);
	if (result < 0)
		return takeover_explain(operation, result);
	if (operation->proof_kind != KEYBAG_PROTECTOR_RECOVERY)
		return operation_fail(operation, -EINVAL,
				      "a keybag of another device opens with its recovery code only");
	if (form.view.type != KB_FORM_USER)
		return operation_fail(operation, -EOPNOTSUPP,
				      "a system keybag belongs to its machine: make a new one");
	if (!operation_privileged(operation) && form.view.owner != operation->peer_uid)
		return refuse_owner(operation, form.view.owner);
	bag_scan();
	result = bag_find_of(KEYBAG_TYPE_USER, form.view.owner, &other);
	if (result == -ENOTUNIQ || (!result && (memcmp(other->uuid, form.view.uuid,
						       sizeof(other->uuid)) || other->loaded)))
		return refuse_in_use(operation, form.view.owner);
	if (is_anothers(operation, &form.view))
		return operation_fail(operation, -EEXIST, "there is another keybag with the UUID "
				      "of that file, and it does not belong to uid %u: the file is not a "
				      "copy of it", form.view.owner);
	result = check_quota(operation, &form.view);
	if (result < 0)
		return result;
	bag = bag_get(form.view.uuid);
	if (!bag)
		return request_result_fail_plain(&operation->result, -ENOMEM, "keybag");
	takeover_claim(operation, bag, form.view.owner);
	return 0;
}

static void takeover_finish(struct operation *operation)
{
	struct bag *bag = operation->bag;

	/* A wrong code says nothing of why the keybag that is there could not be loaded. */
	if (operation->loaded)
		load_note_result(operation);
	if (!operation->remembered)
		create_quota_release(operation, operation->owner);
	if (!operation->result.error)
		bag_set_idle(bag, idle_file_read(bag->uuid));
	if (!operation->claims || !operation->result.error || operation->loaded)
		return;
	/* The file to recover named its owner, and proved nothing. */
	bag->type = 0;
	bag->owner = KEYBAG_UID_NONE;
}

const struct handler handle_takeover = {
	.name = "recover",
	.properties = TAKES_FORM | TAKES_PROOF | TAKES_PASSCODE | TAKES_KDF | TELLS_TRY |
		      NEEDS_KERNEL,
	.prepare = takeover_prepare,
	.work = takeover_work,
	.finish = takeover_finish,
	.reply = handlers_reply_uuid,
};
