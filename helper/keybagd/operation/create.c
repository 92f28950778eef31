// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A new keybag.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "create_quota.h"
#include "handlers.h"
#include "keybagd/account/account_name.h"
#include "keybagd/bag/load.h"
#include "keybagd/config/config.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/log/event_log.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/login_password.h"
#include "keybagd/secret/organisation_protector.h"
#include "keybagd/secret/protector.h"
#include "keybagd/secret/unlock_command.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/record_file.h"
#include "keybagd/store/store.h"

static int create_find_account(struct operation *operation)
{
	int result;

	if (operation->type == KEYBAG_TYPE_SYSTEM)
		return 0;
	result = account_name(operation->owner, operation->info.owner_name);
	if (result == -ENOENT)
		return operation_fail(operation, -ENOENT,
				      "there is no account with uid %u: make the account first",
				      operation->owner);
	if (result < 0)
		return operation_fail(operation, -EIO,
				      "the name of uid %u could not be looked up: %s",
				      operation->owner, account_name_error(result));
	return 0;
}

static int create_command(struct operation *operation, struct sealed_form *form,
			  struct sealed_record *record)
{
	struct keybag_create command = {
		.type = operation->type,
		.owner = operation->owner,
		.form = SEALED_BUFFER(*form),
		.record = SEALED_BUFFER(*record),
	};
	int result;

	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	result = protector_new_passcode(operation, &command.protector, &operation->key,
					&command.secret);
	if (result < 0)
		return result;
	operation->remembered = true;
	result = device_key_call(KEYBAG_IOC_CREATE, &command, &operation->result);
	if (operation->result.error)
		return result;
	if (result < 0)
		return operation_fail_plain(operation, result);
	form->length = command.form.length;
	record->length = command.record.length;
	return 0;
}

/* The form takes its place last: what there is before that is swept up at the next start. */
static int write_files(struct operation *operation, const struct sealed_form *form,
		       const struct sealed_record *record)
{
	int result = form_file_begin(operation->uuid, form->bytes, form->length);

	if (!result)
		result = record_file_write(operation->uuid, record);
	if (!result && operation->type == KEYBAG_TYPE_USER)
		result = owner_file_write(operation->uuid, operation->owner,
					  operation->info.owner_name);
	if (!result)
		result = form_file_place(operation->uuid);
	if (!result) {
		operation->on_disk = true;
		return 0;
	}
	form_file_destroy(operation->uuid);
	return operation_fail_plain(operation, result);
}

/*
 * A user who makes their own keybag is there to use it; or was: a lock that has come meanwhile leaves it closed. It is made
 * in either case, which is what was asked for. A login unlocks by a request of its own, which tells where it comes from.
 */
static void open_own(struct operation *operation)
{
	if (!operation->new_passcode || operation->peer_uid != operation->owner ||
	    operation->flags & KEYBAG_CREATE_AT_LOGIN || atomic_load(&operation->voided))
		return;
	operation->proof_kind = KEYBAG_PROTECTOR_PASSCODE;
	operation->reason = KEYBAG_REASON_REQUEST;
	operation->flags = 0;
	if (authenticate_begin(operation) == 0)
		unlock_command(operation);
	operation->result.error = 0;
}

/*
 * A login stack takes other things than passwords that come again: codes for one time, the PIN of a card. A keybag with
 * such a passcode would never be opened again.
 */
static int create_check_password(struct operation *operation)
{
	char setting[LOGIN_SETTING_SIZE];

	if (!(operation->flags & KEYBAG_CREATE_AT_LOGIN) || config.create_of_any)
		return 0;
	login_password_verify(operation->info.owner_name, &operation->passcode, setting);
	if (setting[0])
		return 0;
	return operation_fail(operation, -EPERM, "what was typed is not the password of %s in /etc/shadow: see 'create' in "
			      "keybagd.conf(5)", operation->info.owner_name);
}

/* The client has told of it before. */
static void let_organisation_in(struct operation *operation)
{
	static const struct bag_organisation none;

	if (operation->type == KEYBAG_TYPE_USER)
		organisation_protector_follow(operation, &none, ORGANISATION_CONFIGURED, (struct organisation_authority){
			.kind = operation->new_passcode ? KEYBAG_PROTECTOR_PASSCODE : KEYBAG_PROTECTOR_NONE, .key = &operation->key,
		});
}

static void create_make(struct operation *operation)
{
	struct sealed_record record;
	struct sealed_form form;

	if (create_find_account(operation) < 0 || create_check_password(operation) < 0 ||
	    device_key_supply(&operation->result) < 0 || create_command(operation, &form, &record) < 0 ||
	    write_files(operation, &form, &record) < 0)
		return;
	if (load_bag(operation) < 0) {
		form_file_destroy(operation->uuid);
		operation->on_disk = false;
		return;
	}
	event_log("result=created bag=\"%s\" requester-uid=%u requester-pid=%d", operation->label,
		  operation->peer_uid, operation->peer_pid);
	let_organisation_in(operation);
	operation->result.warnings |= operation->info.warnings;
	open_own(operation);
}

static void create_work(struct operation *operation)
{
	create_make(operation);
	secret_free(&operation->key);
}

/* Root may make as many as there is room for; a login makes them for its user. */
static int check_limit(struct operation *operation)
{
	if (operation_privileged(operation) && !(operation->flags & KEYBAG_CREATE_AT_LOGIN))
		return 0;
	return create_quota_count(operation, operation->owner);
}

static int create_prepare(struct operation *operation)
{
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct bag *bag = operation->bag;
	int result;

	if (bag)
		return operation_fail(operation, -EEXIST, "there is a %s already",
				      operation->label);
	if (operation->flags & KEYBAG_CREATE_AT_LOGIN &&
	    (!config.create_at_login || !operation_privileged(operation)))
		return operation_fail(operation, -EPERM, "keybags are not created at login: "
				      "set 'create = login' in keybagd.conf for that");
	if (operation->type == KEYBAG_TYPE_SYSTEM && operation->new_passcode)
		return operation_fail(operation, -EINVAL,
				      "the system keybag never has a passcode");
	result = check_limit(operation);
	if (result < 0)
		return result;
	if (getrandom(uuid, sizeof(uuid), 0) != sizeof(uuid))
		return request_result_fail_plain(&operation->result, -EIO, "random numbers");
	/* A version 4 UUID, RFC 9562. */
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	bag = bag_get(uuid);
	if (!bag)
		return request_result_fail_plain(&operation->result, -ENOMEM, "new keybag");
	/* It is in the table from now on: a second request finds it. */
	bag->type = operation->type;
	bag->owner = operation->owner;
	operation_set_bag(operation, bag);
	return 0;
}

static void create_finish(struct operation *operation)
{
	load_note_result(operation);
	if (!operation->remembered)
		create_quota_release(operation, operation->owner);
}

const struct handler handle_create = {
	.name = "create",
	.properties = TAKES_TARGET | TAKES_PASSCODE | TAKES_KDF | TAKES_FLAGS | TELLS_TRY |
		      NEEDS_KERNEL | UNLOCKS,
	.flags = KEYBAG_CREATE_AT_LOGIN,
	.prepare = create_prepare,
	.work = create_work,
	.finish = create_finish,
	.reply = handlers_reply_uuid,
};
