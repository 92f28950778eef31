// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Watching: a connection to keychaind on which a request waits for changes, keybagd's changes of state, and one
 * descriptor that is readable when there is something of either, or when it is time to connect again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "class_state.h"
#include "client.h"
#include "helper/common/cancellation.h"
#include "helper/common/deadline.h"
#include "helper/common/descriptor.h"
#include "helper/common/handover.h"
#include "helper/common/process_mark.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/transport/request.h"
#include "libkeybag/keybag.h"

/* A service that is restarted is asked again so often. */
#define RETRY_SECONDS	1

static const enum keychain_accessible classes[] = {
	KEYCHAIN_ALWAYS, KEYCHAIN_AFTER_FIRST_UNLOCK, KEYCHAIN_WHEN_UNLOCKED,
};

#define CLASSES	(sizeof(classes) / sizeof(*classes))

struct keychain_watch {
	struct keychain_client *client;
	struct keybag_watch *states;	/* NULL: of the system keychain */
	struct handover sent;		/* the request that waits, if it went by a memory file */
	bool asked;			/* the request that is answered at once was sent on this connection, not answered yet */
	bool subscribed;		/* it was answered, and the one that waits was sent */
	struct value *events;		/* the last answer's */
	size_t next;			/* of them, to be told */
	bool anything;			/* to be told before them */
	bool available[CLASSES], told[CLASSES];
	uint64_t process;		/* process_mark() of the one that made it */
	int epoll, timer;
	int followed_client, followed_states;	/* the watch's own descriptors of the sockets; -1: none */
};

static struct value *watch_request(const struct keychain_watch *watch, bool now)
{
	struct value *request = request_plain("watch");

	if (now)
		request_set(&request, "options", "now", value_boolean(true));
	if (request && client_add_target(watch->client, request) == 0)
		return request;
	value_free(request);
	return NULL;
}

