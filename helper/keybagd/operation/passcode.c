// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Setting, changing and removing the passcode.
 */
#include <errno.h>

#include "handlers.h"
#include "keybagd/bag/bag_lock.h"
#include "keybagd/bag/load.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/change.h"
#include "keybagd/secret/organisation_protector.h"
#include "keybagd/secret/passcode_guard.h"
#include "keybagd/secret/password_mismatch.h"
#include "keybagd/secret/protector.h"
#include "libkeybag/passcode_tpm.h"
#include "unlock.h"

/*
 * An organisation that was let in while anyone could have done that has no way in behind a passcode: it is dropped
 * with the others whose secret is not at hand, and told.
 */
static void follow(struct operation *operation, const struct bag_organisation *before, struct secret *key)
{
	struct organisation_authority authority = {
		.kind = operation->new_passcode ? KEYBAG_PROTECTOR_PASSCODE : KEYBAG_PROTECTOR_NONE, .key = key,
	};

	organisation_protector_renew(operation);
	organisation_protector_follow(operation, before, (operation->new_passcode ? ORGANISATION_CONFIGURED : 0) |
				      (operation->first_passcode ? 0 : ORGANISATION_KEPT), authority);
}

static void passcode_work(struct operation *operation, uint32_t action)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct keybag_change change = { .action = action };
	struct bag_organisation organisation;

	if (load_bag(operation) < 0)
		return;
	organisation = operation->info.organisation;
	operation->first_passcode = !operation->info.passcode;
	if (action == KEYBAG_ACTION_REMOVE_PASSCODE && !operation->info.passcode) {
		operation_fail(operation, -ENOENT, "%s has no passcode", operation->label);
		return;
	}
	/* Perhaps the login password was changed just now, and is the passcode again. */
	password_mismatch_forget(operation->uuid);
	if (authenticate_prepare(operation) < 0)
		return;
	if (protector_new_passcode(operation, &change.protector, &key, &change.secret) < 0) {
		authenticate_cancel(operation);
		return;
	}
	if (passcode_guard_make(operation, &key, &change.protector, &change.secret) < 0) {
		authenticate_cancel(operation);
		passcode_guard_settle(operation);
		return;
	}
	if (change_apply(operation, &change) == 0) {
		struct keybag_status status;

		if (device_ioctl_status(operation->uuid, &status) == 0)
			operation->result.state = status.state;
		follow(operation, &organisation, &key);
		operation->result.warnings |= operation->info.warnings;
	}
	passcode_guard_settle(operation);
	secret_free(&operation->key);
	secret_free(&operation->hardware);
	secret_free(&operation->new_hardware);
}

static void work_set(struct operation *operation)
{
	passcode_work(operation, KEYBAG_ACTION_SET_PASSCODE);
}

static void work_remove(struct operation *operation)
{
	passcode_work(operation, KEYBAG_ACTION_REMOVE_PASSCODE);
}

static int no_system_keybag(struct operation *operation)
{
	if (operation->type != KEYBAG_TYPE_SYSTEM)
		return 0;
	return operation_fail(operation, -EOPNOTSUPP,
			      "the system keybag never has a passcode");
}

static int prepare_set(struct operation *operation)
{
	if (operation->flags & KEYBAG_PASSCODE_NO_TPM && operation->flags & ~KEYBAG_PASSCODE_NO_TPM)
		return operation_fail(operation, -EINVAL, "%s: a passcode is checked by the TPM or not, not both",
				      operation->label);
	if (!operation->new_passcode)
		return operation_fail(operation, -EINVAL, "%s: the new passcode is missing",
				      operation->label);
	return no_system_keybag(operation);
}

/* The first passcode: until now it could not lock, and a lock that came before, or meanwhile, has passed it over. */
static void finish_set(struct operation *operation)
{
	load_note_result(operation);
	if (operation->result.error)
		return;
	if (atomic_load(&operation->passed_over))
		bag_lock_late(operation->bag, "a lock came while it was given its passcode");
	else if (operation->first_passcode && unlock_is_at_lock(operation->owner))
		bag_lock_late(operation->bag, "its sessions were locked when it was given its passcode");
}

const struct handler handle_set_passcode = {
	.name = "set-passcode",
	.properties = TAKES_TARGET | TAKES_PROOF | TAKES_PASSCODE | TAKES_KDF | NEEDS_BAG |
		      TAKES_FLAGS | TELLS_TRY | NEEDS_KERNEL | LOCKS_LATE,
	.flags = KEYBAG_PASSCODE_TPM | KEYBAG_PASSCODE_NO_TPM | KEYBAG_PASSCODE_TPM_IF_THERE | KEYBAG_PASSCODE_NO_RECOVERY,
	.prepare = prepare_set,
	.work = work_set,
	.finish = finish_set,
};

const struct handler handle_remove_passcode = {
	.name = "remove-passcode",
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.prepare = no_system_keybag,
	.work = work_remove,
	.finish = load_note_result,
};
