// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request after the other on a connection that mends itself.
 */
#include "client.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../common/cancellation.h"
#include "../common/connect.h"
#include "../common/deadline.h"
#include "../common/handover.h"
#include "../common/paths.h"

int keybag_client_new(struct keybag_client **ret_client)
{
	struct keybag_client *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->socket = OWNED_DESCRIPTOR_NONE;
	client->limit_ns = KEYBAG_CLIENT_TIME_LIMIT_NS;
	client->start_limit_ns = UINT64_MAX;
	*ret_client = client;
	return 0;
}

void client_disconnect(struct keybag_client *client)
{
	owned_descriptor_close(&client->socket);
}

void keybag_client_free(struct keybag_client *client)
{
	NOT_CANCELLED;

	if (!client)
		return;
	client_disconnect(client);
	free(client);
}

void keybag_client_set_time_limit(struct keybag_client *client, uint64_t limit_ns)
{
	client->limit_ns = limit_ns;
}

void keybag_client_set_start_limit(struct keybag_client *client, uint64_t limit_ns)
{
	client->start_limit_ns = limit_ns;
}

const char *keybag_client_message(const struct keybag_client *client)
{
	return client->text;
}

int client_fail(struct keybag_client *client, int error)
{
	snprintf(client->text, sizeof(client->text), "%s", keybag_error_text(error));
	return error;
}

/* Until when one waits: for a sign that the daemon has read the request, for the answer. */
struct client_wait {
	uint64_t start;
	uint64_t end;
};

static int vouch(uid_t uid)
{
	return uid ? -EPERM : 0;
}

bool client_keeps_connection(struct keybag_client *client)
{
	if (client->uid != geteuid())
		client_disconnect(client);
	return client->socket.number >= 0;
}

static int ensure_connected(struct keybag_client *client, uint64_t patience_ns, uint64_t deadline)
{
	int fd;

	if (client_keeps_connection(client))
		return 0;
	client->uid = geteuid();
	fd = connect_service(KEYBAG_SOCKET, vouch, client->connected_before, patience_ns, deadline);
	if (fd < 0)
		return fd;
	client->socket = owned_descriptor_of(fd);
	client->connected_before = true;
	return 0;
}

/* A daemon that is away for long is waited for once, not by each request. */
static int connect_patiently(struct keybag_client *client, uint64_t deadline)
{
	uint64_t patience = deadline_after(CONNECT_PATIENCE_NS);
	int result = ensure_connected(client, client->given_up ? 0 : CONNECT_PATIENCE_NS, deadline);

	client->given_up = result == -ECONNREFUSED && (client->given_up || deadline_now() >= patience);
	return result;
}

/*
 * The answer, or, by @start, a sign that the request was read: the daemon zeroes a secret as soon as it has it. Text of a
 * secret does not begin with a zero.
 */
static int wait_for_answer(const struct client_wait *wait, int fd, const struct handover *secret)
{
	int result = deadline_poll(fd, POLLIN, secret->mapping ? wait->start : wait->end);

	if (result == -ETIMEDOUT && secret->mapping && wait->start < wait->end)
		result = handover_was_read(secret) ? deadline_poll(fd, POLLIN, wait->end) : -EHOSTDOWN;
	return result;
}

static int send_request(struct request *request, const struct client_wait *wait)
{
	struct handover handovers[TRANSPORT_MAX_DESCRIPTORS] = { HANDOVER_NONE, HANDOVER_NONE };
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct keybag_client *client = request->client;
	int result = 0;
	size_t i;

	for (i = 0; i < request->secrets && !result; i++) {
		result = handover_new(&handovers[i], request->secret[i].text,
				      request->secret[i].length);
		descriptors[i] = handovers[i].descriptor;
	}
	while (!result) {
		result = transport_send(client->socket.number, client->request, request->writer.length,
					descriptors, request->secrets);
		if (result != -EAGAIN)
			break;
		result = deadline_poll(client->socket.number, POLLOUT, wait->end);
	}
	if (result < 0)
		goto out;
	/* Our mapping keeps the pages locked until the daemon has read them: up to its answer. */
	result = wait_for_answer(wait, client->socket.number, &handovers[0]);
	if (result == -ECONNRESET)
		result = -ENOTCONN;
out:
	for (i = 0; i < TRANSPORT_MAX_DESCRIPTORS; i++)
		handover_free(&handovers[i]);
	return result;
}

static int receive_reply(struct keybag_client *client, struct message *reply, int *ret_descriptor)
{
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	ssize_t length;
	uint64_t id, error;

	length = transport_receive(client->socket.number, client->reply, sizeof(client->reply), descriptors);
	if (length == -EMFILE || length == -EAGAIN)
		return (int)length;
	if (length <= 0)
		return length == -EMSGSIZE ? -EPROTO : -ENOTCONN;
	/* An error with the number 0 is about the connection, whatever was asked. */
	if (message_parse(reply, client->reply, (size_t)length) < 0 ||
	    message_unsigned(reply, KEY_ID, UINT64_MAX, &id) < 0 ||
	    (id != client->next_id &&
	     (id || message_unsigned(reply, KEY_ERROR, UINT32_MAX, &error) < 0 || !error))) {
		transport_close(descriptors);
		return -EPROTO;
	}
	/* The daemon hangs up: another request on this connection could be sent before, and would not be read. */
	if (!id)
		client_disconnect(client);
	if (ret_descriptor)
		*ret_descriptor = take_descriptor(&descriptors[0]);
	transport_close(descriptors);
	return 0;
}

