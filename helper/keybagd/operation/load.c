// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading a keybag.
 */
#include <errno.h>

#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/secret/passcode_guard.h"
#include "status.h"

static int load_prepare(struct operation *operation)
{
	if (operation->flags & KEYBAG_LOAD_RENAMED && !operation_privileged(operation))
		return operation_fail(operation, -EPERM,
				      "accepting a renamed account is for root");
	operation->accept_renamed = operation->flags & KEYBAG_LOAD_RENAMED;
	return 0;
}

static void load_work(struct operation *operation)
{
	/* A change that was cut off has left indexes in the TPM, perhaps. */
	if (load_bag(operation) == 0)
		passcode_guard_settle(operation);
}

const struct handler handle_load = {
	.name = "load",
	.properties = TAKES_TARGET | TAKES_FLAGS | NEEDS_BAG | NEEDS_KERNEL,
	.flags = KEYBAG_LOAD_RENAMED,
	.prepare = load_prepare,
	.work = load_work,
	.finish = load_note_result,
	.reply = status_reply,
};
