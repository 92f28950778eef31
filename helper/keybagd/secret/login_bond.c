// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_bond.h"

#include <errno.h>

#include "authenticate.h"
#include "change.h"
#include "daemon/log.h"
#include "login_password.h"

int login_bond_check(struct operation *operation)
{
	if (!operation->info.login_verified)
		return operation_fail(operation, -EACCES,
				      "%s: no login has verified that its passcode is the password of the "
				      "account: it lets nobody in", operation->label);
	if (!login_password_is_none(operation->info.owner_name))
		return operation_fail(operation, -EACCES,
				      "%s: the account has a password of its own, or is locked: its "
				      "passcode lets nobody in", operation->label);
	return 0;
}

static void login_bond_change(struct operation *operation)
{
	struct keybag_change change = { .action = KEYBAG_ACTION_LOGIN_VERIFIED };

	if (authenticate_begin(operation) == 0)
		change_apply(operation, &change);
	authenticate_cancel(operation);
}

void login_bond_note(struct operation *operation)
{
	struct request_result before = operation->result;

	if (!operation->verified || !operation_privileged(operation) ||
	    operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE || operation->info.login_verified)
		return;
	login_bond_change(operation);
	if (operation->result.error)
		log_warning("%s: that a login has verified its passcode could not be noted: %s",
			    operation->label, operation->result.text);
	/* The unlock is what was asked for, and it is done. */
	before.warnings |= operation->result.warnings;
	operation->result = before;
}
