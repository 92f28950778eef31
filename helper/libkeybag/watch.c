// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events of keybagd. The watch owns a connection on which, after its request and the reply to that, only events come.
 */
#include <poll.h>
#include <stddef.h>
#include <string.h>

#include "client.h"
#include "sized.h"
#include "../common/cancellation.h"
#include "../common/deadline.h"

struct keybag_watch {
	struct keybag_client *client;
	struct keybag_whose whose;
	bool all;		/* no @whose was given */
	bool asked;		/* the reply to the request has not come yet */
};

/* Root's request without a keybag is about all of them. */
static void start_request(struct request *request, const struct keybag_watch *watch)
{
	const struct keybag_whose own = { .by = KEYBAG_WHOSE_UID, .uid = geteuid() };
	const struct keybag_whose *whose = watch->whose.by == KEYBAG_WHOSE_OWN ? &own : &watch->whose;

	request_start(request, watch->client, OP_WATCH, watch->all ? NULL : whose);
	request->repeatable = true;
}

int keybag_watch_new_within(const struct keybag_whose *whose, uint64_t limit_ns, struct keybag_watch **ret_watch)
{
	struct keybag_watch *watch = calloc(1, sizeof(*watch));
	struct request request;
	struct message reply;
	int result;

	if (!watch)
		return -ENOMEM;
	watch->all = !whose;
	if (whose)
		watch->whose = *whose;
	result = keybag_client_new(&watch->client);
	if (!result) {
		keybag_client_set_time_limit(watch->client, limit_ns);
		start_request(&request, watch);
		result = client_call(&request, &reply, NULL);
	}
	if (result < 0) {
		keybag_watch_free(watch);
		return result;
	}
	*ret_watch = watch;
	return 0;
}

int keybag_watch_new(const struct keybag_whose *whose, struct keybag_watch **ret_watch)
{
	return keybag_watch_new_within(whose, KEYBAG_CLIENT_TIME_LIMIT_NS, ret_watch);
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
	return watch->client->socket.number >= 0 ? watch->client->socket.number : -ECONNREFUSED;
}

static int ask(struct keybag_watch *watch)
{
	struct request request;
	int result;

	start_request(&request, watch);
	result = client_post(&request);
	watch->asked = !result;
	return result;
}

/* -EAGAIN: there is none yet, or one of a kind that this library does not know. */
static int read_event(struct keybag_client *client, struct keybag_watch_event *ret_event)
{
	NOT_CANCELLED;
	struct keybag_watch_event event = { .event.type = KEYBAG_EVENT_STATE };
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct message message;
	char kind[MESSAGE_MAX_KEY + 1] = "";
	ssize_t length;

	length = transport_receive(client->socket.number, client->reply, sizeof(client->reply), descriptors);
	if (length <= 0)
		return length == -EAGAIN ? -EAGAIN : -ENOTCONN;
	transport_close(descriptors);
	if (message_parse(&message, client->reply, (size_t)length) < 0 ||
	    message_text(&message, KEY_EVENT, kind, sizeof(kind)) == -ENOENT)
		return -EPROTO;
	if (strcmp(kind, KEY_STATE))
		return -EAGAIN;
	if (message_exact(&message, KEY_UUID, event.uuid, sizeof(event.uuid)) < 0 ||
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

/* Takes one message. -EAGAIN: there is none yet, or it was the reply to the request. */
static int read_message(struct keybag_watch *watch, struct keybag_watch_event *ret_event)
{
	int result;

	if (!watch->asked)
		return read_event(watch->client, ret_event);
	result = client_collect(watch->client);
	watch->asked = result == -EAGAIN;
	return result ? result : -EAGAIN;
}

/* Whether it may be asked again: the daemon is restarted. */
static bool passes(int error)
{
	return error == -ECONNREFUSED || error == -ENOTCONN || error == -ECONNRESET;
}

/* One step, of one that has to be waited for by @deadline at most. */
static int step(struct keybag_watch *watch, uint64_t deadline, struct keybag_watch_event *ret_event)
{
	int result;

	if (!client_keeps_connection(watch->client)) {
		result = ask(watch);
		/* Too many want to connect. */
		if (result)
			return result == -ETIMEDOUT ? -ECONNREFUSED : result;
	}
	result = deadline_poll(watch->client->socket.number, POLLIN, deadline);
	return result ? result : read_message(watch, ret_event);
}

int keybag_watch_next_sized(struct keybag_watch *watch, uint64_t timeout_ns, void *ret_event, size_t size)
{
	uint64_t deadline = deadline_after(timeout_ns);
	struct keybag_watch_event event;
	bool told, tried = false;
	int result;

	for (;;) {
		told = client_keeps_connection(watch->client) && !watch->asked;
		result = step(watch, deadline, &event);
		if (result == -EAGAIN)
			continue;
		if (!result) {
			event.event.size = (uint32_t)(size - offsetof(struct keybag_watch_event, event));
			sized_give(ret_event, size, &event, sizeof(event));
		}
		if (!passes(result))
			return result;
		client_disconnect(watch->client);
		/* The end of a connection that was one costs no pause: it is made anew at once, to be waited for. */
		if (told && !tried) {
			tried = true;
			continue;
		}
		if (deadline_pause(deadline) < 0)
			return result == -ECONNREFUSED ? result : -ETIMEDOUT;
	}
}
