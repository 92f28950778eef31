// SPDX-License-Identifier: GPL-2.0-or-later
#include "reply.h"

#include <errno.h>

#include "common/protocol.h"
#include "connection.h"
#include "keybagd/config/config.h"
#include "watch.h"

static void add_try(struct writer *writer, const struct request_result *result)
{
	message_add_unsigned(writer, KEY_STATE, result->state);
	message_add_unsigned(writer, KEY_FAILURES, result->failures);
	message_add_unsigned(writer, KEY_RETRY_AFTER, result->retry_after_ns);
	message_add_unsigned(writer, KEY_WARNINGS, result->warnings);
}

static void reply_send(struct operation *operation)
{
	struct connection *connection = operation->asker;
	const struct request_result *result = &operation->result;
	uint8_t bytes[4096];
	struct writer writer;

	if (!connection)
		return;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, KEY_ID, operation->id);
	message_add_unsigned(&writer, KEY_ERROR, (uint64_t)-result->error);
	if (result->error)
		message_add_text(&writer, KEY_MESSAGE, result->text);
	if (operation->handler->properties & TELLS_TRY)
		add_try(&writer, result);
	if (result->error == -ENOENT && !operation->bag && operation->handler->properties & OFFERS_CREATE)
		message_add_boolean(&writer, KEY_CREATE_AT_LOGIN, config.create_at_login);
	if (!result->error && operation->handler->reply)
		operation->handler->reply(operation, &writer);
	if (message_finish(&writer) < 0) {
		connection_forget(operation);
		return;
	}
	operation->asker = NULL;
	if (result->error)
		handover_free(&operation->handover);
	if (!connection_reply(connection, bytes, writer.length, operation->handover.descriptor))
		return;
	connection_keep(connection, &operation->handover);
	if (!result->error && operation->handler->properties & WATCHES)
		watch_begin(connection, operation);
}

void reply_end(struct operation *operation, bool dropped)
{
	if (dropped)
		connection_forget(operation);
	else
		reply_send(operation);
}
