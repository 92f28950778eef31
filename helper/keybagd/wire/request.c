// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>

#include "common/protocol.h"
#include "keybagd/account/keychain_account.h"
#include "keybagd/bag/module_open.h"
#include "keybagd/bag/queue.h"
#include "keybagd/config/config.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/operation/handlers.h"
#include "reply.h"
#include "request_fields.h"
#include "request_target.h"

/* Answers what could not even be read. */
static const struct handler unreadable = { .name = "?" };

static const struct handler *find_handler(struct message *message)
{
	char name[32];

	if (message_text(message, KEY_OPERATION, name, sizeof(name)) < 0)
		return NULL;
	return handlers_find(name);
}

static int request_read_request(struct operation *operation, struct message *message,
				const int *descriptors)
{
	const struct field *unknown;
	uint64_t version;
	int result;

	if (message_unsigned(message, KEY_VERSION, UINT64_MAX, &version) < 0 ||
	    version != PROTOCOL_VERSION)
		return operation_fail(operation, -EPROTO,
				      "this keybagd speaks version %d of the protocol: install client "
				      "and daemon of the same release", PROTOCOL_VERSION);
	result = request_fields_read(operation, message, descriptors);
	if (result)
		return result;
	if (operation->handler->properties & ROOT_ONLY && !operation_privileged(operation))
		return operation_fail(operation, -EPERM, "'%s' is for root",
				      operation->handler->name);
	if (operation->handler->properties & KEYCHAIN_ONLY &&
	    !keychain_account_is(operation->peer_uid))
		return operation_fail(operation, -EPERM, "'%s' is for keychaind and root",
				      operation->handler->name);
	result = request_target_read(operation, message);
	if (result)
		return result;
	unknown = message_unused(message);
	if (unknown)
		return operation_fail(operation, -EINVAL,
				      "request '%s': unknown field '%.*s'", operation->handler->name,
				      (int)unknown->key_length, unknown->key);
	return request_fields_check_kdf(operation);
}

/* As it is now: keybagd.conf may be read again while a worker goes by it. */
static int take_configured(struct operation *operation)
{
	operation->configured = organisation_copy(config.organisation);
	if (config.organisation && !operation->configured)
		return request_result_fail_plain(&operation->result, -ENOMEM, "request");
	return 0;
}

static int carry_out(struct operation *operation)
{
	const struct handler *handler = operation->handler;
	int result;

	if (operation_has_secret(operation) && queue_is_quiet())
		return operation_fail(operation, -EBUSY, "%s", keybag_error_text(-EBUSY));
	result = module_open(&operation->result);
	if (result < 0 && (!(handler->properties & NEEDS_KERNEL) ||
			   (handler->properties & ANY_MODULE && device_ioctl_is_foreign()))) {
		operation->result = (struct request_result){ 0 };
		result = 0;
	}
	if (!result && handler->properties & TELLS_TRY)
		result = take_configured(operation);
	if (!result && handler->prepare)
		result = handler->prepare(operation);
	if (!result && handler->work)
		result = handler->properties & OF_NO_BAG ? queue_add_alone(operation) : queue_add(operation);
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
	operation->ended = reply_end;
	operation->peer_uid = peer->uid;
	operation->peer_pid = peer->pid;
	message_unsigned(&message, KEY_ID, UINT64_MAX, &operation->id);
	if (handler)
		result = request_read_request(operation, &message, descriptors);
	else
		result = operation_fail(operation, -EINVAL,
					"not a request that this keybagd knows");
	if (!result) {
		result = carry_out(operation);
		/* Queued: it belongs to the queue now, and may be gone already. */
		if (!result && handler->work)
			return;
	}
	operation_end(operation, false);
}
