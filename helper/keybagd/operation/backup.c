// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Backup keybags: made, and opened from their form, for whoever proves a secret of the keybag, each time. The descriptor
 * goes to keychaind, which asks for it with the ticket that the user's program has passed on.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "common/protocol.h"
#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/config/config.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/log/event_log.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/backup_ticket.h"
#include "keybagd/secret/kdf.h"
#include "keybagd/secret/organisation_protector.h"
#include "keybagd/secret/unlock_command.h"

/* Enough for 100 000 items on a slow machine; a lock ends it before. */
#define LIFETIME_NS	(1800ULL * 1000000000)

static int backup_explain(struct operation *operation, int error)
{
	switch (error) {
	case -EKEYREJECTED:
		return operation_fail(operation, error, "this is not the password of the backup: try again, with the one that "
				      "it was made with");
	case -EBADMSG:
		return operation_fail(operation, error, "the head of the backup is damaged: take another copy of the file");
	case -EPROTONOSUPPORT:
		return operation_fail(operation, error, "a newer release made the backup: restore it with that");
	default:
		return operation_fail_plain(operation, error);
	}
}

static int need_module(struct operation *operation, int fd)
{
	struct keybag_version version;
	int result = keybag_version(fd, &version);

	if (result < 0)
		return operation_fail_plain(operation, result);
	if (version.flags & KEYBAG_VERSION_BACKUP)
		return 0;
	return operation_fail(operation, -EOPNOTSUPP, "the module that is loaded is of an older release and knows no backups: "
			      "restart the machine, or load the module that is installed");
}

/* A command on a descriptor of its own, which becomes that of the backup keybag, for keychaind. */
static int backup_command(struct operation *operation, unsigned long number, void *command)
{
	CLEANUP_FD int fd = keybag_open();
	int result;

	if (fd < 0)
		return operation_fail_plain(operation, fd);
	result = need_module(operation, fd);
	if (result < 0)
		return result;
	do {
		result = ioctl(fd, number, command) < 0 ? -errno : 0;
	} while (result == -EINTR);
	if (result < 0)
		return backup_explain(operation, result);
	result = keybag_restrict(fd, KEYBAG_RIGHT_ALL, KEYBAG_CLASSES_ALL, KEYCHAIN_DOMAIN);
	if (result < 0)
		return operation_fail_plain(operation, result);
	operation->backup = take_descriptor(&fd);
	return 0;
}

/* The keybag is not opened by that, and the try counts as any. */
static int prove(struct operation *operation)
{
	int result;

	if (authenticate_prepare(operation) < 0)
		return operation->result.error;
	if (!operation->proof_kind)
		return 0;
	operation->flags = KEYBAG_UNLOCK_CHECK;
	operation->reason = KEYBAG_REASON_REQUEST;
	result = unlock_command(operation);
	if (!result)
		organisation_protector_renew(operation);
	secret_free(&operation->key);
	return result;
}

static int derive(struct operation *operation, const uint8_t salt[KEYBAG_SALT_SIZE], struct secret *ret_key)
{
	int result = kdf_derive(&operation->kdf, salt, &operation->passcode, ret_key);

	if (result < 0)
		return operation_fail(operation, result, "not enough memory for the backup's password (%u KiB): close something "
				      "and try again", operation->kdf.memory_kib);
	return 0;
}

static struct keybag_secret secret_of(const struct secret *key)
{
	return (struct keybag_secret){
		.secret = (uintptr_t)key->data,
		.secret_length = (uint32_t)key->length,
		.kind = KEYBAG_PROTECTOR_BACKUP,
	};
}

static void work_create(struct operation *operation)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct keybag_backup_create command = {
		.owner = operation->owner,
		.lifetime_ns = LIFETIME_NS,
		.protector = {
			.kdf_memory_kib = operation->kdf.memory_kib,
			.kdf_passes = operation->kdf.passes,
			.kdf_lanes = operation->kdf.lanes,
		},
	};

	if (load_bag(operation) < 0 || prove(operation) < 0)
		return;
	operation->form = malloc(KEYBAG_MAX_FORM);
	command.form = (struct keybag_buffer){ .address = (uintptr_t)operation->form, .capacity = KEYBAG_MAX_FORM };
	if (!operation->form || getrandom(command.protector.salt, KEYBAG_SALT_SIZE, 0) != KEYBAG_SALT_SIZE) {
		operation_fail_plain(operation, operation->form ? -EIO : -ENOMEM);
		return;
	}
	if (derive(operation, command.protector.salt, &key) < 0)
		return;
	command.secret = secret_of(&key);
	if (backup_command(operation, KEYBAG_IOC_BACKUP_CREATE, &command) == 0)
		operation->form_length = command.form.length;
}

