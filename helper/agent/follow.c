// SPDX-License-Identifier: GPL-2.0-or-later
#include "follow.h"
#include "log_text.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>

#define AGAIN_US	2000000ULL

static sd_event *event_loop;
static struct keybag_watch *watch;
static sd_event_source *readable, *again;
static void (*on_state)(uint32_t state);

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *context);

/* The descriptor is another one after keybagd was started again. */
static void wait_for_more(void)
{
	int fd = keybag_watch_fd(watch);

	readable = sd_event_source_disable_unref(readable);
	if (fd >= 0 && sd_event_add_io(event_loop, &readable, fd, EPOLLIN, on_readable, NULL) >= 0)
		return;
	sd_event_source_set_time_relative(again, AGAIN_US);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
}

static void read_events(void)
{
	struct keybag_watch_event next;
	int result;

	/* A watch that connects again needs no wait for that: its descriptor tells when it is time to go on. */
	while ((result = keybag_watch_next(watch, 0, &next)) == 0)
		on_state(next.event.state);
	if (result != -ETIMEDOUT && result != -ECONNREFUSED)
		fprintf(stderr, "keybag-agent: %s\n", log_text(keybag_error_text(result)));
	wait_for_more();
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

static int on_again(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	read_events();
	return 0;
}

int follow_start(sd_event *loop, const struct keybag_whose *whose, void (*changed)(uint32_t state))
{
	int result = sd_event_add_time_relative(loop, &again, CLOCK_BOOTTIME, 0, 0, on_again, NULL);

	if (result >= 0)
		result = sd_event_source_set_enabled(again, SD_EVENT_OFF);
	if (result >= 0)
		result = keybag_watch_new(whose, &watch);
	if (result < 0) {
		fprintf(stderr, "keybag-agent: %s\n", log_text(keybag_error_text(result)));
		return result;
	}
	event_loop = loop;
	on_state = changed;
	read_events();
	return 0;
}

void follow_stop(void)
{
	keybag_watch_free(watch);
}
