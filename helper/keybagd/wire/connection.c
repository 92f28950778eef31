// SPDX-License-Identifier: GPL-2.0-or-later
#include "connection.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/namespace.h"
#include "common/protocol.h"
#include "common/transport.h"
#include "daemon/closer.h"
#include "daemon/log.h"
#include "keybagd/account/keychain_account.h"

#define REPORT_US	60000000ULL
#define SWEEP_US	5000000ULL

/* Limit of bytes that a peer may leave unread: kernel memory on this daemon's account. */
#define UNREAD_BYTES	16384

struct connection {
	struct connection *next;
	int fd;
	sd_event_source *source;
	struct ucred peer;
	struct operation *operation;	/* the request under way, or NULL */
	struct handover sent;		/* with the last reply; see end_sent() */
	bool spoke;			/* there was a request */
	uint64_t silent_since;		/* CLOCK_MONOTONIC, us */
	bool watching;
	bool watches_all;
	bool watches_one;
	uid_t watched_owner;
	uint8_t watched_uuid[KEYBAG_UUID_SIZE];
};

static sd_event *event_loop;
static sd_event_source *sweep;
static struct connection *connections;
static connection_handler_t handle_request;

void connection_open_loop(sd_event *loop, connection_handler_t handler)
{
	event_loop = loop;
	handle_request = handler;
}

/* Zeroes what was sent, and has its memory given back. */
static void end_sent(struct connection *connection)
{
	int file = handover_zero_sent(&connection->sent);

	if (file >= 0)
		closer_close(connection->peer.uid, &file, 1);
}

static void close_connection(struct connection *connection)
{
	struct connection **place;

	for (place = &connections; *place != connection; place = &(*place)->next)
		;
	*place = connection->next;
	/* Its request goes on; nobody is told how it ends. */
	if (connection->operation)
		connection->operation->asker = NULL;
	end_sent(connection);
	/* It is closed some time later, and must not be told of until then. */
	sd_event_source_disable_unref(connection->source);
	closer_close_connection(connection->peer.uid, connection->fd);
	free(connection);
}

/* Descriptors still to be closed count against the peer that sent them; root's places are for root alone. */
static bool within_limits(uid_t uid)
{
	const struct closer_count closing = closer_count(uid);
	unsigned int all = closing.all, of_user = closing.of_account;
	struct connection *connection;

	for (connection = connections; connection; connection = connection->next) {
		all++;
		of_user += connection->peer.uid == uid;
	}
	if (uid == 0)
		return of_user < CONNECTIONS_OF_ROOT;
	if (all + of_user >= CONNECTIONS_OF_ALL - CONNECTIONS_OF_ROOT)
		return false;
	return of_user < CONNECTIONS_OF_USER ||
	       (of_user < CONNECTIONS_OF_KEYCHAIN && keychain_account_is(uid));
}

/* One message, for a connection that is not going to be. */
static void connection_refuse(int fd, int error, const char *text)
{
	uint8_t bytes[512];
	struct writer writer;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, KEY_ID, 0);
	message_add_unsigned(&writer, KEY_ERROR, (uint64_t)-error);
	message_add_text(&writer, KEY_MESSAGE, text);
	if (message_finish(&writer) == 0)
		transport_send(fd, bytes, writer.length, NULL, 0);
}

/* Not each of them: who is refused could drown the journal. */
static void report_limit(uid_t uid)
{
	static uint64_t last;
	uint64_t now;

	if (sd_event_now(event_loop, CLOCK_MONOTONIC, &now) < 0 || (last && now - last < REPORT_US))
		return;
	last = now;
	log_warning("uid %u has too many connections, or descriptors that take too long to close", uid);
}

