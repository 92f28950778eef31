// SPDX-License-Identifier: GPL-2.0-or-later
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "helper/common/deadline.h"
#include "helper/common/secret.h"
#include "helper/common/transport.h"
#include "helper/daemon/closer.h"
#include "peer_kind.h"
#include "process.h"

/* A peer may leave so many bytes unread on the socket. They are the kernel's memory, on the service's account. */
#define UNREAD_BYTES	16384

/* Whom descriptors are closed for whose user is not known, or whose uid, in a user namespace, is one of thousands: not root. */
#define STRANGERS	((uid_t)-1)

/* Tells the account of memory files from that of what came by the same connections. */
#define MEMORY		(UINT64_C(1) << 63)

time_t monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* As far as it has to be known before anything is spent on it. */
static int look_at_peer(struct connection *connection)
{
	const struct ucred *peer = &connection->peer;
	char name[PEER_NAME_SIZE];
	enum peer_kind kind;
	int result = peer_kind_of(peer->pid, &kind, name);

	if (result < 0)
		return result;
	connection->foreign = peer_kind_is_foreign(peer->pid, peer->uid, kind);
	connection->application = peer_application(kind, name);
	/* The lines above are about this process only if it still runs. */
	return connection_peer_lives(connection) ? 0 : -ESRCH;
}

struct connection *connection_new(int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	socklen_t length = sizeof(connection->peer);
	int unread = UNREAD_BYTES;
	int on = 1;

	if (!connection) {
		/* Nobody, who is not root. */
		closer_close_connection(STRANGERS, fd);
		return NULL;
	}
	/* Until it is known. */
	connection->foreign = true;
	connection->peer.uid = STRANGERS;
	connection->fd = fd;
	connection->pidfd = -1;
	connection->held_request.behalf = -1;
	connection->sent = HANDOVER_NONE;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &connection->peer, &length) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &unread, sizeof(unread)) < 0 ||
	    getrandom(connection->nonce, sizeof(connection->nonce), 0) !=
		    sizeof(connection->nonce))
		goto fail;
	connection->pidfd = pidfd_of(connection->peer.pid);
	connection->unseen = connection->pidfd < 0 ? -errno : look_at_peer(connection);
	if (connection->unseen == -ESRCH)
		goto fail;
	connection->silent_since = monotonic_seconds();
	security_label_of_peer(fd, connection->peer.pid, connection->label);
	return connection;
fail:
	connection_free(connection);
	return NULL;
}

static int send_message(struct connection *connection, struct writer *writer, int descriptor)
{
	int result = message_finish(writer);

	if (!result)
		result = transport_send(connection->fd, writer->bytes, writer->length, &descriptor,
					descriptor >= 0);
	return result;
}

int connection_greet(struct connection *connection)
{
	uint8_t bytes[128];
	struct writer writer;

	/* Without one the client does as if it were full. */
	mailbox_make(&connection->mailbox);

	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_VERSION, WIRE_VERSION);
	message_add_bytes(&writer, WIRE_FIELD_NONCE, connection->nonce, WIRE_NONCE_SIZE);
	return send_message(connection, &writer, connection->mailbox.shared ? connection->mailbox.descriptor : -1);
}

static int tell(struct connection *connection, uint64_t id, int error, const char *text)
{
	uint8_t bytes[1024];
	struct writer writer;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_ID, id);
	message_add_unsigned(&writer, WIRE_FIELD_ERROR, (uint64_t)-error);
	message_add_text(&writer, WIRE_FIELD_MESSAGE, text);
	return send_message(connection, &writer, -1);
}

void connection_refuse(struct connection *connection, int error, const char *text)
{
	tell(connection, 0, error, text);
	connection_free(connection);
}

uint64_t connection_account(const struct connection *connection)
{
	if (connection->foreign)
		return STRANGERS;
	return (uint64_t)connection->application << 32 | connection->peer.uid;
}

void connection_close_incoming(const struct connection *connection, const struct incoming *incoming)
{
	const int descriptors[] = { incoming->body, incoming->behalf };

	closer_close(connection_account(connection), descriptors, 2);
}

