/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stand-in for keychaind that speaks its protocol and answers as a test says, late, or never.
 */
#ifndef TEST_KEYCHAIND_STAND_IN_H
#define TEST_KEYCHAIND_STAND_IN_H

#include <stdlib.h>
#include <unistd.h>

#include "helper/keychain/transport/wire.h"
#include "stand_in.h"

static inline void keychaind_send(int fd, const char *key, uint64_t number, int descriptor)
{
	static const uint8_t nonce[WIRE_NONCE_SIZE];
	uint8_t bytes[128];
	struct writer writer;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, key, number);
	message_add_bytes(&writer, WIRE_FIELD_NONCE, nonce, sizeof(nonce));
	stand_in_send(fd, &writer, descriptor);
}

/*
 * Answers one request by @respond, which keeps it, and returns NULL where the answer is to come later. Returns false at the
 * connection's end.
 */
static inline bool keychaind_answer(struct stand_in *daemon, int fd, struct value *(*respond)(const struct value *request))
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
		keychaind_send(fd, WIRE_FIELD_ID, id, body.descriptor);
	/* Until it was taken: it would be zeroed. */
	for (int i = 0; answer && i < 2000 && !handover_was_read(&body); i++)
		usleep(1000);
	handover_free(&body);
	value_free(answer);
	value_free(request);
	return true;
}

#endif
