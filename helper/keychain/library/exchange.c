// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request after the other on a connection that mends itself.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "exchange.h"
#include "answer.h"
#include "connect.h"
#include "helper/common/cancellation.h"
#include "helper/common/connect.h"
#include "helper/common/deadline.h"
#include "helper/common/process_mark.h"
#include "helper/common/translate.h"
#include "helper/common/transport.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/transport/page.h"

/* Outcomes of a request, besides 0 and negative errnos. */
enum {
	NOT_BEGUN = 1,		/* the service ends; it has not begun with it */
	REFUSED,		/* the text is in client->text */
};

/* One answer of the service. */
struct reply {
	uint64_t id;
	struct value *body;
};

/* The service answers the process that connected, as the user it then was, and none of its children. */
static bool is_connected(const struct keychain_client *client)
{
	return client->socket.number >= 0 && client->socket.process == process_mark() && client->uid == geteuid();
}

void client_disconnect(struct keychain_client *client)
{
	/* In a child something else may be where the mailbox was. */
	if (client->socket.process == process_mark())
		mailbox_leave(&client->mailbox);
	else
		mailbox_forget(&client->mailbox);
	locked_memory_free(client->scratch, MAILBOX_SIZE);
	client->scratch = NULL;
	client->greeted = false;
	owned_descriptor_close(&client->socket);
}

static int read_refusal(struct keychain_client *client, struct message *message)
{
	uint64_t error;
	bool closing;

	if (message_boolean(message, WIRE_FIELD_CLOSING, &closing) == 0 && closing)
		return NOT_BEGUN;
	if (message_unsigned(message, WIRE_FIELD_ERROR, 4095, &error) < 0)
		return 0;
	client->denied = error == EPERM;
	if (message_text(message, WIRE_FIELD_MESSAGE, client->text, sizeof(client->text)) < 0)
		snprintf(client->text, sizeof(client->text), "keychaind: %s",
			 strerrordesc_np((int)error));
	return REFUSED;
}

/* Waits for a message. Its bytes are in @bytes as long as @ret_message is used. */
static int receive(struct keychain_client *client, uint8_t bytes[WIRE_MAX_MESSAGE],
		   struct message *ret_message, int ret_descriptors[TRANSPORT_MAX_DESCRIPTORS],
		   uint64_t deadline)
{
	ssize_t length;
	int result;

	do {
		result = deadline_poll(client->socket.number, POLLIN, deadline);
		if (result < 0)
			return result;
		length = transport_receive(client->socket.number, bytes, WIRE_MAX_MESSAGE, ret_descriptors);
	} while (length == -EAGAIN);
	if (length <= 0)
		return length == -EMFILE ? -EMFILE : length == -EMSGSIZE ? -EPROTO : -ECONNRESET;
	result = message_parse(ret_message, bytes, (size_t)length);
	if (!result)
		result = read_refusal(client, ret_message);
	if (result)
		transport_close(ret_descriptors);
	return result;
}

/* Where memory cannot be locked in advance there is none: each body gets its memory file. */
static void join_mailbox(struct keychain_client *client, int descriptor)
{
	if (descriptor >= 0 && mailbox_join(&client->mailbox, descriptor) == 0 &&
	    locked_memory_new(&client->scratch, MAILBOX_SIZE) < 0)
		mailbox_leave(&client->mailbox);
}

static int read_greeting(struct keychain_client *client, uint64_t deadline)
{
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	uint8_t bytes[WIRE_MAX_MESSAGE];
	struct message message;
	uint64_t version;
	int result = receive(client, bytes, &message, descriptors, deadline);

	if (result)
		return result;
	if (message_unsigned(&message, WIRE_FIELD_VERSION, UINT64_MAX, &version) < 0 ||
	    version != WIRE_VERSION ||
	    message_exact(&message, WIRE_FIELD_NONCE, client->nonce, WIRE_NONCE_SIZE) < 0)
		result = -EPROTO;
	else
		join_mailbox(client, descriptors[0]);
	transport_close(descriptors);
	return result;
}

