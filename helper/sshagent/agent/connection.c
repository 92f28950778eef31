// SPDX-License-Identifier: GPL-2.0-or-later
#include "connection.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/common/namespace.h"
#include "helper/common/registers.h"
#include "helper/common/secret.h"
#include "helper/common/transport.h"
#include "helper/daemon/closer.h"
#include "helper/daemon/log.h"
#include "request.h"

#define HEAD		4	/* bytes of the length */
#define FIRST		4096
#define TIME_US		UINT64_C(10000000)

/*
 * On whose account descriptors are closed: the user's programs, and those that are not served. The agent is one user's, be it
 * root's, whose programs in containers are trusted no more than others.
 */
#define PROGRAMS	UINT64_C(1)
#define STRANGERS	UINT64_C(2)

struct connection {
	struct connection *next;
	int fd;
	sd_event_source *io, *end;
	struct secret in;	/* of one message; none while it is idle */
	struct buffer out;
	size_t sent;
	bool pending;
	struct requester requester;
};

static struct connection *connections;
static size_t count;

static struct connection *of_requester(struct requester *requester)
{
	return (struct connection *)((char *)requester - offsetof(struct connection, requester));
}

static void close_connection(struct connection *connection)
{
	struct connection **place = &connections;

	while (*place != connection)
		place = &(*place)->next;
	*place = connection->next;
	count--;
	request_forget(&connection->requester);
	sd_event_source_disable_unref(connection->io);
	sd_event_source_disable_unref(connection->end);
	/* With what it was sent and was not read: nothing here waits for what lingers. */
	closer_close_connection(PROGRAMS, connection->fd);
	secret_free(&connection->in);
	buffer_free(&connection->out);
	free(connection);
}

/* While it is pending, or has to read, only its end is of interest. */
static void wait_for(struct connection *connection, uint32_t events, bool limited)
{
	int enabled = sd_event_source_get_enabled(connection->end, NULL);

	sd_event_source_set_io_events(connection->io, events);
	if (!limited) {
		sd_event_source_set_enabled(connection->end, SD_EVENT_OFF);
	} else if (enabled <= 0) {
		sd_event_source_set_time_relative(connection->end, TIME_US);
		sd_event_source_set_enabled(connection->end, SD_EVENT_ONESHOT);
	}
}

static int on_end(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	close_connection(context);
	return 0;
}

/* ---- writing ---- */

/* The connection may be gone afterwards. */
static void push(struct connection *connection)
{
	ssize_t sent;

	while (connection->sent < connection->out.length) {
		sent = send(connection->fd, connection->out.data + connection->sent, connection->out.length - connection->sent,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent >= 0) {
			connection->sent += (size_t)sent;
		} else if (errno == EAGAIN) {
			wait_for(connection, EPOLLOUT, true);
			return;
		} else if (errno != EINTR) {
			close_connection(connection);
			return;
		}
	}
	buffer_free(&connection->out);
	connection->sent = 0;
	wait_for(connection, EPOLLIN, false);
}

/* The time to read an answer begins with it, and not with what was left of the time for the request. */
static void answer(struct connection *connection, struct bytes bytes)
{
	sd_event_source_set_enabled(connection->end, SD_EVENT_OFF);
	buffer_string(&connection->out, bytes);
	if (connection->out.failed)
		close_connection(connection);
	else
		push(connection);
}

void connection_answer(struct requester *requester, struct bytes bytes)
{
	struct connection *connection = of_requester(requester);

	connection->pending = false;
	answer(connection, bytes);
}

/* ---- reading ---- */

static void handle(struct connection *connection)
{
	const struct bytes message = { connection->in.data + HEAD, connection->in.length - HEAD };
	CLEANUP_BUFFER struct buffer out = BUFFER_NONE;
	bool done = request_handle(&connection->requester, message, &out);

	secret_free(&connection->in);
	clear_vector_registers();
	if (done) {
		answer(connection, buffer_content(&out));
	} else {
		connection->pending = true;
		wait_for(connection, 0, false);
	}
}

/* Bytes of the message, as far as they are known; 0: it is too long, or empty. */
static size_t wanted(const struct connection *connection)
{
	struct reader from = reader_of(connection->in.data, connection->in.length);
	uint32_t length;

	if (connection->in.length < HEAD)
		return HEAD;
	length = reader_u32(&from);
	return length && length <= REQUEST_MAX ? HEAD + (size_t)length : 0;
}

