// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The organisation that may open a keybag: shown, let in, put out; the secret that is sealed to it.
 */
#include "libkeybag/organisation.h"

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/config/config.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/change.h"
#include "keybagd/secret/organisation_protector.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/organisation_file.h"
#include "keybagd/store/sealed_form.h"

_Static_assert(KEYBAG_MAX_CERTIFICATE == ORGANISATION_CERTIFICATE && KEYBAG_MAX_ORGANISATION_SEALED == ORGANISATION_MAX_SEALED,
	       "the library knows the sizes");

static uint64_t after_epoch(int64_t seconds)
{
	return seconds < 0 ? 0 : (uint64_t)seconds;
}

static void add_present(struct writer *writer, const struct bag_organisation *organisation)
{
	if (!organisation->present)
		return;
	message_add_bytes(writer, KEY_ORGANISATION, organisation->digest, ORGANISATION_DIGEST);
	if (!organisation->known)
		return;
	message_add_text(writer, KEY_ORGANISATION_SUBJECT, organisation->subject);
	message_add_unsigned(writer, KEY_ORGANISATION_FROM, after_epoch(organisation->not_before));
	message_add_unsigned(writer, KEY_ORGANISATION_UNTIL, after_epoch(organisation->not_after));
}

static void add_configured(struct writer *writer)
{
	const struct organisation *organisation = config.organisation;

	if (*config.organisation_problem)
		message_add_text(writer, KEY_CONFIGURED_PROBLEM, config.organisation_problem);
	if (!organisation)
		return;
	message_add_bytes(writer, KEY_CONFIGURED, organisation->digest, ORGANISATION_DIGEST);
	message_add_text(writer, KEY_CONFIGURED_SUBJECT, organisation->subject);
	message_add_unsigned(writer, KEY_CONFIGURED_FROM, after_epoch(organisation->not_before));
	message_add_unsigned(writer, KEY_CONFIGURED_UNTIL, after_epoch(organisation->not_after));
}

static void show_reply(struct operation *operation, struct writer *writer)
{
	add_present(writer, &operation->info.organisation);
	add_configured(writer);
}

const struct handler handle_organisation = {
	.name = OP_ORGANISATION,
	.properties = TAKES_TARGET,
	.reply = show_reply,
};

/* Reads the certificate of the request. */
static int read_certificate(struct operation *operation, struct organisation *ret_organisation)
{
	char problem[ORGANISATION_PROBLEM];
	int result = organisation_read(operation->certificate, operation->certificate_length, ret_organisation, problem);

	if (result == -EIO)
		return operation_fail(operation, result, "%s: the certificate could not be read: %s", operation->label, problem);
	return result < 0 ? operation_fail(operation, -EINVAL, "the certificate cannot be used: %s", problem) : 0;
}

/* In turn with other requests for the keybag: a user has one certificate read at a time. */
static void read_work(struct operation *operation)
{
	struct bag_organisation *read = &operation->info.organisation;
	struct organisation organisation;

	if (read_certificate(operation, &organisation) < 0)
		return;
	*read = (struct bag_organisation){
		.present = true, .known = true, .not_before = organisation.not_before, .not_after = organisation.not_after,
	};
	memcpy(read->digest, organisation.digest, ORGANISATION_DIGEST);
	memcpy(read->subject, organisation.subject, ORGANISATION_SUBJECT);
}

static void read_reply(struct operation *operation, struct writer *writer)
{
	add_present(writer, &operation->info.organisation);
}

const struct handler handle_organisation_read = {
	.name = OP_ORGANISATION_READ,
	.properties = TAKES_TARGET | TAKES_CERTIFICATE | NEEDS_BAG,
	.work = read_work,
	.reply = read_reply,
};

static int check_request(struct operation *operation)
{
	if (operation->type == KEYBAG_TYPE_SYSTEM)
		return operation_fail(operation, -EOPNOTSUPP,
				      "the system keybag belongs to this machine: no organisation opens it");
	if (operation->proof_kind == KEYBAG_PROTECTOR_RECOVERY)
		return operation_fail(operation, -EINVAL, "who may open a keybag is changed with the passcode, not with a "
				      "recovery code");
	return 0;
}

/* Root has named one: that it is of no use now leaves the choice to root all the same. */
static int check_change(struct operation *operation)
{
	int result = check_request(operation);

	if (result < 0 || !*config.organisation_problem)
		return result;
	return operation_fail(operation, -EPERM, "keybagd.conf names an organisation whose certificate cannot be used, and until root mends "
			      "that, or takes 'organisation-certificate' out of there, it stays as it is: %s", config.organisation_problem);
}

