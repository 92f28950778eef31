// SPDX-License-Identifier: GPL-2.0-or-later
#include "user_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "helper/common/deadline.h"
#include "helper/common/detached_thread.h"
#include "helper/daemon/closer.h"
#include "helper/daemon/log.h"
#include "helper/keychain/service/grants/entitlements.h"
#include "helper/keychain/service/grants/identity.h"
#include "helper/keychain/service/peer/process.h"
#include "request.h"
#include "watchers.h"

/*
 * Without requests for so long a user's databases are closed, and without connections the thread
 * ends.
 */
#define STACK_SIZE	(1024 * 1024)
#define IDLE_SECONDS	30
#define SWEEP_SECONDS	10
#define REPORT_SECONDS	60
/* Databases are cleared up when nothing is asked for so long; while requests come without end, once in so long. */
#define TIDY_AFTER_MS	300
#define TIDY_NEXT_MS	10
#define TIDY_SECONDS	2
/* When the daemon ends: how long clients have to read what they were answered. */
#define LAST_ANSWERS_NS	UINT64_C(1000000000)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gone = PTHREAD_COND_INITIALIZER;
static struct user_thread *users;
static unsigned int user_count;
static unsigned int connection_count;
static atomic_bool stopping;

static void forget_connection(struct user_thread *user, struct connection *connection)
{
	struct connection **place;

	for (place = &user->connections; *place != connection; place = &(*place)->next)
		;
	*place = connection->next;
	/* It is closed some time later, and must not be told of until then. */
	epoll_ctl(user->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
	pthread_mutex_lock(&mutex);
	limits_leave(&user->limits, connection->application);
	connection_count--;
	pthread_mutex_unlock(&mutex);
	watcher_free(connection->watcher);
	identity_free(connection->identity);
	connection_free(connection);
}

static void take_in(struct user_thread *user, struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

	connection->next = user->connections;
	user->connections = connection;
	if (epoll_ctl(user->epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0 ||
	    connection_greet(connection) < 0)
		forget_connection(user, connection);
}

static void empty_inbox(struct user_thread *user)
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

struct unread {
	size_t all;
	size_t of_application;
	struct connection *oldest;
	struct connection *oldest_of_application;
};

static bool is_older(const struct connection *connection, const struct connection *other)
{
	return !other || connection->turn < other->turn;
}

/* Counts the answers in memory files that nobody has read yet, and gives the memory of the others back. */
static struct unread count_unread(const struct user_thread *user, const struct connection *newest)
{
	struct connection *connection;
	struct unread unread = { 0 };

	for (connection = user->connections; connection; connection = connection->next) {
		if (handover_was_read(&connection->sent)) {
			connection_end_sent(connection);
			continue;
		}
		unread.all += connection->sent.length;
		if (connection != newest && is_older(connection, unread.oldest))
			unread.oldest = connection;
		if (connection->application != newest->application)
			continue;
		unread.of_application += connection->sent.length;
		if (connection != newest && is_older(connection, unread.oldest_of_application))
			unread.oldest_of_application = connection;
	}
	return unread;
}

/* Hangs up on clients that do not read their answers, when others need the room. */
static void limit_unread(struct user_thread *user, struct connection *newest)
{
	struct unread unread;

	newest->turn = ++user->answers;
	if (!newest->sent.mapping)
		return;
	for (;;) {
		unread = count_unread(user, newest);
		if (newest->application && unread.of_application > UNREAD_OF_APPLICATION)
			forget_connection(user, unread.oldest_of_application);
		else if (unread.all > UNREAD_OF_USER)
			forget_connection(user, unread.oldest);
		else
			return;
	}
}

/* Clients that want something of the service connect again by themselves. */
static void sweep(struct user_thread *user)
{
	struct connection *connection, *next;
	time_t now = monotonic_seconds();

	for (connection = user->connections; connection; connection = next) {
		next = connection->next;
		/* It has nothing to say until it is told something. Its children may have kept the connection open. */
		if (connection->held) {
			if (!connection_peer_lives(connection))
				forget_connection(user, connection);
			else if (connection->held_request.behalf >= 0 && !process_runs(connection->held_request.behalf))
				watcher_wake(connection->watcher);
			else
				watcher_refresh(connection->watcher, entitlements_generation());
			continue;
		}
		if (now - connection->silent_since <
		    (connection->spoke ? SILENT_SECONDS : SILENT_AT_FIRST_SECONDS))
			continue;
		connection_say_closing(connection);
		forget_connection(user, connection);
	}
}

static void serve(struct user_thread *user, struct connection *connection)
{
	struct incoming incoming;
	int result;

	/* Descriptors of its user's that were never closed: no more are taken. */
	if (closer_is_full(connection_account(connection))) {
		forget_connection(user, connection);
		return;
	}
	result = connection_receive(connection, &incoming);
	/* Nothing was there. An answer that cannot be sent is another matter: it is lost. */
	if (result == -EAGAIN)
		return;
	if (!result) {
		result = request_handle(&user->cache, connection, &incoming);
		connection_close_incoming(connection, &incoming);
		connection->spoke = true;
		connection->silent_since = monotonic_seconds();
	}
	if (result < 0)
		forget_connection(user, connection);
	else
		limit_unread(user, connection);
}

/* Tells those who wait for changes of them; who does not take it is hung up on, and nobody waits. */
static void tell_watchers(struct user_thread *user)
{
	struct connection *connection, *next;

	for (connection = user->connections; connection; connection = next) {
		next = connection->next;
		if (!connection->held || !watcher_ready(connection->watcher))
			continue;
		connection->silent_since = monotonic_seconds();
		if (request_resume(&user->cache, connection) < 0) {
			forget_connection(user, connection);
			continue;
		}
		limit_unread(user, connection);
		/* An answer may have ended any connection. */
		next = user->connections;
	}
}

/* Under the mutex. */
static void remove_user(struct user_thread *user)
{
	struct user_thread **place;

	for (place = &users; *place != user; place = &(*place)->next)
		;
	*place = user->next;
	user_count--;
	pthread_cond_signal(&gone);
}

static void free_user(struct user_thread *user)
{
	cleanup_descriptor(&user->epoll);
	cleanup_descriptor(&user->wake);
	free(user);
}

/* Whether it is out of the list: nobody can hand it a connection any more. */
static bool leave(struct user_thread *user)
{
	bool left;

	engine_cache_close(&user->cache);
	pthread_mutex_lock(&mutex);
	left = !user->limits.connections;
	if (left) {
		engine_cache_end(&user->cache);
		remove_user(user);
	}
	pthread_mutex_unlock(&mutex);
	return left;
}

static void end(struct user_thread *user)
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

/* The time to wait for the next event. @tidying: nothing was asked since the last step of it. */
static int pause_ms(const struct user_thread *user, bool tidying)
{
	if (!user->cache.untidy)
		return SWEEP_SECONDS * 1000;
	return tidying ? TIDY_NEXT_MS : TIDY_AFTER_MS;
}

static void *run(void *argument)
{
	struct user_thread *user = argument;
	struct epoll_event event;
	time_t swept = monotonic_seconds(), tidied = swept, used = swept;
	bool tidying = false;
	int count;

	while (!stopping) {
		/* One at a time: a connection that is closed leaves no event behind. */
		count = epoll_wait(user->epoll, &event, 1, pause_ms(user, tidying));
		if (stopping)
			break;
		if (count == 1 && !event.data.ptr) {
			empty_inbox(user);
			tell_watchers(user);
		} else if (count == 1) {
			serve(user, event.data.ptr);
			used = monotonic_seconds();
		} else if (monotonic_seconds() - used >= IDLE_SECONDS && leave(user)) {
			free_user(user);
			return NULL;
		}
		tidying = user->cache.untidy && count == 0;
		if (tidying || (user->cache.untidy && monotonic_seconds() - tidied >= TIDY_SECONDS)) {
			engine_cache_tidy(&user->cache);
			tidied = monotonic_seconds();
		}
		if (monotonic_seconds() - swept >= SWEEP_SECONDS) {
			sweep(user);
			engine_cache_settle(&user->cache);
			swept = monotonic_seconds();
		}
	}
	end(user);
	free_user(user);
	return NULL;
}

static struct user_thread *new_user(uid_t uid)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct user_thread *user = calloc(1, sizeof(*user));

	if (!user)
		return NULL;
	user->uid = uid;
	user->epoll = epoll_create1(EPOLL_CLOEXEC);
	user->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (user->epoll < 0 || user->wake < 0 ||
	    epoll_ctl(user->epoll, EPOLL_CTL_ADD, user->wake, &event) < 0 ||
	    engine_cache_begin(&user->cache) < 0)
		goto fail;
	user->cache.wake = user->wake;
	if (detached_thread_start(run, user, STACK_SIZE) < 0) {
		engine_cache_end(&user->cache);
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

/* Descriptors that take their time to close count as connections. */
static bool closes_too_many(const struct connection *connection)
{
	const struct closer_count closing = closer_count(connection_account(connection));

	return connection->peer.uid &&
	       (closing.of_account >= (connection->application ? CONNECTIONS_OF_APPLICATION : CONNECTIONS_OF_USER) ||
		closing.all + connection_count >= CONNECTIONS_OF_ALL - CONNECTIONS_OF_ROOT);
}

/* Under the mutex. Returns the text of a refusal, or NULL. */
static const char *admit(struct connection *connection, struct user_thread **ret_user)
{
	uid_t uid = connection->peer.uid;
	const char *refusal;
	struct user_thread *user;

	if (closes_too_many(connection))
		return "too many connections to keychaind are being closed: try again later";
	for (user = users; user && user->uid != uid; user = user->next)
		;
	if (!user && user_count >= USER_THREADS)
		return "too many users at a time: try again later";
	if (!user)
		user = new_user(uid);
	if (!user)
		return "out of memory or descriptors: try again later";
	refusal = limits_enter(&user->limits, uid, connection->application, connection_count);
	if (refusal)
		return refusal;
	connection->next = user->inbox;
	user->inbox = connection;
	connection_count++;
	*ret_user = user;
	return NULL;
}

/* Not each of them: who is refused could drown the journal. */
static void report(uid_t uid, const char *refusal)
{
	static unsigned int unreported;
	static time_t last;
	time_t now = monotonic_seconds();

	if (last && now - last < REPORT_SECONDS) {
		unreported++;
		return;
	}
	log_warning("uid %u: %s (%u refusals since the last one that was reported)", uid, refusal,
		    unreported);
	unreported = 0;
	last = now;
}

static void report_unseen(const struct connection *connection)
{
	char refusal[128];

	snprintf(refusal, sizeof(refusal), "process %d cannot be looked at: %s", connection->peer.pid,
		 strerrordesc_np(-connection->unseen));
	report(connection->peer.uid, refusal);
}

void user_threads_accept(int fd)
{
	struct connection *connection = connection_new(fd);
	struct user_thread *user = NULL;
	const char *refusal;

	if (!connection)
		return;
	if (connection->unseen) {
		report_unseen(connection);
		/* It would try again and again if it were not told. */
		connection_refuse(connection, connection->unseen,
				  "keychaind cannot look at this process: its journal says why ('journalctl -u keychaind')");
		return;
	}
	if (connection->foreign) {
		connection_refuse(connection, -EPERM,
				  "keychains cannot be reached from a user namespace (container): ask from "
				  "outside of it");
		return;
	}
	pthread_mutex_lock(&mutex);
	refusal = admit(connection, &user);
	/* While the mutex is held the thread cannot end. */
	if (user)
		eventfd_write(user->wake, 1);
	pthread_mutex_unlock(&mutex);
	if (!refusal)
		return;
	report(connection->peer.uid, refusal);
	connection_refuse(connection, -EDQUOT, refusal);
}

void user_threads_stop(void)
{
	struct user_thread *user;

	stopping = true;
	pthread_mutex_lock(&mutex);
	for (user = users; user; user = user->next)
		eventfd_write(user->wake, 1);
	while (users)
		pthread_cond_wait(&gone, &mutex);
	pthread_mutex_unlock(&mutex);
}
