// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests of keychaind to keybagd.
 */
#include "client.h"

#include <errno.h>

int keybag_client_keychain(struct keybag_client *client, const struct keybag_whose *whose)
{
	struct request request;
	struct message reply;
	int descriptor;
	int result;

	request_start(&request, client, OP_KEYCHAIN, whose);
	request.repeatable = true;
	result = client_call(&request, &reply, &descriptor);
	if (result < 0)
		return result;
	return descriptor < 0 ? client_fail(client, -EPROTO) : descriptor;
}

int keybag_client_program(struct keybag_client *client, pid_t pid,
			  struct keybag_program *ret_program)
{
	struct keybag_program program = { 0 };
	bool traceable;
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_PROGRAM, NULL);
	request.repeatable = true;
	message_add_unsigned(&request.writer, KEY_PID, (uint64_t)pid);
	result = client_call(&request, &reply, NULL);
	if (result < 0)
		return result;
	if (message_unsigned(&reply, KEY_DEVICE, UINT64_MAX, &program.device) < 0)
		return client_fail(client, -ESRCH);
	if (message_unsigned(&reply, KEY_INODE, UINT64_MAX, &program.inode) < 0 ||
	    message_u32(&reply, KEY_MODE, &program.mode) < 0 ||
	    message_u32(&reply, KEY_OWNER, &program.owner) < 0 ||
	    message_u32(&reply, KEY_GROUP, &program.group) < 0 ||
	    message_u32(&reply, KEY_REAL_GROUP, &program.real_group) < 0 ||
	    message_boolean(&reply, KEY_TRACEABLE, &traceable) < 0 ||
	    message_text(&reply, KEY_PATH, program.path, sizeof(program.path)) < 0)
		return client_fail(client, -EPROTO);
	program.traceable = traceable;
	*ret_program = program;
	return 0;
}
