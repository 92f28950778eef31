/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stand-ins for keychaind and keybagd that speak their protocols, and answer requests as a test says, late, or never. Before it the
 * test includes the public header of the keychain, whose KEYCHAIN_ACCOUNT is a word of the daemons' protocol, too.
 */
#ifndef TEST_KEYCHAIND_STAND_IN_H
#define TEST_KEYCHAIND_STAND_IN_H

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/keychain/transport/wire.h"
#include "stand_in.h"
#include "libkeybag/keybag.h"

#define KEYCHAIND	"keychaind.sock"

/* ---- the daemons ---- */

static struct stand_in keybagd, keychaind;
static struct value *(*respond)(const struct value *request);	/* NULL is returned where the answer is to come later */
static atomic_bool hangs, told_state;
static bool bad_state;

static void send_plain(int fd, const char *key, uint64_t number, int descriptor)
{
	static const uint8_t nonce[WIRE_NONCE_SIZE];
	uint8_t bytes[128];
	struct writer writer;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, key, number);
	message_add_bytes(&writer, WIRE_FIELD_NONCE, nonce, sizeof(nonce));
	stand_in_send(fd, &writer, descriptor);
}

static bool answer_one(struct stand_in *daemon, int fd)
{
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct value *request = NULL, *answer;
	uint8_t bytes[MESSAGE_MAX_SIZE];
	struct handover body = HANDOVER_NONE;
	struct message message;
	uint64_t id = 0;

	if (!stand_in_receive(daemon, fd, bytes, &message, descriptors))
		return false;
	/* It is zeroed where its sender has ended. */
	if (message_unsigned(&message, WIRE_FIELD_ID, UINT64_MAX, &id) || wire_unpack(descriptors[0], 1024, &request)) {
		transport_close(descriptors);
		return false;
	}
	transport_close(descriptors);
	answer = respond(request);
	if (answer && wire_pack(answer, &body))
		abort();
	if (answer)
		send_plain(fd, WIRE_FIELD_ID, id, body.descriptor);
	/* Until it was taken: it would be zeroed. */
	for (int i = 0; answer && i < 2000 && !handover_was_read(&body); i++)
		usleep(1000);
	handover_free(&body);
	value_free(answer);
	value_free(request);
	return true;
}

static void serve_items(struct stand_in *daemon, int fd)
{
	while (atomic_load(&hangs))
		usleep(1000);
	send_plain(fd, WIRE_FIELD_VERSION, WIRE_VERSION, -1);
	while (answer_one(daemon, fd))
		;
}

static void serve_closing(struct stand_in *daemon, int fd)
{
	uint8_t bytes[64];
	struct writer writer;

	(void)daemon;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_boolean(&writer, WIRE_FIELD_CLOSING, true);
	stand_in_send(fd, &writer, -1);
}

static void serve_refusal(struct stand_in *daemon, int fd)
{
	uint8_t bytes[128];
	struct writer writer;

	(void)daemon;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_ERROR, EPERM);
	message_add_text(&writer, WIRE_FIELD_MESSAGE, "not for you");
	stand_in_send(fd, &writer, -1);
}

static void serve_states(struct stand_in *daemon, int fd)
{
	uint8_t bytes[MESSAGE_MAX_SIZE], uuid[KEYBAG_UUID_SIZE] = { 1 }, told[128];
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct message request;
	struct writer writer;
	uint64_t id = 0;

	if (!stand_in_receive(daemon, fd, bytes, &request, descriptors) || message_unsigned(&request, KEY_ID, UINT64_MAX, &id))
		return;
	message_start(&writer, told, sizeof(told));
	message_add_unsigned(&writer, KEY_ID, id);
	message_add_unsigned(&writer, KEY_ERROR, 0);
	stand_in_send(fd, &writer, -1);
	message_start(&writer, told, sizeof(told));
	message_add_text(&writer, KEY_EVENT, KEY_STATE);
	if (!bad_state)
		message_add_bytes(&writer, KEY_UUID, uuid, sizeof(uuid));
	message_add_unsigned(&writer, KEY_OWNER, 0);
	message_add_unsigned(&writer, KEY_STATE, KEYBAG_STATE_UNLOCKED);
	stand_in_send(fd, &writer, -1);
	atomic_store(&told_state, true);
	stand_in_receive(daemon, fd, bytes, &request, descriptors);
}

static struct value *must(struct value *value)
{
	return value ? value : (abort(), NULL);
}

static struct value *answer_with(struct value *status, struct value *result)
{
	struct value *answer = must(value_dictionary());

	if (status)
		value_set(answer, "status", status);
	if (result)
		value_set(answer, "result", result);
	return answer;
}

static struct value *part(const struct value *request, const char *section, const char *key)
{
	return value_get(value_get(request, section), key);
}

#endif