int client_connect(struct keychain_client *client, uint64_t patience_ns, uint64_t deadline)
{
	NOT_CANCELLED;
	int result;

	if (client->behalf.number == BEHALF_FAILED.number)
		return -EBADF;
	if (!is_connected(client))
		client_disconnect(client);
	if (client->socket.number < 0) {
		result = connect_keychaind(client->connected_before, patience_ns, deadline);
		if (result < 0)
			return result;
		client->socket = owned_descriptor_of(result);
		client->uid = geteuid();
		client->connected_before = true;
	}
	result = client->greeted ? 0 : read_greeting(client, deadline);
	client->greeted = !result;
	return result;
}

/* @body: -1 where it is in the mailbox. */
static int send_message(struct keychain_client *client, size_t length, int body, uint64_t deadline)
{
	int descriptors[2] = { body, client->behalf.number }, *first = descriptors + (body < 0);
	size_t count = (body >= 0) + (client->behalf.number >= 0);
	uint8_t bytes[256];
	struct writer writer;
	int result;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_VERSION, WIRE_VERSION);
	message_add_unsigned(&writer, WIRE_FIELD_ID, ++client->next_id);
	message_add_bytes(&writer, WIRE_FIELD_NONCE, client->nonce, WIRE_NONCE_SIZE);
	if (length)
		message_add_unsigned(&writer, WIRE_FIELD_LENGTH, length);
	if (client->behalf.number >= 0)
		message_add_boolean(&writer, WIRE_FIELD_BEHALF, true);
	result = message_finish(&writer);
	while (!result) {
		result = transport_send_effective(client->socket.number, bytes, writer.length, first, count);
		if (result != -EAGAIN)
			break;
		result = deadline_poll(client->socket.number, POLLOUT, deadline);
	}
	return result;
}

/* By the mailbox, or by a new memory file, @file. */
static int send_request(struct keychain_client *client, const struct value *request,
			struct handover *file, uint64_t deadline)
{
	size_t length = wire_post(&client->mailbox, request);
	int result = length ? 0 : wire_pack(request, file);

	return result ? result : send_message(client, length, file->descriptor, deadline);
}

static int read_body(struct keychain_client *client, struct message *message, int descriptor,
		     struct value **ret_body)
{
	uint64_t length;
	int result = message_unsigned(message, WIRE_FIELD_LENGTH, SIZE_MAX, &length);

	if (result == -ENOENT)
		return wire_unpack(descriptor, WIRE_MAX_ENTRIES, ret_body);
	return result ? result : wire_collect(&client->mailbox, length, client->scratch,
					      WIRE_MAX_ENTRIES, ret_body);
}

static int receive_reply(struct keychain_client *client, struct reply *ret_reply, uint64_t deadline)
{
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct reply reply = { 0 };
	uint8_t bytes[WIRE_MAX_MESSAGE];
	struct message message;
	int result = receive(client, bytes, &message, descriptors, deadline);

	if (result)
		return result;
	if (message_unsigned(&message, WIRE_FIELD_ID, UINT64_MAX, &reply.id) < 0 ||
	    reply.id != client->next_id)
		result = -EPROTO;
	if (!result)
		result = read_body(client, &message, descriptors[0], &reply.body);
	transport_close(descriptors);
	if (result == -EINVAL)
		result = -EPROTO;
	/* The service answered, and ended before it was read. */
	if (result == -ENODATA)
		result = -ECONNRESET;
	*ret_reply = reply;
	return result;
}

/* The request was sent whole, or not at all. *@ret_sent: which. */
static int try_once(struct keychain_client *client, const struct value *request, bool *ret_sent,
		    struct value **ret_answer, uint64_t deadline)
{
	CLEANUP_HANDOVER struct handover file = HANDOVER_NONE;
	struct reply reply = { 0 };
	int result;