static void connection_read_request(struct connection *connection)
{
	int descriptors[TRANSPORT_ANY_DESCRIPTORS];
	static uint8_t bytes[MESSAGE_MAX_SIZE];
	uid_t uid = connection->peer.uid;
	ssize_t length;
	size_t count;

	/* Descriptors of its user's that were never closed: no more are taken. */
	if (closer_is_full(uid)) {
		report_limit(uid);
		close_connection(connection);
		return;
	}
	length = transport_receive_any(connection->fd, bytes, sizeof(bytes), descriptors, &count);
	if (length == -EAGAIN)
		return;
	if (length <= 0 || count > TRANSPORT_MAX_DESCRIPTORS) {
		closer_close(uid, descriptors, count);
		close_connection(connection);
		return;
	}
	while (count < TRANSPORT_MAX_DESCRIPTORS)
		descriptors[count++] = -1;
	connection->spoke = true;
	/* The reply before was read, or nobody will read it. */
	end_sent(connection);
	/* Only hang-ups from here on, until the reply is sent. */
	sd_event_source_set_io_events(connection->source, 0);
	handle_request(connection, &connection->peer, bytes, (size_t)length, descriptors);
	closer_close(uid, descriptors, count);
}

static int on_readable(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	struct connection *connection = context;

	(void)source;
	(void)fd;
	if ((happened & EPOLLIN) && !connection->operation)
		connection_read_request(connection);
	else if (happened & (EPOLLHUP | EPOLLERR))
		close_connection(connection);
	return 0;
}

static uint64_t now_us(void)
{
	uint64_t now = 0;

	sd_event_now(event_loop, CLOCK_MONOTONIC, &now);
	return now;
}

static bool is_silent(const struct connection *connection, uint64_t now)
{
	uint64_t limit = connection->spoke ? SILENT_US : SILENT_AT_FIRST_US;

	return connection->peer.uid != 0 && !connection->operation && !connection->watching &&
	       now - connection->silent_since >= limit;
}

static struct connection *find_silent(uint64_t now)
{
	struct connection *connection = connections;

	while (connection && !is_silent(connection, now))
		connection = connection->next;
	return connection;
}

static int on_sweep(sd_event_source *source, uint64_t time, void *context)
{
	struct connection *connection;
	uint64_t now = now_us();

	(void)time;
	(void)context;
	/* From the beginning each time: a request may end any other connection, a watcher's that does not keep up say. */
	while ((connection = find_silent(now))) {
		/*
		 * From here on the peer cannot send: its next request fails unsent, and it connects again. One that it
		 * has sent just now is answered.
		 */
		shutdown(connection->fd, SHUT_RD);
		connection->silent_since = now;
		connection_read_request(connection);
	}
	if (!connections)
		return 0;
	sd_event_source_set_time_relative(source, SWEEP_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Runs as long as there are connections. */
static void start_sweep(void)
{
	int state;

	if (!sweep) {
		sd_event_add_time_relative(event_loop, &sweep, CLOCK_MONOTONIC, SWEEP_US, SWEEP_US,
					   on_sweep, NULL);
		return;
	}
	if (sd_event_source_get_enabled(sweep, &state) < 0 || state != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(sweep, SWEEP_US);
	sd_event_source_set_enabled(sweep, SD_EVENT_ONESHOT);
}

/* Whether @fd is a connection from now on, which owns it. */
static bool connection_add(int fd, const struct ucred *peer)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int unread = UNREAD_BYTES;

	if (!connection)
		return false;
	/* Root watches all keybags, which may change at once. */
	if (peer->uid)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &unread, sizeof(unread));
	connection->fd = fd;
	connection->sent = HANDOVER_NONE;
	connection->peer = *peer;
	connection->silent_since = now_us();
	if (sd_event_add_io(event_loop, &connection->source, fd, EPOLLIN, on_readable,
			    connection) < 0) {
		free(connection);
		return false;
	}
	connection->next = connections;
	connections = connection;
	start_sweep();
	return true;
}

/* Whether its uid is its own: in a user namespace it may be anybody's, and of thousands. 0: it cannot be seen from here. */
static bool knows_peer(int fd, struct ucred *ret_peer)
{
	socklen_t length = sizeof(*ret_peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret_peer, &length) < 0)
		return false;
	if (ret_peer->pid > 0 && !in_user_namespace(ret_peer->pid))
		return true;
	connection_refuse(fd, -EPERM, "keybags cannot be reached from a user namespace (container): "
			  "ask from outside of it");
	return false;
}

