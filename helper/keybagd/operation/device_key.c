// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device key: where it is, and moving it.
 */
#include <errno.h>

#include "common/protocol.h"
#include "handlers.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/kernel/device_key_move.h"
#include "libkeybag/device_key.h"

static void reply(struct operation *operation, struct writer *writer)
{
	struct device_key_state state;

	(void)operation;
	device_key_look(&state);
	message_add_unsigned(writer, KEY_KEY_PLACE, state.source);
	message_add_unsigned(writer, KEY_KEY_FLAGS, state.flags);
	if (!state.why_not.error)
		return;
	message_add_unsigned(writer, KEY_KEY_ERROR, (uint64_t)-state.why_not.error);
	message_add_text(writer, KEY_KEY_MESSAGE, state.why_not.text);
}

const struct handler handle_device_key = {
	.name = OP_DEVICE_KEY,
	.properties = ROOT_ONLY,
	.reply = reply,
};

static int move_prepare(struct operation *operation)
{
	if (operation->flags == KEYBAG_DEVICE_KEY_TO_TPM || operation->flags == KEYBAG_DEVICE_KEY_TO_FILE)
		return 0;
	return operation_fail(operation, -EINVAL, "the device key is moved to the TPM or to the file");
}

static void move_work(struct operation *operation)
{
	struct request_result failure = { 0 };
	int result;

	if (operation->flags & KEYBAG_DEVICE_KEY_TO_TPM)
		result = device_key_move_to_tpm(&operation->result);
	else
		result = device_key_move_to_file(&operation->result);
	/* The TPM may open it now, which it did not before; what fails still is told by status. */
	if (!result)
		device_key_supply_anew(&failure);
}

const struct handler handle_device_key_move = {
	.name = OP_DEVICE_KEY_MOVE,
	.properties = ROOT_ONLY | TAKES_FLAGS | OF_NO_BAG,
	.flags = KEYBAG_DEVICE_KEY_TO_TPM | KEYBAG_DEVICE_KEY_TO_FILE,
	.prepare = move_prepare,
	.work = move_work,
	.reply = reply,
};