void connection_hold(struct connection *connection, struct incoming *incoming)
{
	connection_release(connection);
	connection->held = true;
	connection->held_request = (struct incoming){
		.id = incoming->id,
		.body = -1,
		.behalf = take_descriptor(&incoming->behalf),
		.length = incoming->length,
	};
}

void connection_release(struct connection *connection)
{
	connection->held = false;
	/* It was looked at: a pidfd, which is closed at once. */
	cleanup_descriptor(&connection->held_request.behalf);
	connection->held_request.behalf = -1;
}

/* Room for a message's credentials and all descriptors that one can carry: what does not fit is closed by recvmsg(2). */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int) * TRANSPORT_ANY_DESCRIPTORS)];
};

/* Descriptors and credentials of a message: at most a body and a pidfd, in this order. */
struct received {
	int descriptors[2];
	size_t count;
	bool more;
	struct ucred sender;
};

/* Descriptors beyond these two are closed. */
static void take_descriptors(const struct connection *connection, const struct cmsghdr *part, struct received *received)
{
	size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int), kept = 2 - received->count;
	int descriptors[TRANSPORT_ANY_DESCRIPTORS];

	memcpy(descriptors, CMSG_DATA(part), count * sizeof(int));
	if (kept > count)
		kept = count;
	memcpy(received->descriptors + received->count, descriptors, kept * sizeof(int));
	received->count += kept;
	if (kept == count)
		return;
	received->more = true;
	closer_close(connection_account(connection), descriptors + kept, count - kept);
}

