/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stand-in for a daemon: a SOCK_SEQPACKET socket in the working folder, and a thread for each connection.
 */
#ifndef UNIT_STAND_IN_H
#define UNIT_STAND_IN_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/message.h"
#include "common/transport.h"

#define MILLISECOND	UINT64_C(1000000)
/* A machine that is busy does not take so long for what takes no time. */
#define LONG		(20000 * MILLISECOND)

#define STAND_IN_CONNECTIONS	1024

struct stand_in {
	int listener;
	int stop[2];			/* pipe: readable when it is to end */
	/* Serves one connection, which ends when it returns; NULL: none is accepted. */
	void (*serve)(struct stand_in *stand_in, int fd);
	pthread_t thread, served[STAND_IN_CONNECTIONS];
	atomic_uint connections;
};

struct stand_in_connection {
	struct stand_in *stand_in;
	int fd;
};

/*
 * A thread of a stand-in read-locks this but where it waits, and a fork write-locks it: a child gets the locks of ASan's allocator as
 * they are, and would wait for ever for one that a thread held.
 */
static pthread_rwlock_t stand_in_work = PTHREAD_RWLOCK_INITIALIZER;

static inline void stand_in_begin_work(void)
{
	pthread_rwlock_rdlock(&stand_in_work);
}

static inline void stand_in_begin_fork(void)
{
	pthread_rwlock_wrlock(&stand_in_work);
}

static inline void stand_in_unlock(void)
{
	pthread_rwlock_unlock(&stand_in_work);
}

static inline void stand_in_forget_work(void)
{
	pthread_rwlock_init(&stand_in_work, NULL);
}

static inline void stand_in_watch_forks(void)
{
	if (pthread_atfork(stand_in_begin_fork, stand_in_unlock, stand_in_forget_work))
		abort();
}

/* Waits for @fd, not longer than the stand-in lives. */
static inline bool stand_in_readable(const struct stand_in *stand_in, int fd)
{
	struct pollfd items[] = { { .fd = fd, .events = POLLIN }, { .fd = stand_in->stop[0], .events = POLLIN } };
	int count;

	stand_in_unlock();
	/* As when a test becomes another user. */
	do
		count = poll(items, 2, -1);
	while (count < 0 && errno == EINTR);
	stand_in_begin_work();
	return count >= 0 && !items[1].revents;
}

static inline void *stand_in_serve(void *context)
{
	struct stand_in_connection connection = *(struct stand_in_connection *)context;

	stand_in_begin_work();
	free(context);
	connection.stand_in->serve(connection.stand_in, connection.fd);
	close(connection.fd);
	stand_in_unlock();
	return NULL;
}

static inline void *stand_in_run(void *context)
{
	struct stand_in *stand_in = context;

	stand_in_begin_work();
	while (stand_in_readable(stand_in, stand_in->listener)) {
		struct stand_in_connection *connection = malloc(sizeof(*connection));

		if (!connection)
			abort();
		*connection = (struct stand_in_connection){ stand_in, accept4(stand_in->listener, NULL, NULL, SOCK_CLOEXEC) };
		if (connection->fd < 0 || stand_in->connections == STAND_IN_CONNECTIONS ||
		    pthread_create(&stand_in->served[stand_in->connections], NULL, stand_in_serve, connection))
			abort();
		stand_in->connections++;
	}
	stand_in_unlock();
	return NULL;
}

static inline void stand_in_start(struct stand_in *stand_in, const char *path, void (*serve)(struct stand_in *, int))
{
	static pthread_once_t watched = PTHREAD_ONCE_INIT;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	pthread_once(&watched, stand_in_watch_forks);
	stand_in->serve = serve;
	stand_in->connections = 0;
	stand_in->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	unlink(path);
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (bind(stand_in->listener, (struct sockaddr *)&address, sizeof(address)) || listen(stand_in->listener, 64) ||
	    chmod(path, 0777) || pipe(stand_in->stop) ||
	    (serve && pthread_create(&stand_in->thread, NULL, stand_in_run, stand_in)))
		abort();
}

/* The socket file stays behind. */
static inline void stand_in_stop(struct stand_in *stand_in)
{
	if (write(stand_in->stop[1], "", 1) != 1)
		abort();
	if (stand_in->serve)
		pthread_join(stand_in->thread, NULL);
	for (unsigned int i = 0; i < stand_in->connections; i++)
		pthread_join(stand_in->served[i], NULL);
	close(stand_in->listener);
	close(stand_in->stop[0]);
	close(stand_in->stop[1]);
}

/* The next request: false where the peer hung up, or the stand-in is to end. */
static inline bool stand_in_receive(const struct stand_in *stand_in, int fd, uint8_t bytes[MESSAGE_MAX_SIZE],
				    struct message *ret_message, int ret_descriptors[TRANSPORT_MAX_DESCRIPTORS])
{
	ssize_t length = stand_in_readable(stand_in, fd) ?
		transport_receive(fd, bytes, MESSAGE_MAX_SIZE, ret_descriptors) : 0;

	return length > 0 && message_parse(ret_message, bytes, (size_t)length) == 0;
}

static inline void stand_in_send(int fd, struct writer *writer, int descriptor)
{
	if (message_finish(writer) == 0)
		transport_send(fd, writer->bytes, writer->length, &descriptor, descriptor >= 0);
}

#endif /* UNIT_STAND_IN_H */
