// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Destroying a keybag: out of the kernel, overwritten, removed.
 */
#include <errno.h>
#include <string.h>

#include "event_log.h"
#include "form_file.h"
#include "handlers.h"
#include "load.h"
#include "proof.h"
#include "unlock.h"

/* The owner shows that he can open it; a program that merely runs in his name cannot. */
static int prove(struct operation *operation)
{
	struct sealed_form form;

	if (load_bag(operation) < 0 || load_facts(operation, &form) < 0)
		return operation->outcome.error;
	if (!operation->facts.passcode)
		return 0;
	if (proof_prepare(operation, &form) < 0)
		return operation->outcome.error;
	operation->reason = KEYBAG_REASON_REQUEST;
	return unlock_command(operation);
}

static void work(struct operation *operation)
{
	struct keybag_unload command = { .requester = operation_requester(operation) };
	int result;

	if (!operation_privileged(operation) && prove(operation) < 0)
		return;
	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	result = control_call(KEYBAG_IOC_UNLOAD, &command);
	if (result < 0 && result != -ENOENT && result != -ENXIO) {
		outcome_fail_plain(&operation->outcome, result, operation->label);
		return;
	}
	operation->loaded = false;
	result = form_file_destroy(operation->uuid);
	if (result < 0) {
		outcome_fail_plain(&operation->outcome, result, operation->label);
		return;
	}
	operation->on_disk = false;
	log_event("result=destroyed bag=\"%s\" requester-uid=%u requester-pid=%d",
		  operation->label, operation->peer_uid, operation->peer_pid);
}

static void finish(struct operation *operation)
{
	/* One that is gone must not answer to its owner's name. */
	if (!operation->on_disk)
		operation->bag->owner = KEYBAG_UID_NONE;
}

const struct handler handle_destroy = {
	.name = "destroy",
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | TELLS_TRY,
	.work = work,
	.finish = finish,
};
