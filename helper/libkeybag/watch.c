// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events of keybagd. The watch owns a connection on which, after its request, only events come.
 */
#include <poll.h>
#include <string.h>

#include "client.h"
#include "sized.h"
#include "../common/deadline.h"

struct keybag_watch {
	struct keybag_client *client;
	struct keybag_whose whose;
	bool all;		/* no @whose was given */
};

static int subscribe(struct keybag_watch *watch, uint64_t deadline)
{
	uint64_t now = deadline_now();
	struct request request;
	struct message reply;

	request_start(&request, watch->client, OP_WATCH, watch->all ? NULL : &watch->whose);
	request.repeatable = true;
	keybag_client_set_time_limit(watch->client, deadline > now ? deadline - now : 0);
	return client_call(&request, &reply, NULL);
}

int keybag_watch_new(const struct keybag_whose *whose, struct keybag_watch **ret_watch)
{
	struct keybag_watch *watch = calloc(1, sizeof(*watch));
	int result;

	if (!watch)
		return -ENOMEM;
	watch->all = !whose;
	if (whose)
		watch->whose = *whose;
	result = keybag_client_new(&watch->client);
	if (!result)
		result = subscribe(watch, deadline_after(KEYBAG_CLIENT_TIME_LIMIT_NS));
	if (result < 0) {
		keybag_watch_free(watch);
		return result;
	}
	*ret_watch = watch;
	return 0;
}

void keybag_watch_free(struct keybag_watch *watch)
{
	if (!watch)
		return;
	keybag_client_free(watch->client);
	free(watch);
}

int keybag_watch_fd(const struct keybag_watch *watch)
{
	return watch->client->fd >= 0 ? watch->client->fd : -ECONNREFUSED;
}

static int read_event(struct keybag_client *client, struct keybag_watch_event *ret_event)
{
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct keybag_watch_event event = { 0 };
	struct message message;
	ssize_t length;

	length = transport_receive(client->fd, client->reply, sizeof(client->reply), descriptors);
	if (length <= 0)
		return length == -EAGAIN ? -EAGAIN : -ENOTCONN;
	transport_close(descriptors);
	if (message_parse(&message, client->reply, (size_t)length) < 0 ||
	    message_exact(&message, KEY_UUID, event.uuid, sizeof(event.uuid)) < 0 ||
	    message_u32(&message, KEY_OWNER, &event.owner) < 0 ||
	    message_u32(&message, KEY_STATE, &event.event.state) < 0)
		return -EPROTO;
	message_u32(&message, KEY_REASON, &event.event.reason);
	message_unsigned(&message, KEY_STATE_SEQ, UINT64_MAX, (uint64_t *)&event.event.state_seq);
	message_unsigned(&message, KEY_STATE_TIME, UINT64_MAX, (uint64_t *)&event.event.time_ns);
	message_u32(&message, KEY_REQUESTER_UID, &event.event.requester.uid);
	message_u32(&message, KEY_REQUESTER_PID, &event.event.requester.pid);
	*ret_event = event;
	return 0;
}

int keybag_watch_next_sized(struct keybag_watch *watch, uint64_t timeout_ns, void *ret_event, size_t size)
{
	struct keybag_watch_event event;
	struct keybag_client *client = watch->client;
	uint64_t deadline = deadline_after(timeout_ns);
	int result;

	for (;;) {
		if (client->fd < 0) {
			result = subscribe(watch, deadline);
			if (result == -ECONNREFUSED && deadline_pause(deadline) == 0)
				continue;
			if (result < 0)
				return result;
		}
		result = deadline_poll(client->fd, POLLIN, deadline);
		if (!result)
			result = read_event(client, &event);
		if (!result)
			sized_give(ret_event, size, &event, sizeof(event));
		if (!result || result == -ETIMEDOUT || result == -EPROTO)
			return result;
		if (result == -EAGAIN)
			continue;
		cleanup_descriptor(&client->fd);
		client->fd = -1;
	}
}
