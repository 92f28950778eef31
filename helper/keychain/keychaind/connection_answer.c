// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sending answers, in parts where one is not enough.
 */
#include <errno.h>
#include <string.h>

#include "connection.h"
#include "helper/common/transport.h"
#include "helper/keychain/common/cbor.h"

/* Room that an answer's frame takes besides the entries of its result. */
#define FRAME_ROOM	8192

static int send_body(struct connection *connection, uint64_t id, const struct value *body, bool more)
{
	struct handover packed;
	uint8_t bytes[128];
	struct writer writer;
	int result = wire_pack(body, &packed);

	if (result < 0)
		return result;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_ID, id);
	if (more)
		message_add_boolean(&writer, WIRE_FIELD_MORE, true);
	result = message_finish(&writer);
	/* A peer that does not take its answer is not waited for. */
	if (!result)
		result = transport_send(connection->fd, bytes, writer.length, &packed.descriptor, 1);
	if (result < 0) {
		handover_free(&packed);
		return result;
	}
	/* Kept and zeroed later, in case the peer dies before it has done so. */
	cleanup_descriptor(&packed.descriptor);
	packed.descriptor = -1;
	connection->sent = packed;
	return 0;
}

/* Copies entries of @from, from @start on, as far as they fit. Returns where it stopped. */
static size_t copy_entries(const struct value *from, size_t start, struct value *to)
{
	size_t count = value_count(from);
	size_t room = WIRE_MAX_BODY - FRAME_ROOM;
	size_t i;

	for (i = start; i < count; i++) {
		size_t size = cbor_value_size(value_at(from, i));

		if (size > room || !size)
			break;
		room -= size;
		if (value_append(to, value_copy(value_at(from, i))) < 0)
			break;
	}
	return i;
}

int connection_go_on(struct connection *connection, uint64_t id)
{
	const struct value *entries = value_get(connection->rest, "result");
	struct value *body = value_dictionary();
	struct value *part = value_array();
	bool more = false;
	int result = -EPROTO;
	size_t next;

	if (!entries)
		goto out;
	next = copy_entries(entries, connection->rest_next, part);
	/* One entry alone that is longer than a message may be. */
	result = next == connection->rest_next ? -EMSGSIZE : 0;
	if (!result) {
		result = value_set(body, "result", part);
		part = NULL;
	}
	more = next < value_count(entries);
	connection->rest_next = next;
	if (!result)
		result = send_body(connection, id, body, more);
out:
	if (result < 0 || !more) {
		value_free(connection->rest);
		connection->rest = NULL;
	}
	value_free(part);
	value_free(body);
	return result;
}

/* The answer without the entries of its result, which follow when they are asked for. */
static struct value *frame_of(const struct value *answer)
{
	struct value *frame = value_dictionary();
	size_t i;
	int result = frame ? 0 : -ENOMEM;

	for (i = 0; i < value_count(answer) && !result; i++) {
		const char *key = value_key_at(answer, i);

		result = value_set(frame, key, strcmp(key, "result") ?
				   value_copy(value_at(answer, i)) : value_array());
	}
	if (!result)
		return frame;
	value_free(frame);
	return NULL;
}

int connection_answer(struct connection *connection, uint64_t id, struct value *answer)
{
	struct value *frame;
	int result = answer ? send_body(connection, id, answer, false) : -ENOMEM;

	if (result != -EMSGSIZE || !value_is(value_get(answer, "result"), VALUE_ARRAY)) {
		value_free(answer);
		return result;
	}
	frame = frame_of(answer);
	value_free(connection->rest);
	connection->rest = answer;
	connection->rest_next = 0;
	result = frame ? send_body(connection, id, frame, true) : -ENOMEM;
	value_free(frame);
	return result;
}
