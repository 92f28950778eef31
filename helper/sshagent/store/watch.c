// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <string.h>
#include <sys/epoll.h>

#include "helper/daemon/log.h"
#include "keychain.h"

#define AGAIN_US	2000000ULL

static sd_event *event_loop;
static sd_event_source *readable, *again;
static struct keychain_watch *watch;
static void (*on_opened)(void), (*on_less)(void);

static bool says_opened(const struct keychain_event *event)
{
	return event->kind == KEYCHAIN_EVENT_AVAILABLE && event->accessible == KEYCHAIN_WHEN_UNLOCKED;
}

/* A key may be gone, or its class is closed. */
static bool says_less(const struct keychain_event *event)
{
	return event->kind == KEYCHAIN_EVENT_REMOVED || event->kind == KEYCHAIN_EVENT_ANYTHING ||
	       (event->kind == KEYCHAIN_EVENT_UNAVAILABLE && event->accessible == KEYCHAIN_WHEN_UNLOCKED);
}

/* An error is tried again, with the same watch. */
static void try_again_later(void)
{
	sd_event_source_set_time_relative(again, AGAIN_US);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
}

/* Many come at once, as when all of a keychain is deleted: what is done about them is done once. */
static void read_events(void)
{
	bool opened = false, less = false;
	struct keychain_event event;
	int status;

	do {
		status = keychain_watch_next(watch, 0, &event);
		opened = opened || (!status && says_opened(&event));
		less = less || (!status && says_less(&event));
	} while (!status && event.kind != KEYCHAIN_EVENT_NONE);
	if (opened)
		on_opened();
	else if (less)
		on_less();
	if (status) {
		sd_event_source_set_enabled(readable, SD_EVENT_OFF);
		try_again_later();
	} else {
		sd_event_source_set_enabled(readable, SD_EVENT_ON);
	}
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source;
	(void)fd;
	(void)events;
	(void)context;
	read_events();
	return 0;
}

/* The watch takes the connection of a client of its own. */
static int make_watch(void)
{
	struct keychain_client *client = NULL;
	int status = keychain_client_new(&client);

	if (!status)
		status = keychain_client_choose(client, KEYCHAIN_NAME);
	keychain_client_set_time_limit(client, KEYCHAIN_LIMIT_NS);
	if (!status)
		status = keychain_watch_new(client, &watch);
	keychain_client_free(client);
	return status;
}

static int on_again(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	if (!watch && (make_watch() || sd_event_add_io(event_loop, &readable, keychain_watch_fd(watch), EPOLLIN, on_readable, NULL) < 0))
		try_again_later();
	else
		read_events();
	return 0;
}

int watch_begin(sd_event *loop, void (*opened)(void), void (*less)(void))
{
	int result = sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, 0, 0, on_again, NULL);

	event_loop = loop;
	on_opened = opened;
	on_less = less;
	if (result < 0)
		log_error("the keychain cannot be watched: %s", strerrordesc_np(-result));
	return result < 0 ? result : 0;
}

void watch_end(void)
{
	readable = sd_event_source_disable_unref(readable);
	again = sd_event_source_disable_unref(again);
	keychain_watch_free(watch);
	watch = NULL;
}