static bool same_file(int one, int other)
{
	struct stat first, second;

	return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

static bool enlist(const struct keychain_watch *watch, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(watch->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* A socket that a child has as well stays among what is followed when it is closed here, unless it is taken out by its number. */
static void unfollow(const struct keychain_watch *watch, int *followed)
{
	if (*followed >= 0)
		epoll_ctl(watch->epoll, EPOLL_CTL_DEL, *followed, NULL);
	cleanup_descriptor(followed);
	*followed = -1;
}

/* @source: a negative one is followed no more. It is closed by others, so that the number that is followed is another. */
static void follow(const struct keychain_watch *watch, int *followed, int source)
{
	if (*followed >= 0 && source >= 0 && same_file(*followed, source))
		return;
	unfollow(watch, followed);
	if (source >= 0)
		*followed = fcntl(source, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (*followed >= 0 && !enlist(watch, *followed))
		unfollow(watch, followed);
}

/* A descriptor that cannot be followed is looked at after a while. */
static void follow_all(struct keychain_watch *watch)
{
	const struct itimerspec soon = { .it_value.tv_sec = RETRY_SECONDS }, never = { 0 };
	bool all;

	follow(watch, &watch->followed_client, watch->client->socket.number);
	if (watch->states)
		follow(watch, &watch->followed_states, keybag_watch_fd(watch->states));
	all = watch->followed_client >= 0 && (!watch->states || watch->followed_states >= 0);
	timerfd_settime(watch->timer, 0, all ? &never : &soon, NULL);
}

/* The service sees at once that it has ended. */
static void disconnect(struct keychain_watch *watch)
{
	unfollow(watch, &watch->followed_client);
	client_disconnect(watch->client);
	/* A request without an answer is made anew: the next connection may have a mailbox for it. */
	handover_free(&watch->sent);
	watch->asked = watch->subscribed = false;
}

/* ---- items ---- */

static void take_events(struct keychain_watch *watch, const struct value *answer)
{
	const struct value *events = value_get(answer, "result");

	value_free(watch->events);
	watch->events = value_copy(events);
	watch->next = 0;
	/* Without memory for them they are all that may have happened. */
	watch->anything |= events && !watch->events;
}

/* Sends the request that waits. Where that fails there is no connection afterwards, and the next call makes one. */
static void wait_for_more(struct keychain_watch *watch)
{
	struct value *request = watch_request(watch, false);

	handover_free(&watch->sent);
	watch->asked = false;
	watch->subscribed = request && client_post(watch->client, request, &watch->sent, deadline_now()) == 0;
	value_free(request);
	if (!watch->subscribed)
		disconnect(watch);
}

/* Connects, and is told at once of what there is. Returns the status of the answer, which client_execute() has noted. */
static int subscribe(struct keychain_watch *watch)
{
	struct value *answer = NULL;
	int status = client_execute(watch->client, watch_request(watch, true), &answer);

	if (status)
		return status;
	take_events(watch, answer);
	value_free(answer);
	wait_for_more(watch);
	return 0;
}

static int ask(struct keychain_watch *watch)
{
	struct value *request = watch_request(watch, true);
	int result = request ? client_post(watch->client, request, &watch->sent, deadline_now()) : -ENOMEM;

	value_free(request);
	watch->asked = !result;
	return result;
}

/* The service has not answered. It may be restarted, and is asked again after a while, but for what is to be told. */
static int note_failure(struct keychain_watch *watch, int failure)
{
	int status = client_finish(watch->client, client_failed(watch->client, failure), NULL);

	disconnect(watch);
	return status == errSecIO || status == errSecNotAvailable ? client_fail(watch->client, 0, "%s", "") : status;
}

/* The steps of subscribe(), as far as they come without waiting; what is waited for then wakes the watch. */
static int resubscribe(struct keychain_watch *watch)
{
	struct value *answer = NULL;
	int result = 0, status;

	if (!watch->asked) {
		result = client_connect(watch->client, 0, deadline_now());
		if (!result)
			result = ask(watch);
	}
	if (!result)
		result = client_collect(watch->client, deadline_now(), &answer);
	if (result == -ETIMEDOUT && watch->client->socket.number >= 0)
		return 0;
	if (result)
		return note_failure(watch, result);
	status = client_finish(watch->client, answer, &answer);
	if (status) {
		/* The next call tries again. */
		disconnect(watch);
		return status == errSecIO ? client_fail(watch->client, 0, "%s", "") : status;
	}
	take_events(watch, answer);
	value_free(answer);
	watch->anything = true;
	wait_for_more(watch);
	return 0;
}

/* Reads what has come of items; makes the connection again where it has ended. */
static int read_items(struct keychain_watch *watch)
{
	struct value *answer = NULL;
	int result, status;

	if (!watch->subscribed)
		return resubscribe(watch);
	result = client_collect(watch->client, deadline_now(), &answer);
	if (result == -ETIMEDOUT)
		return 0;
	if (result) {
		disconnect(watch);
		return resubscribe(watch);
	}
	status = client_finish(watch->client, answer, &answer);
	if (status) {
		disconnect(watch);
		return status;
	}
	take_events(watch, answer);
	value_free(answer);
	wait_for_more(watch);
	return 0;
}

/* ---- classes ---- */

static void note_state(struct keychain_watch *watch, uint32_t state)
{
	for (size_t at = 0; at < CLASSES; at++)
		watch->available[at] = class_state_allows(classes[at], state);
}

static int read_states(struct keychain_watch *watch)
{
	struct keybag_watch_event event;
	int result = 0;

	while (watch->states && !result) {
		result = keybag_watch_next(watch->states, 0, &event);
		if (!result)
			note_state(watch, event.event.state);
	}
	/* There is no more, or it is restarted. */
	if (result == -ECONNREFUSED || result == -ETIMEDOUT)
		return 0;
	return result ? client_fail(watch->client, errSecNotAvailable, "watching the keybag: %s", keybag_error_text(result)) : 0;
}

/* ---- events ---- */

static bool take_class(struct keychain_watch *watch, struct keychain_event *event)
{
	for (size_t at = 0; at < CLASSES; at++) {
		if (watch->available[at] == watch->told[at])
			continue;
		watch->told[at] = watch->available[at];
		event->kind = watch->told[at] ? KEYCHAIN_EVENT_AVAILABLE : KEYCHAIN_EVENT_UNAVAILABLE;
		event->accessible = classes[at];
		return true;
	}
	return false;
}

static enum keychain_event_kind kind_of(const char *name)
{
	for (int kind = KEYCHAIN_EVENT_ADDED; kind <= KEYCHAIN_EVENT_REMOVED; kind++)
		if (name && !strcmp(name, keychain_event_name((enum keychain_event_kind)kind)))
			return (enum keychain_event_kind)kind;
	/* One that this library does not know, too. */
	return KEYCHAIN_EVENT_ANYTHING;
}

static enum keychain_class class_of(const char *name)
{
	for (int class = KEYCHAIN_GENERIC_PASSWORD; class <= KEYCHAIN_IDENTITY; class++)
		if (name && !strcmp(name, keychain_class_name((enum keychain_class)class)))
			return (enum keychain_class)class;
	return 0;
}

static void read_event(const struct value *from, struct keychain_event *event)
{
	const char *group = value_as_name(value_get(from, "agrp"));
	size_t length = 0;
	const void *reference = value_bytes(value_get(from, "v_PersistentRef"), &length);

	event->kind = kind_of(value_as_string(value_get(from, "event")));
	event->item_class = class_of(value_as_string(value_get(from, "class")));
	if (event->kind == KEYCHAIN_EVENT_ANYTHING)
		return;
	if (!event->item_class || !group || strlen(group) >= sizeof(event->access_group) || length != KEYCHAIN_REFERENCE_SIZE) {
		event->kind = KEYCHAIN_EVENT_ANYTHING;
		event->item_class = 0;
		return;
	}
	memcpy(event->reference, reference, length);
	strcpy(event->access_group, group);
}

static bool take_event(struct keychain_watch *watch, struct keychain_event *event)
{
	*event = (struct keychain_event){ 0 };
	if (take_class(watch, event))
		return true;
	if (watch->anything) {
		watch->anything = false;
		event->kind = KEYCHAIN_EVENT_ANYTHING;
		return true;
	}
	if (watch->next >= value_count(watch->events))
		return false;
	read_event(value_at(watch->events, watch->next++), event);
	return true;
}

/* All that can be done without waiting. Returns a status. */
static int read_all_there_is(struct keychain_watch *watch)
{
	NOT_CANCELLED;
	uint64_t expired;
	int status;

	/* Without events it is readable no more. */
	if (read(watch->timer, &expired, sizeof(expired)) < 0 && errno != EAGAIN)
		return client_fail(watch->client, errSecIO, "keychain_watch_next: %s", strerrordesc_np(errno));
	status = read_states(watch);
	if (!status)
		status = read_items(watch);
	follow_all(watch);
	return status;
}

int keychain_watch_next(struct keychain_watch *watch, uint64_t limit_ns, struct keychain_event *ret_event)
{
	uint64_t deadline = deadline_after(limit_ns);
	struct keychain_event event;
	bool told;
	int status;

	/* The parent follows the same descriptors: to connect here would wake it for ever. */
	if (watch->process != process_mark())
		return client_fail(watch->client, errSecNotAvailable,
				   "a watch is of the process that made it: make another one after fork(2)");
	do {
		told = take_event(watch, &event);
		if (told)
			break;
		status = read_all_there_is(watch);
		if (status)
			return status;
		told = take_event(watch, &event);
	} while (!told && deadline_now() < deadline && deadline_poll(watch->epoll, POLLIN, deadline) != -ETIMEDOUT);
	*ret_event = event;
	return 0;
}

/* ---- the handle ---- */

static int copy_target(struct keychain_client *to, const struct keychain_client *from)
{
	to->system = from->system;
	to->keychain = from->keychain ? strdup(from->keychain) : NULL;
	if ((from->keychain && !to->keychain) || client_copy_behalf(&from->behalf, &to->behalf) < 0)
		return errSecAllocate;
	return 0;
}

static int watch_states(struct keychain_watch *watch, uint64_t deadline)
{
	const struct keybag_whose own = { .by = KEYBAG_WHOSE_UID, .uid = geteuid() };
	int result = watch->client->system ? 0 : keybag_watch_new_within(&own, deadline_left(deadline), &watch->states);

	if (!result)
		return 0;
	return client_fail(watch->client, errSecNotAvailable, "watching the keybag: %s", keybag_error_text(result));
}

/* Within the time of one request. */
static int begin(struct keychain_watch *watch, uint64_t limit_ns)
{
	uint64_t deadline = deadline_after(limit_ns);
	int status = watch_states(watch, deadline);

	if (status)
		return status;
	keychain_client_set_time_limit(watch->client, deadline_left(deadline));
	status = subscribe(watch);
	return status ? status : read_states(watch);
}

int keychain_watch_new(struct keychain_client *client, struct keychain_watch **ret_watch)
{
	NOT_CANCELLED;
	struct keychain_watch *watch = calloc(1, sizeof(*watch));
	int status;

	if (!watch)
		return client_fail(client, errSecAllocate, "out of memory");
	watch->process = process_mark();
	watch->sent = HANDOVER_NONE;
	watch->followed_client = watch->followed_states = -1;
	watch->epoll = descriptor_above_standard(epoll_create1(EPOLL_CLOEXEC));
	watch->timer = descriptor_above_standard(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	if (watch->epoll < 0 || watch->timer < 0 || !enlist(watch, watch->timer) || keychain_client_new(&watch->client) ||
	    copy_target(watch->client, client)) {
		keychain_watch_free(watch);
		return client_fail(client, errSecAllocate, "out of memory, or of descriptors");
	}
	status = begin(watch, client->limit_ns);
	client_fail(client, status, "%s", status ? keychain_watch_message(watch) : "");
	if (status) {
		keychain_watch_free(watch);
		return status;
	}
	follow_all(watch);
	*ret_watch = watch;
	return 0;
}

void keychain_watch_free(struct keychain_watch *watch)
{
	NOT_CANCELLED;

	if (!watch)
		return;
	keychain_client_free(watch->client);
	keybag_watch_free(watch->states);
	handover_free(&watch->sent);
	value_free(watch->events);
	cleanup_descriptor(&watch->epoll);
	cleanup_descriptor(&watch->timer);
	cleanup_descriptor(&watch->followed_client);
	cleanup_descriptor(&watch->followed_states);
	free(watch);
}

int keychain_watch_fd(const struct keychain_watch *watch)
{
	return watch->epoll;
}

const char *keychain_watch_message(const struct keychain_watch *watch)
{
	return keychain_client_message(watch->client);
}
