// SPDX-License-Identifier: GPL-2.0-or-later
#include "reply.h"

#include <errno.h>

#include "common/protocol.h"
#include "connection.h"

static void add_try(struct writer *writer, const struct outcome *outcome)
{
	message_add_unsigned(writer, KEY_STATE, outcome->state);
	message_add_unsigned(writer, KEY_FAILURES, outcome->failures);
	message_add_unsigned(writer, KEY_RETRY_AFTER, outcome->retry_after_ns);
	message_add_unsigned(writer, KEY_WARNINGS, outcome->warnings);
}

void reply_send(struct operation *operation)
{
	struct connection *connection = operation->connection;
	const struct outcome *outcome = &operation->outcome;
	uint8_t bytes[4096];
	struct writer writer;

	if (!connection)
		return;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, KEY_ID, operation->id);
	message_add_unsigned(&writer, KEY_ERROR, (uint64_t)-outcome->error);
	if (outcome->error)
		message_add_text(&writer, KEY_MESSAGE, outcome->text);
	if (operation->handler->properties & TELLS_TRY)
		add_try(&writer, outcome);
	if (!outcome->error && operation->handler->reply)
		operation->handler->reply(operation, &writer);
	if (message_finish(&writer) < 0) {
		connection_forget(operation);
		return;
	}
	operation->connection = NULL;
	if (outcome->error)
		handover_free(&operation->handover);
	if (!connection_reply(connection, bytes, writer.length, operation->handover.descriptor))
		return;
	handover_sent(&operation->handover);
	if (!outcome->error && operation->handler->replied)
		operation->handler->replied(operation, connection);
}

void reply_uuid(struct operation *operation, struct writer *writer)
{
	message_add_bytes(writer, KEY_UUID, operation->uuid, sizeof(operation->uuid));
}