	*ret_sent = false;
	result = client_connect(client, CONNECT_PATIENCE_NS, deadline);
	if (!result)
		result = send_request(client, request, &file, deadline);
	/* A service that hung up may have left the reason. */
	if (result == -EPIPE || result == -ECONNRESET) {
		result = receive_reply(client, &reply, deadline);
		return result > 0 ? result : -ECONNRESET;
	}
	if (result)
		return result;
	*ret_sent = true;
	result = receive_reply(client, &reply, deadline);
	if (result)
		value_free(reply.body);
	else
		*ret_answer = reply.body;
	return result;
}

int client_post(struct keychain_client *client, const struct value *request, struct handover *file, uint64_t deadline)
{
	NOT_CANCELLED;

	return is_connected(client) ? send_request(client, request, file, deadline) : -ENOTCONN;
}

int client_collect(struct keychain_client *client, uint64_t deadline, struct value **ret_answer)
{
	NOT_CANCELLED;
	struct reply reply = { 0 };
	/* A child has no mailbox, and would take what its parent is told. */
	int result = is_connected(client) ? receive_reply(client, &reply, deadline) : -ENOTCONN;

	if (result)
		value_free(reply.body);
	else
		*ret_answer = reply.body;
	return result;
}

static bool is_among(const struct value *request, const char *const *operations, size_t count)
{
	const char *operation = value_as_string(value_get(request, "op"));

	for (size_t i = 0; operation && i < count; i++)
		if (!strcmp(operations[i], operation))
			return true;
	return false;
}

/* Whether the request changes nothing. */
static bool is_reading(const struct value *request)
{
	static const char *const reading[] = { "copy", "access", "keychains", "watch" }, *const of_name[] = { "keychain-default" };

	return is_among(request, reading, sizeof(reading) / sizeof(reading[0])) ||
	       (is_among(request, of_name, 1) && !value_get(request, "name")) ||
	       value_as_boolean(value_get(value_get(request, "options"), "dry_run"));
}

/* Whether the request may be carried out twice without harm. */
static bool is_repeatable(const struct value *request)
{
	static const char *const same[] = { "upsert", "keychain-default" };

	return is_reading(request) || is_among(request, same, sizeof(same) / sizeof(same[0]));
}

/* Whether a request that failed so may be sent again, on another connection. */
static bool passes(int result)
{
	return result == NOT_BEGUN || result == -ECONNRESET || result == -EPIPE;
}

/* Nobody knows what became of it; or it was carried out, and there was no memory for the answer. */
static int unknown_outcome(int result)
{
	if (result == -ECONNRESET)
		return result;
	return result == -ETIMEDOUT ? -EINPROGRESS : -EIO;
}

/* The request was sent before: where no answer came now, that is not told as a fault of an answer. */
static int outcome_of_repeated(bool sent, int result)
{
	return sent && result < 0 ? unknown_outcome(result) : -ECONNRESET;
}

static int exchange(struct keychain_client *client, const struct value *request,
		    struct value **ret_answer)
{
	uint64_t deadline = deadline_after(client->limit_ns);
	bool sent, begun = false;
	int result;

	for (;;) {
		result = try_once(client, request, &sent, ret_answer, deadline);
		if (!result)
			return 0;
		client_disconnect(client);
		begun |= sent && result < 0 && !is_reading(request);
		if (begun && !is_repeatable(request))
			return unknown_outcome(result);
		if (!passes(result))
			return begun ? outcome_of_repeated(sent, result) : result;
		if (deadline_pause(deadline) < 0)
			return begun ? -EINPROGRESS : -ETIMEDOUT;
	}
}

static int status_of(int result)
{
	switch (result) {
	case -ENOMEM:
		return errSecAllocate;
	case -EMSGSIZE:
	case -EINVAL:
	case -EBADF:
		return errSecParam;
	case -ECONNRESET:
	case -EINPROGRESS:
	case -EIO:
		return errSecIO;
	default:
		return errSecNotAvailable;
	}
}