/* The only protector of the form, whose view lasts as long as @form; or an error in the result. */
static const struct kb_protector *read_form(struct operation *operation, struct sealed_form *form)
{
	const struct kb_protector *protector;
	int result;

	form->length = operation->form_length;
	memcpy(form->bytes, operation->form, form->length);
	result = sealed_form_parse(form);
	if (result < 0) {
		backup_explain(operation, result);
		return NULL;
	}
	protector = kb_form_protector_of(&form->view, KB_PROTECTOR_BACKUP);
	if (!protector)
		operation_fail(operation, -EINVAL, "this is the file of a keybag, and no backup");
	return protector;
}

static void work_open(struct operation *operation)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	const struct kb_protector *protector;
	struct sealed_form form;
	struct keybag_backup_open command = {
		.owner = operation->owner,
		.form = (uintptr_t)operation->form,
		.form_length = (uint32_t)operation->form_length,
		.lifetime_ns = LIFETIME_NS,
	};

	if (load_bag(operation) < 0 || prove(operation) < 0)
		return;
	protector = read_form(operation, &form);
	if (!protector || derive(operation, protector->salt, &key) < 0)
		return;
	command.secret = secret_of(&key);
	if (backup_command(operation, KEYBAG_IOC_BACKUP_OPEN, &command) == 0)
		operation->backup_flags = command.flags;
}

static void finish(struct operation *operation)
{
	int result;

	load_note_result(operation);
	if (operation->result.error)
		return;
	result = backup_ticket_keep(operation);
	if (result < 0) {
		operation_fail_plain(operation, result);
		return;
	}
	event_log("result=%s bag=\"%s\" requester-uid=%u requester-pid=%d",
		  operation->form_length && operation->handler == &handle_backup_open ? "backup-opened" : "backup-created",
		  operation->label, operation->peer_uid, operation->peer_pid);
}

static int refuse_system(struct operation *operation)
{
	return operation_fail(operation, -EOPNOTSUPP, "the system keybag belongs to its machine: what is under it is not backed up");
}

static int prepare_create(struct operation *operation)
{
	if (operation->type == KEYBAG_TYPE_SYSTEM)
		return refuse_system(operation);
	if (!operation->new_passcode)
		return operation_fail(operation, -EINVAL, "the password of the backup is missing");
	return 0;
}

/* The cost is what the form says: within what the format has, and, of users, what theirs may cost. */
static int take_kdf(struct operation *operation, const struct kb_protector *protector)
{
	operation->kdf = (struct keybag_kdf){
		.memory_kib = protector->kdf_memory_kib,
		.passes = protector->kdf_passes,
		.lanes = protector->kdf_lanes,
	};
	if (operation_privileged(operation) || config_kdf_cost(&operation->kdf) <= config_kdf_cost_limit())
		return 0;
	return operation_fail(operation, -EINVAL, "the password of the backup costs more to check than users may ask for: have "
			      "root restore it");
}

static int prepare_open(struct operation *operation)
{
	const struct kb_protector *protector;
	int result = prepare_create(operation);
	struct sealed_form form;

	if (result < 0)
		return result;
	protector = read_form(operation, &form);
	return protector ? take_kdf(operation, protector) : operation->result.error;
}

static void reply_create(struct operation *operation, struct writer *writer)
{
	message_add_bytes(writer, KEY_TICKET, operation->ticket, sizeof(operation->ticket));
	message_add_bytes(writer, KEY_FORM, operation->form, operation->form_length);
}

static void reply_open(struct operation *operation, struct writer *writer)
{
	message_add_bytes(writer, KEY_TICKET, operation->ticket, sizeof(operation->ticket));
	message_add_unsigned(writer, KEY_FLAGS, operation->backup_flags);
}

const struct handler handle_backup_create = {
	.name = "backup-create",
	.properties = TAKES_TARGET | TAKES_PROOF | TAKES_PASSCODE | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.prepare = prepare_create,
	.work = work_create,
	.finish = finish,
	.reply = reply_create,
};

const struct handler handle_backup_open = {
	.name = "backup-open",
	.properties = TAKES_TARGET | TAKES_PROOF | TAKES_PASSCODE | TAKES_FORM | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.prepare = prepare_open,
	.work = work_open,
	.finish = finish,
	.reply = reply_open,
};

static int prepare_redeem(struct operation *operation)
{
	int fd = backup_ticket_use(operation->owner, operation->ticket);

	if (fd < 0)
		return operation_fail(operation, -EKEYEXPIRED, "this ticket of a backup is used up, or more than a minute old: begin "
				      "again");
	operation->handover.descriptor = fd;
	return 1;
}

const struct handler handle_backup_redeem = {
	.name = "backup-redeem",
	.properties = TAKES_TARGET | TAKES_TICKET | NEEDS_BAG | NEEDS_KERNEL | KEYCHAIN_ONLY,
	.prepare = prepare_redeem,
};