void connection_accept(int fd)
{
	/* The account of all strangers: it is nobody's, and not root's. */
	uid_t account = (uid_t)-1;
	struct ucred peer;

	if (knows_peer(fd, &peer)) {
		account = peer.uid;
		if (!within_limits(account)) {
			report_limit(account);
			connection_refuse(fd, -EDQUOT, "too many connections to keybagd: close some of them");
		} else if (connection_add(fd, &peer)) {
			return;
		}
	}
	closer_close_connection(account, fd);
}

bool connection_reply(struct connection *connection, const void *bytes, size_t length,
		      int descriptor)
{
	connection->operation = NULL;
	if (transport_send(connection->fd, bytes, length, &descriptor, descriptor >= 0) < 0) {
		close_connection(connection);
		return false;
	}
	connection->silent_since = now_us();
	sd_event_source_set_io_events(connection->source, EPOLLIN);
	return true;
}

void connection_keep(struct connection *connection, struct handover *handover)
{
	connection->sent = *handover;
	*handover = HANDOVER_NONE;
}

void connection_begin(struct connection *connection, struct operation *operation)
{
	connection->operation = operation;
	operation->asker = connection;
}

void connection_drop(struct connection *connection)
{
	close_connection(connection);
}

void connection_forget(struct operation *operation)
{
	if (operation->asker)
		close_connection(operation->asker);
}

void connection_watch(struct connection *connection, bool all, uid_t owner, const uint8_t *uuid)
{
	connection->watching = true;
	connection->watches_all = all;
	connection->watched_owner = owner;
	connection->watches_one = uuid;
	if (uuid)
		memcpy(connection->watched_uuid, uuid, KEYBAG_UUID_SIZE);
}

bool connection_watches(const struct connection *connection, const struct bag *bag)
{
	if (!connection->watching)
		return false;
	if (connection->watches_one)
		return !memcmp(connection->watched_uuid, bag->uuid, KEYBAG_UUID_SIZE);
	return connection->watches_all || connection->watched_owner == bag->owner;
}

bool connection_tell_one(struct connection *connection, const struct bag *bag,
			 const struct keybag_event *event)
{
	uint8_t bytes[512];
	struct writer writer;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_text(&writer, KEY_EVENT, KEY_STATE);
	message_add_bytes(&writer, KEY_UUID, bag->uuid, sizeof(bag->uuid));
	message_add_unsigned(&writer, KEY_OWNER, bag->owner);
	message_add_unsigned(&writer, KEY_STATE, event->state);
	message_add_unsigned(&writer, KEY_REASON, event->reason);
	message_add_unsigned(&writer, KEY_STATE_SEQ, event->state_seq);
	message_add_unsigned(&writer, KEY_STATE_TIME, event->time_ns);
	message_add_unsigned(&writer, KEY_REQUESTER_UID, event->requester.uid);
	message_add_unsigned(&writer, KEY_REQUESTER_PID, event->requester.pid);
	/* One that does not keep up connects again and is told the present state. */
	if (message_finish(&writer) < 0 ||
	    transport_send(connection->fd, bytes, writer.length, NULL, 0) < 0) {
		close_connection(connection);
		return false;
	}
	return true;
}

void connection_tell(const struct bag *bag, const struct keybag_event *event)
{
	struct connection *connection, *next;

	for (connection = connections; connection; connection = next) {
		next = connection->next;
		if (connection_watches(connection, bag))
			connection_tell_one(connection, bag, event);
	}
}

void connection_close_all(void)
{
	while (connections)
		close_connection(connections);
}