static bool connection_lost(int error)
{
	return error == -EPIPE || error == -ECONNRESET || error == -ENOTCONN;
}

/* One try. *@ret_sent: whether the daemon may have carried it out. */
static int try_once(struct request *request, struct message *reply, int *ret_descriptor, const struct client_wait *wait,
		    bool *ret_sent)
{
	struct keybag_client *client = request->client;
	int result = send_request(request, wait);

	*ret_sent = !result || result == -ENOTCONN;
	/* One that was refused finds the reason where its reply would be. */
	if (result == -EPIPE || result == -ECONNRESET)
		return receive_reply(client, reply, NULL) ? result : 0;
	if (!result)
		result = receive_reply(client, reply, ret_descriptor);
	return result == -EAGAIN ? -ENOTCONN : result;
}

static int exchange(struct request *request, struct message *reply, int *ret_descriptor,
		    uint64_t deadline)
{
	struct keybag_client *client = request->client;
	struct client_wait wait = { .end = deadline };
	bool sent;
	int result;

	for (;;) {
		wait.start = deadline_after(client->start_limit_ns);
		if (!request->secrets || wait.start > deadline)
			wait.start = deadline;
		result = connect_patiently(client, wait.start);
		if (result < 0)
			return result;
		result = try_once(request, reply, ret_descriptor, &wait, &sent);
		if (!result)
			return 0;
		reply->count = 0;
		client_disconnect(client);
		/* Nobody knows what became of it, or there is no number left for what it made. */
		if (sent && !request->repeatable && (connection_lost(result) || result == -EMFILE))
			return -ECONNRESET;
		if (!connection_lost(result))
			return result;
		if (deadline_pause(deadline) < 0)
			return -ETIMEDOUT;
	}
}

/* The daemon's own error, of a reply; the message is noted. */
static int read_error(struct keybag_client *client, struct message *reply)
{
	uint32_t error;

	if (message_u32(reply, KEY_ERROR, &error) < 0 || error > 4095)
		return client_fail(client, -EPROTO);
	if (error && message_text(reply, KEY_MESSAGE, client->text, sizeof(client->text)) < 0)
		client_fail(client, -(int)error);
	return -(int)error;
}

int client_call_by(struct request *request, struct message *ret_reply, int *ret_descriptor, uint64_t deadline)
{
	NOT_CANCELLED;
	struct keybag_client *client = request->client;
	int result = message_finish(&request->writer);

	ret_reply->count = 0;
	if (ret_descriptor)
		*ret_descriptor = -1;
	if (request->error)
		result = request->error;
	if (!result)
		result = exchange(request, ret_reply, ret_descriptor, deadline);
	return result < 0 ? client_fail(client, result) : read_error(client, ret_reply);
}

int client_call(struct request *request, struct message *ret_reply, int *ret_descriptor)
{
	return client_call_by(request, ret_reply, ret_descriptor, deadline_after(request->client->limit_ns));
}

int client_post(struct request *request)
{
	NOT_CANCELLED;
	struct keybag_client *client = request->client;
	int result = message_finish(&request->writer);

	if (request->error)
		result = request->error;
	if (!result)
		result = ensure_connected(client, 0, deadline_now());
	if (!result)
		result = transport_send(client->socket.number, client->request, request->writer.length, NULL, 0);
	/* One that was refused finds the reason where its reply would be. */
	if (connection_lost(result))
		result = client_collect(client) ?: -ENOTCONN;
	if (result < 0)
		client_disconnect(client);
	return result == -EAGAIN ? -ETIMEDOUT : result;
}

int client_collect(struct keybag_client *client)
{
	NOT_CANCELLED;
	struct message reply;
	int result = receive_reply(client, &reply, NULL);

	if (!result)
		result = read_error(client, &reply);
	if (result < 0 && result != -EAGAIN)
		client_disconnect(client);
	return result;
}

int client_try(struct request *request, struct message *ret_reply, int *ret_descriptor,
	       struct keybag_attempt *ret_attempt)
{
	struct keybag_attempt attempt = { 0 };
	int result = client_call(request, ret_reply, ret_descriptor);

	if (!result || result == -EKEYREJECTED || result == -EAGAIN) {
		message_u32(ret_reply, KEY_STATE, &attempt.state);
		message_u32(ret_reply, KEY_FAILURES, &attempt.failures);
		message_unsigned(ret_reply, KEY_RETRY_AFTER, UINT64_MAX, &attempt.retry_after_ns);
		message_u32(ret_reply, KEY_WARNINGS, &attempt.warnings);
	}
	if (ret_attempt)
		*ret_attempt = attempt;
	return result;
}
