// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Destroying a keybag: out of the kernel, overwritten, removed.
 */
#include <errno.h>
#include <string.h>

#include "handlers.h"
#include "keybagd/bag/destruction.h"
#include "keybagd/bag/load.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/log/event_log.h"
#include "keybagd/secret/authenticate.h"
#include "keybagd/secret/passcode_guard.h"
#include "keybagd/secret/password_mismatch.h"
#include "keybagd/secret/unlock_command.h"
#include "keybagd/secret/wrong_passcode.h"

/* The owner shows that the keybag opens; a program that merely runs in the owner's name cannot. */
static int destroy_prove(struct operation *operation)
{
	if (load_bag(operation) < 0)
		return operation->result.error;
	if (!operation->info.passcode)
		return 0;
	if (authenticate_prepare(operation) < 0)
		return operation->result.error;
	operation->reason = KEYBAG_REASON_REQUEST;
	/* Not even for a moment: the screen may be locked, and what follows may fail. */
	operation->flags = KEYBAG_UNLOCK_CHECK;
	return unlock_command(operation);
}

/* Only by a form that the kernel takes it is sure whose the index in the TPM is. */
static void learn_guard(struct operation *operation)
{
	struct request_result before = operation->result;

	if (!operation->info.guarded || operation->info.accepted)
		return;
	load_bag(operation);
	operation->result = before;
}

static void destroy_work(struct operation *operation)
{
	struct keybag_unload command = { .requester = operation_requester(operation) };
	int result;

	if (!operation_privileged(operation) && destroy_prove(operation) < 0)
		return;
	learn_guard(operation);
	memcpy(command.uuid, operation->uuid, sizeof(command.uuid));
	result = device_ioctl(KEYBAG_IOC_UNLOAD, &command);
	if (result < 0 && result != -ENOENT && result != -ENXIO) {
		operation_fail_plain(operation, result);
		return;
	}
	operation->loaded = false;
	password_mismatch_forget(operation->uuid);
	wrong_passcode_forget(operation->uuid);
	passcode_guard_note_destruction(operation);
	if (destruction_carry_out(operation, &operation->result) < 0)
		return;
	passcode_guard_settle(operation);
	event_log("result=destroyed bag=\"%s\" requester-uid=%u requester-pid=%d",
		  operation->label, operation->peer_uid, operation->peer_pid);
}

static void destroy_finish(struct operation *operation)
{
	/* One that is gone must not answer to its owner's name. */
	if (!operation->on_disk)
		operation->bag->owner = KEYBAG_UID_NONE;
}

const struct handler handle_destroy = {
	.name = "destroy",
	.properties = TAKES_TARGET | TAKES_PROOF | NEEDS_BAG | TELLS_TRY,
	.work = destroy_work,
	.finish = destroy_finish,
};