static const char *text_of(int result)
{
	switch (result) {
	case -ENOMEM:
		return N_("out of memory, or more locked memory is needed than this process may have: raise the "
		       "limit (ulimit -l, limits.conf(5), LimitMEMLOCK= of a unit)");
	case -EMSGSIZE:
		return N_("the request is too long: a secret may have 1 MiB, the rest 64 KiB");
	case -EINVAL:
		return N_("the request is nested too deeply");
	case -EBADF:
		return N_("the process to ask on behalf of was not noted: keychain_client_set_behalf() has failed");
	case -EFBIG:
		return N_("this process may not make so large a file: raise its limit (ulimit -f, LimitFSIZE= of a unit)");
	case -EMFILE:
		return N_("this process has too many files open: raise its limit (ulimit -n, LimitNOFILE= of a unit)");
	case -ECONNRESET:
		return N_("the keychain's service ended during the request, which may have been "
		       "carried "
		       "out: look before you repeat it");
	case -EINPROGRESS:
		return N_("the keychain's service did not answer in time, and may carry the request out yet: look before you "
			  "repeat it; 'journalctl -u keychaind' may say why");
	case -EIO:
		return N_("the answer of the keychain's service could not be read, for want of memory or files, or as it is of "
		       "another release; the request may have been carried out: look before you repeat it");
	case -ECONNREFUSED:
		return N_("the keychain's service does not run: as root 'systemctl enable keychaind.socket && systemctl "
		       "restart keychaind.socket keychaind.service'; 'keybagctl doctor' says more");
	case -EPERM:
		return N_("the socket of the keychain's service belongs to another account than its own: "
		       "nothing was sent; look at it with 'systemctl status keychaind.socket'");
	case -ETIMEDOUT:
		return N_("the keychain's service did not answer in time: 'journalctl -u keychaind' may say "
		       "why, 'systemctl restart keychaind' starts it again");
	case -EPROTO:
		return N_("this program and the keychain's service are of different releases: install both "
		       "from one, then 'systemctl restart keychaind'");
	default:
		return strerrordesc_np(-result);
	}
}

struct value *client_failed(const struct keychain_client *client, int failure)
{
	if (failure == REFUSED)
		return answer_new(client->denied ? errSecMissingEntitlement : errSecNotAvailable, client->text);
	if (failure == NOT_BEGUN || failure == -ENOTCONN || failure == -EPIPE)
		failure = -ECONNRESET;
	return answer_new(status_of(failure), text_of(failure));
}

struct value *client_exchange_page(struct keychain_client *client, const struct value *request)
{
	NOT_CANCELLED;
	struct value *answer = NULL;
	int result = exchange(client, request, &answer);

	return result ? client_failed(client, result) : answer;
}

/* Takes @answer, and puts the page behind it into what is returned: the whole so far, or a failure. NULL without memory. */
static struct value *add_page(struct keychain_client *client, struct value *answer, struct value *next)
{
	struct value *page = next && page_continue(next, answer) == 0 ? client_exchange_page(client, next) : NULL;
	struct value *failure = NULL;

	if (page && answer_status(page)) {
		value_free(answer);
		return page;
	}
	if (page && page_is_endless(page, next))
		failure = answer_new(errSecInternal, keychain_status_text(errSecInternal));
	else if (page_append(answer, page) == 0)
		failure = answer;
	if (failure != answer)
		value_free(answer);
	value_free(page);
	return failure;
}

struct value *client_exchange(struct keychain_client *client, const struct value *request)
{
	NOT_CANCELLED;
	struct value *answer = client_exchange_page(client, request);
	struct value *next;

	if (!value_get(answer, "cursor") || value_get(value_get(request, "options"), "cursor"))
		return answer;
	next = value_copy(request);
	while (!answer_status(answer) && value_get(answer, "cursor")) {
		answer = add_page(client, answer, next);
		if (!answer_status(answer) && client->progress)
			client->progress(client->progress_context, value_count(value_get(answer, "result")));
	}
	value_free(next);
	return answer;
}
