// SPDX-License-Identifier: GPL-2.0-or-later
#include "user.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "helper/common/deadline.h"
#include "helper/daemon/log.h"
#include "request.h"

/*
 * Without requests for so long a user's databases are closed, and without connections his thread
 * ends.
 */
#define IDLE_SECONDS	30
/* When the daemon ends: how long clients have to read what they were answered. */
#define LAST_ANSWERS_NS	UINT64_C(1000000000)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gone = PTHREAD_COND_INITIALIZER;
static struct user *users;
static unsigned int user_count;
static unsigned int connection_count;
static atomic_bool stopping;

static void forget_connection(struct user *user, struct connection *connection)
{
	struct connection **place;

	for (place = &user->connections; *place != connection; place = &(*place)->next)
		;
	*place = connection->next;
	connection_free(connection);
	pthread_mutex_lock(&mutex);
	user->count--;
	connection_count--;
	pthread_mutex_unlock(&mutex);
}

static void take_in(struct user *user, struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

	connection->next = user->connections;
	user->connections = connection;
	if (epoll_ctl(user->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0 ||
	    connection_greet(connection) < 0)
		forget_connection(user, connection);
}

static void empty_inbox(struct user *user)
{
	struct connection *connection;
	eventfd_t count;

	eventfd_read(user->wake, &count);
	for (;;) {
		pthread_mutex_lock(&mutex);
		connection = user->inbox;
		if (connection)
			user->inbox = connection->next;
		pthread_mutex_unlock(&mutex);
		if (!connection)
			return;
		take_in(user, connection);
	}
}

static void serve(struct user *user, struct connection *connection)
{
	struct incoming incoming;
	int result = connection_receive(connection, &incoming);

	/* Nothing was there. An answer that cannot be sent is another matter: it is lost. */
	if (result == -EAGAIN)
		return;
	if (!result) {
		result = request_handle(&user->engines, connection, &incoming);
		cleanup_descriptor(&incoming.body);
	}
	if (result < 0)
		forget_connection(user, connection);
}

/* Under the mutex. */
static void remove_user(struct user *user)
{
	struct user **place;

	for (place = &users; *place != user; place = &(*place)->next)
		;
	*place = user->next;
	user_count--;
	pthread_cond_signal(&gone);
}

static void free_user(struct user *user)
{
	cleanup_descriptor(&user->epoll);
	cleanup_descriptor(&user->wake);
	free(user);
}

/* Whether it is out of the list: nobody can hand it a connection any more. */
static bool leave(struct user *user)
{
	bool left;

	engines_close(&user->engines);
	pthread_mutex_lock(&mutex);
	left = !user->count;
	if (left) {
		engines_end(&user->engines);
		remove_user(user);
	}
	pthread_mutex_unlock(&mutex);
	return left;
}

static void end(struct user *user)
{
	struct connection *connection;
	uint64_t deadline;

	empty_inbox(user);
	for (connection = user->connections; connection; connection = connection->next)
		connection_say_closing(connection);
	deadline = deadline_after(LAST_ANSWERS_NS);
	while (user->connections) {
		connection_wait_read(user->connections, deadline);
		forget_connection(user, user->connections);
	}
	while (!leave(user))
		empty_inbox(user);
}

static void *run(void *argument)
{
	struct user *user = argument;
	struct epoll_event event;
	time_t used = time(NULL);
	int count;

	while (!stopping) {
		/* One at a time: a connection that is closed leaves no event behind. */
		count = epoll_wait(user->epoll, &event, 1, IDLE_SECONDS * 1000);
		if (stopping)
			break;
		if (count == 1 && !event.data.ptr) {
			empty_inbox(user);
		} else if (count == 1) {
			serve(user, event.data.ptr);
			used = time(NULL);
		} else if (time(NULL) - used >= IDLE_SECONDS && leave(user)) {
			free_user(user);
			return NULL;
		}
	}
	end(user);
	free_user(user);
	return NULL;
}

static int start_thread(struct user *user)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int result;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 1 << 20);
	result = pthread_create(&thread, &attributes, run, user);
	pthread_attr_destroy(&attributes);
	return -result;
}

static struct user *new_user(uid_t uid)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct user *user = calloc(1, sizeof(*user));

	if (!user)
		return NULL;
	user->uid = uid;
	user->epoll = epoll_create1(EPOLL_CLOEXEC);
	user->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (user->epoll < 0 || user->wake < 0 ||
	    epoll_ctl(user->epoll, EPOLL_CTL_ADD, user->wake, &event) < 0 ||
	    engines_begin(&user->engines) < 0)
		goto fail;
	if (start_thread(user) < 0) {
		engines_end(&user->engines);
		goto fail;
	}
	user->next = users;
	users = user;
	user_count++;
	return user;
fail:
	free_user(user);
	return NULL;
}

/* Under the mutex. Returns the text of a refusal, or NULL. */
static const char *admit(struct connection *connection, struct user **ret_user)
{
	uid_t uid = connection->peer.uid;
	unsigned int most = CONNECTIONS_OF_ALL - (uid ? CONNECTIONS_OF_ROOT : 0);
	struct user *user;

	for (user = users; user && user->uid != uid; user = user->next)
		;
	if (connection_count >= most || (user && user->count >= CONNECTIONS_OF_USER))
		return "too many connections to keychaind: close some of them";
	if (!user && user_count >= USERS)
		return "too many users at a time: try again later";
	if (!user)
		user = new_user(uid);
	if (!user)
		return "out of memory or descriptors: try again later";
	connection->next = user->inbox;
	user->inbox = connection;
	user->count++;
	connection_count++;
	*ret_user = user;
	return NULL;
}

void users_accept(int fd)
{
	struct connection *connection = connection_new(fd);
	struct user *user = NULL;
	const char *refusal;

	if (!connection)
		return;
	pthread_mutex_lock(&mutex);
	refusal = admit(connection, &user);
	/* While the mutex is held the thread cannot end. */
	if (user)
		eventfd_write(user->wake, 1);
	pthread_mutex_unlock(&mutex);
	if (!refusal)
		return;
	log_warning("uid %u: %s", connection->peer.uid, refusal);
	connection_refuse(take_descriptor(&connection->fd), -EDQUOT, refusal);
	connection_free(connection);
}

void users_stop(void)
{
	struct user *user;

	stopping = true;
	pthread_mutex_lock(&mutex);
	for (user = users; user; user = user->next)
		eventfd_write(user->wake, 1);
	while (users)
		pthread_cond_wait(&gone, &mutex);
	pthread_mutex_unlock(&mutex);
}