static ssize_t receive(struct connection *connection, void *bytes, size_t capacity, struct received *received)
{
	struct iovec part = { .iov_base = bytes, .iov_len = capacity };
	union control control = { 0 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *extra;
	ssize_t length;

	do {
		length = recvmsg(connection->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	for (extra = CMSG_FIRSTHDR(&message); extra; extra = CMSG_NXTHDR(&message, extra)) {
		if (extra->cmsg_level != SOL_SOCKET)
			continue;
		if (extra->cmsg_type == SCM_RIGHTS)
			take_descriptors(connection, extra, received);
		else if (extra->cmsg_type == SCM_CREDENTIALS)
			memcpy(&received->sender, CMSG_DATA(extra), sizeof(received->sender));
	}
	if (received->more || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EMSGSIZE;
	return length ? length : -ECONNRESET;
}

/* A body goes one way or the other; a descriptor beside it is the pidfd that the message tells of. */
static bool read_parts(struct message *message, const struct received *received, struct incoming *incoming)
{
	uint64_t length = 0;
	bool behalf = false;
	int has_length = message_unsigned(message, WIRE_FIELD_LENGTH, SIZE_MAX, &length);
	int has_behalf = message_boolean(message, WIRE_FIELD_BEHALF, &behalf);
	size_t bodies = has_length == -ENOENT;

	if ((has_length && has_length != -ENOENT) || (!has_length && !length) || (has_behalf && has_behalf != -ENOENT))
		return false;
	/* Without any body at all it is a request that cannot be read. */
	if (received->count != bodies + behalf && (behalf || received->count))
		return false;
	incoming->length = length;
	incoming->body = bodies ? received->descriptors[0] : -1;
	incoming->behalf = behalf ? received->descriptors[bodies] : -1;
	return true;
}

static int read_message(struct connection *connection, const uint8_t *bytes, size_t length,
			const struct received *received, struct incoming *incoming)
{
	uint8_t nonce[WIRE_NONCE_SIZE];
	struct message message;
	uint64_t version;

	if (message_parse(&message, bytes, length) < 0 ||
	    message_unsigned(&message, WIRE_FIELD_VERSION, UINT64_MAX, &version) < 0 ||
	    message_unsigned(&message, WIRE_FIELD_ID, UINT64_MAX, &incoming->id) < 0 ||
	    message_exact(&message, WIRE_FIELD_NONCE, nonce, sizeof(nonce)) < 0 ||
	    !read_parts(&message, received, incoming) || message_unused(&message)) {
		tell(connection, incoming->id, -EPROTO, "not a message of libkeychain's");
		return -EPROTO;
	}
	if (version != WIRE_VERSION) {
		tell(connection, incoming->id, -EPROTO,
		     "client and service are of different releases: install both from one");
		return -EPROTO;
	}
	if (!secret_bytes_equal(nonce, connection->nonce, sizeof(nonce))) {
		tell(connection, incoming->id, -EPERM, "the message does not belong to this "
		     "connection");
		return -EPERM;
	}
	return 0;
}

int connection_receive(struct connection *connection, struct incoming *ret_incoming)
{
	struct received received = { .descriptors = { -1, -1 } };
	struct incoming incoming = { .body = -1, .behalf = -1 };
	uint8_t bytes[WIRE_MAX_MESSAGE];
	ssize_t length = receive(connection, bytes, sizeof(bytes), &received);
	int result = length < 0 ? (int)length : 0;

	if (!result && received.sender.uid != connection->peer.uid) {
		tell(connection, 0, -EPERM,
		     "the process has taken on another user since it connected: "
		     "it has to connect again");
		result = -EPERM;
	}
	if (!result && received.sender.pid != connection->peer.pid) {
		tell(connection, 0, -EPERM,
		     "the connection belongs to another process: each has to "
		     "open its own");
		result = -EPERM;
	}
	if (!result)
		result = read_message(connection, bytes, (size_t)length, &received, &incoming);
	if (result < 0) {
		closer_close(connection_account(connection), received.descriptors, 2);
		return result;
	}
	*ret_incoming = incoming;
	return 0;
}

bool connection_peer_lives(const struct connection *connection)
{
	return process_runs(connection->pidfd);
}

int connection_answer(struct connection *connection, const struct incoming *incoming,
		      const struct value *answer)
{
	size_t length = incoming->length ? wire_post(&connection->mailbox, answer) : 0;
	struct handover packed = HANDOVER_NONE;
	uint8_t bytes[64];
	struct writer writer;
	int result = length ? 0 : wire_pack(answer, &packed);

	if (result < 0)
		return result;
	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_ID, incoming->id);
	if (length)
		message_add_unsigned(&writer, WIRE_FIELD_LENGTH, length);
	/* A peer that does not take its answer is not waited for. */
	result = send_message(connection, &writer, packed.descriptor);
	if (result < 0) {
		handover_free(&packed);
		return result;
	}
	/* Kept and zeroed later, in case the peer dies before it has done so. */
	connection->sent = packed;
	return 0;
}

/*
 * Has the memory of a file that the peer may have kept given back, unless it is -1. By an account of its own: a client that
 * ends with many connections at once has as many mailboxes, which are no descriptors that it sent.
 */
static void release_file(const struct connection *connection, int file)
{
	const uint64_t account = connection_account(connection);

	if (file >= 0)
		closer_close(account ? account ^ MEMORY : 0, &file, 1);
}

void connection_end_sent(struct connection *connection)
{
	int file = handover_zero_sent(&connection->sent);

	release_file(connection, file);
}

void connection_say_closing(struct connection *connection)
{
	uint8_t bytes[64];
	struct writer writer;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, WIRE_FIELD_ID, 0);
	message_add_boolean(&writer, WIRE_FIELD_CLOSING, true);
	send_message(connection, &writer, -1);
}

void connection_wait_read(const struct connection *connection, uint64_t deadline)
{
	while (!(handover_was_read(&connection->sent) && mailbox_was_taken(&connection->mailbox)) &&
	       connection_peer_lives(connection) && !deadline_pause(deadline))
		;
}

void connection_free(struct connection *connection)
{
	if (!connection)
		return;
	release_file(connection, mailbox_end(&connection->mailbox));
	connection_end_sent(connection);
	cleanup_descriptor(&connection->pidfd);
	connection_release(connection);
	closer_close_connection(connection_account(connection), connection->fd);
	free(connection);
}
