// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recovery codes: making one, noting that it was kept or is not wanted.
 */
#include <errno.h>

#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/change.h"
#include "keybagd/secret/organisation_protector.h"
#include "keybagd/secret/protector.h"

static void work_add(struct operation *operation)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct keybag_change change = { .action = KEYBAG_ACTION_ADD_PROTECTOR };
	struct bag_organisation organisation;

	if (load_bag(operation) < 0)
		return;
	organisation = operation->info.organisation;
	if (operation->info.recoveries && !(operation->flags & KEYBAG_RECOVERY_REPLACE)) {
		operation_fail(operation, -EEXIST, "%s has a recovery code: 'keybagctl "
			       "recovery add --replace' voids it and makes another", operation->label);
		return;
	}
	/* One step: the new code is good from the moment on at which the old one is not. */
	change.target = operation->info.recovery_id;
	if (authenticate_prepare(operation) < 0)
		return;
	if (protector_new_recovery(operation, &change.protector, &key, &change.secret) == 0 &&
	    change_apply(operation, &change) == 0)
		organisation_protector_follow(operation, &organisation, ORGANISATION_KEPT, (struct organisation_authority){
			.kind = operation->proof_kind ? operation->proof_kind : KEYBAG_PROTECTOR_NONE, .key = &operation->key,
		});
	authenticate_cancel(operation);
	secret_free(&operation->key);
}

static int prepare_add(struct operation *operation)
{
	if (operation->proof_kind == KEYBAG_PROTECTOR_RECOVERY)
		return operation_fail(operation, -EINVAL,
				      "a recovery code is made with the passcode, not with another code");
	if (operation->type == KEYBAG_TYPE_SYSTEM)
		return operation_fail(operation, -EOPNOTSUPP,
				      "the system keybag belongs to this machine: it has no recovery code");
	return 0;
}

const struct handler handle_recovery_code_add = {
	.name = "recovery-add",
	.properties = TAKES_TARGET | TAKES_PROOF | TAKES_FLAGS | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.flags = KEYBAG_RECOVERY_REPLACE,
	.prepare = prepare_add,
	.work = work_add,
	.finish = load_note_result,
};

static void recovery_code_note(struct operation *operation, uint32_t action)
{
	struct keybag_change change = { .action = action };

	if (load_bag(operation) < 0 || authenticate_check(operation) < 0)
		return;
	if (action == KEYBAG_ACTION_RECOVERY_CONFIRMED && operation->proof_kind == KEYBAG_PROTECTOR_ESCROW) {
		operation_fail(operation, -EINVAL, "that is the code of the organisation, which it keeps: the owner's own is "
			       "confirmed; nothing was tried");
		return;
	}
	if (authenticate_prepare(operation) < 0)
		return;
	if (change_apply(operation, &change) == 0)
		organisation_protector_renew(operation);
	operation->result.warnings |= operation->info.warnings;
	secret_free(&operation->key);
}

static void work_confirm(struct operation *operation)
{
	recovery_code_note(operation, KEYBAG_ACTION_RECOVERY_CONFIRMED);
}

static void work_refuse(struct operation *operation)
{
	recovery_code_note(operation, KEYBAG_ACTION_RECOVERY_REFUSED);
}

static int prepare_confirm(struct operation *operation)
{
	if (operation->proof_kind != KEYBAG_PROTECTOR_RECOVERY)
		return operation_fail(operation, -EINVAL,
				      "the recovery code itself confirms that it was kept");
	return 0;
}

const struct handler handle_recovery_code_confirm = {
	.name = "recovery-confirm",
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.prepare = prepare_confirm,
	.work = work_confirm,
	.finish = load_note_result,
};

const struct handler handle_recovery_code_refuse = {
	.name = "recovery-refuse",
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | TELLS_TRY | NEEDS_KERNEL,
	.work = work_refuse,
	.finish = load_note_result,
};