/* As much as came, and not as much as was announced. */
static bool make_room(struct connection *connection)
{
	struct secret *in = &connection->in;

	if (!in->capacity)
		return secret_new(in, FIRST) == 0;
	return in->length < in->capacity || secret_grow(in, 2 * in->capacity) == 0;
}

/* No message has descriptors. They are taken all the same: the kernel would close them here, and wait for those that linger. */
static ssize_t receive(int fd, uint8_t *bytes, size_t capacity)
{
	int descriptors[TRANSPORT_ANY_DESCRIPTORS];
	static bool told;
	ssize_t length;
	size_t taken;

	if (closer_is_full(PROGRAMS)) {
		if (!told)
			log_warning("connections are closed: descriptors that programs have sent take too long to close");
		told = true;
		return -EMFILE;
	}
	told = false;
	length = transport_receive_any(fd, bytes, capacity, descriptors, &taken);
	closer_close(PROGRAMS, descriptors, taken);
	return length;
}

/* Returns 1: all of the message is there, 0: not yet, -1: close it. */
static int fill(struct connection *connection)
{
	struct secret *in = &connection->in;
	size_t size;
	ssize_t length;

	for (;;) {
		size = wanted(connection);
		if (!size)
			return -1;
		if (size > HEAD && in->length == size)
			return 1;
		if (!make_room(connection)) {
			log_warning("a connection is closed: there is no locked memory for what it sends");
			return -1;
		}
		size = size < in->capacity ? size : in->capacity;
		length = receive(connection->fd, in->data + in->length, size - in->length);
		if (length == -EAGAIN)
			return 0;
		if (length <= 0)
			return -1;
		in->length += (size_t)length;
	}
}

static void read_message(struct connection *connection)
{
	int result = fill(connection);

	if (result < 0) {
		close_connection(connection);
	} else if (result) {
		handle(connection);
	} else if (!connection->in.length) {
		secret_free(&connection->in);
	} else {
		wait_for(connection, EPOLLIN, true);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct connection *connection = context;

	(void)source;
	(void)fd;
	if (connection->out.length && !(events & EPOLLERR))
		push(connection);
	else if (connection->pending || (events & EPOLLERR))
		close_connection(connection);
	else
		read_message(connection);
	return 0;
}

/* ---- peers ---- */

static bool is_own(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	if (peer.uid == geteuid() && peer.pid > 0 && !in_others_user_namespace(peer.pid, peer.uid))
		return true;
	log_notice("process %d of uid %u is not served: it is not this user's, or is in a container", peer.pid, peer.uid);
	return false;
}

static int add(sd_event *loop, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int result = connection ? sd_event_add_io(loop, &connection->io, fd, EPOLLIN, on_io, connection) : -ENOMEM;

	if (result >= 0)
		result = sd_event_add_time(loop, &connection->end, CLOCK_MONOTONIC, UINT64_MAX, 0, on_end, connection);
	if (result >= 0)
		result = sd_event_source_set_enabled(connection->end, SD_EVENT_OFF);
	if (result < 0) {
		if (connection) {
			sd_event_source_disable_unref(connection->io);
			sd_event_source_disable_unref(connection->end);
		}
		free(connection);
		return result;
	}
	connection->fd = fd;
	connection->next = connections;
	connections = connection;
	count++;
	return 0;
}

void connection_refuse(int fd)
{
	closer_close_connection(STRANGERS, fd);
}

void connection_accept(sd_event *loop, int fd)
{
	static bool told;
	int result = !is_own(fd) ? -EACCES : count == CONNECTIONS_MAX ? -EMFILE : add(loop, fd);

	if (result < 0 && result != -EACCES && !told)
		log_warning("connections are closed: %s", count == CONNECTIONS_MAX ? "there are too many" : strerrordesc_np(-result));
	told = result < 0 && result != -EACCES;
	if (result == -EACCES)
		connection_refuse(fd);
	else if (result < 0)
		closer_close_connection(PROGRAMS, fd);
}

void connections_close_all(void)
{
	while (connections)
		close_connection(connections);
}
