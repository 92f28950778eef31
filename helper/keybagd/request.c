// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "connection.h"
#include "fields.h"
#include "handlers.h"
#include "kernel.h"
#include "keychain.h"
#include "queue.h"
#include "reply.h"
#include "target.h"

static const struct handler *const handlers[] = {
	&handle_create, &handle_recover, &handle_destroy, &handle_status, &handle_list,
	&handle_watch, &handle_unlock, &handle_lock, &handle_evict, &handle_ticket_new,
	&handle_ticket_redeem, &handle_set_passcode, &handle_remove_passcode,
	&handle_recovery_add, &handle_recovery_confirm, &handle_recovery_refuse,
	&handle_load, &handle_unload, &handle_keychain, &handle_program,
};

/* Answers what could not even be read. */
static const struct handler unreadable = { .name = "?" };

static const struct handler *find_handler(struct message *message)
{
	char name[32];
	size_t i;

	if (message_text(message, KEY_OPERATION, name, sizeof(name)) < 0)
		return NULL;
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (!strcmp(handlers[i]->name, name))
			return handlers[i];
	return NULL;
}

static int read_request(struct operation *operation, struct message *message,
			const int *descriptors)
{
	const struct field *unknown;
	uint64_t version;
	int result;

	if (message_unsigned(message, KEY_VERSION, UINT64_MAX, &version) < 0 ||
	    version != PROTOCOL_VERSION)
		return outcome_fail(&operation->outcome, -EPROTO,
				    "this keybagd speaks version %d of the protocol: install client "
				    "and daemon of the same release", PROTOCOL_VERSION);
	result = fields_read(operation, message, descriptors);
	if (result)
		return result;
	if (operation->handler->properties & ROOT_ONLY && !operation_privileged(operation))
		return outcome_fail(&operation->outcome, -EPERM, "'%s' is for root",
				    operation->handler->name);
	if (operation->handler->properties & KEYCHAIN_ONLY &&
	    !keychain_is_peer(operation->peer_uid))
		return outcome_fail(&operation->outcome, -EPERM, "'%s' is for keychaind and root",
				    operation->handler->name);
	result = target_read(operation, message);
	if (result)
		return result;
	unknown = message_unused(message);
	if (unknown)
		return outcome_fail(&operation->outcome, -EINVAL,
				    "request '%s': unknown field '%.*s'", operation->handler->name,
				    (int)unknown->key_length, unknown->key);
	return fields_check_kdf(operation);
}

static int carry_out(struct operation *operation)
{
	const struct handler *handler = operation->handler;
	int result = kernel_open(&operation->outcome);

	if (result < 0 && !(handler->properties & NEEDS_KERNEL)) {
		operation->outcome = (struct outcome){ 0 };
		result = 0;
	}
	if (!result && handler->prepare)
		result = handler->prepare(operation);
	if (!result && handler->work)
		result = queue_add(operation);
	return result;
}

void request_handle(struct connection *connection, const struct ucred *peer, const uint8_t *bytes,
		    size_t length, const int *descriptors)
{
	const struct handler *handler = NULL;
	struct operation *operation;
	struct message message;
	int result;

	if (!message_parse(&message, bytes, length))
		handler = find_handler(&message);
	else
		message.count = 0;
	operation = operation_new(handler ? handler : &unreadable);
	if (!operation) {
		connection_drop(connection);
		return;
	}
	connection_begin(connection, operation);
	operation->peer_uid = peer->uid;
	operation->peer_pid = peer->pid;
	message_unsigned(&message, KEY_ID, UINT64_MAX, &operation->id);
	if (handler)
		result = read_request(operation, &message, descriptors);
	else
		result = outcome_fail(&operation->outcome, -EINVAL,
				      "not a request that this keybagd knows");
	if (!result) {
		result = carry_out(operation);
		/* Queued: it belongs to the queue now, and may be gone already. */
		if (!result && handler->work)
			return;
	}
	reply_send(operation);
	operation_free(operation);
}