static int add_prepare(struct operation *operation)
{
	int result = check_change(operation);

	if (result < 0 || !operation->configured)
		return result;
	return operation_fail(operation, -EPERM, "keybagd.conf names the organisation that may open keybags of this machine, and it would "
			      "take the place of another one: 'keybagctl organisation' shows it");
}

static void add_work(struct operation *operation)
{
	struct organisation organisation;

	if (load_bag(operation) < 0)
		return;
	if (operation->info.organisation.present && !(operation->flags & KEYBAG_ORGANISATION_REPLACE)) {
		operation_fail(operation, -EEXIST, "an organisation may open %s already: 'keybagctl organisation add --replace' puts "
			       "another one in its place", operation->label);
		return;
	}
	if (read_certificate(operation, &organisation) == 0)
		organisation_protector_put(operation, &organisation, authenticate_prepare);
	secret_free(&operation->key);
}

const struct handler handle_organisation_add = {
	.name = OP_ORGANISATION_ADD,
	.properties = TAKES_TARGET | TAKES_PROOF | TAKES_FLAGS | TAKES_CERTIFICATE | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.flags = KEYBAG_ORGANISATION_REPLACE,
	.prepare = add_prepare,
	.work = add_work,
	.finish = load_note_result,
};

/* It would be back with the next passcode. */
static int check_not_configured(struct operation *operation)
{
	const struct organisation *configured = operation->configured;

	if (!configured || memcmp(configured->digest, operation->info.organisation.digest, ORGANISATION_DIGEST) != 0)
		return 0;
	return operation_fail(operation, -EPERM, "keybagd.conf names the organisation that may open %s, and would let it in again with the "
			      "next passcode: root takes 'organisation-certificate' out of there first", operation->label);
}

static void remove_work(struct operation *operation)
{
	struct keybag_change change = { .action = KEYBAG_ACTION_REVOKE_PROTECTOR };

	if (load_bag(operation) < 0)
		return;
	if (!operation->info.organisation.present) {
		operation_fail(operation, -ENOENT, "no organisation may open %s", operation->label);
		return;
	}
	change.target = operation->info.organisation.protector;
	if (check_not_configured(operation) < 0 || authenticate_prepare(operation) < 0)
		return;
	if (change_apply(operation, &change) == 0) {
		/* Which is what was asked for. */
		operation->result.warnings &= ~KEYBAG_WARNING_ORGANISATION_DROPPED;
		/* A rest of it counts for nothing. */
		organisation_file_remove(operation->uuid);
	}
	secret_free(&operation->key);
}

const struct handler handle_organisation_remove = {
	.name = OP_ORGANISATION_REMOVE,
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.prepare = check_change,
	.work = remove_work,
	.finish = load_note_result,
};

static int find_sealed(const struct kb_form *form, struct operation *operation)
{
	struct organisation_record record;

	for (u32 i = 0; i < form->protector_count; i++) {
		const struct kb_protector *protector = &form->protectors[i];

		if (protector->kind != KB_PROTECTOR_ESCROW ||
		    !organisation_record_read(protector->opaque, protector->opaque_length, &record))
			continue;
		memcpy(operation->sealed, record.sealed, record.sealed_length);
		operation->sealed_length = record.sealed_length;
		return 0;
	}
	return operation_fail(operation, -ENOENT, "no organisation may open %s", operation->label);
}

/* From the disk: also where it does not load, because the device key is lost, say, which is what it is for. */
static void export_work(struct operation *operation)
{
	struct sealed_form form;
	ssize_t length = form_file_read(operation->uuid, form.bytes);
	int result = length < 0 ? (int)length : 0;

	form.length = length < 0 ? 0 : (size_t)length;
	if (!result)
		result = sealed_form_parse(&form);
	if (result < 0)
		operation_fail_plain(operation, result);
	else
		find_sealed(&form.view, operation);
}

static void export_reply(struct operation *operation, struct writer *writer)
{
	message_add_bytes(writer, KEY_SEALED, operation->sealed, operation->sealed_length);
}

const struct handler handle_organisation_export = {
	.name = OP_ORGANISATION_EXPORT,
	.properties = TAKES_TARGET | NEEDS_BAG,
	.work = export_work,
	.reply = export_reply,
};
