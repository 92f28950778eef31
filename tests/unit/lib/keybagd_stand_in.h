/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stand-in for keybagd that tells states.
 */
#ifndef UNIT_KEYBAGD_STAND_IN_H
#define UNIT_KEYBAGD_STAND_IN_H

#include <stdint.h>

#include "helper/common/protocol.h"
#include "libkeybag/keybag.h"
#include "stand_in.h"

/* Answers a request to be told states, and @delay microseconds later tells this one. @whole: it says of which keybag. False: none came. */
static inline bool keybagd_tell(struct stand_in *daemon, int fd, uint32_t state, useconds_t delay, bool whole)
{
	uint8_t bytes[MESSAGE_MAX_SIZE], uuid[KEYBAG_UUID_SIZE] = { 1 }, told[128];
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct message request;
	struct writer writer;
	uint64_t id = 0;

	if (!stand_in_receive(daemon, fd, bytes, &request, descriptors) || message_unsigned(&request, KEY_ID, UINT64_MAX, &id))
		return false;
	message_start(&writer, told, sizeof(told));
	message_add_unsigned(&writer, KEY_ID, id);
	message_add_unsigned(&writer, KEY_ERROR, 0);
	stand_in_send(fd, &writer, -1);
	usleep(delay);
	message_start(&writer, told, sizeof(told));
	message_add_text(&writer, KEY_EVENT, KEY_STATE);
	if (whole)
		message_add_bytes(&writer, KEY_UUID, uuid, sizeof(uuid));
	message_add_unsigned(&writer, KEY_OWNER, 0);
	message_add_unsigned(&writer, KEY_STATE, state);
	stand_in_send(fd, &writer, -1);
	return true;
}

#endif /* UNIT_KEYBAGD_STAND_IN_H */
