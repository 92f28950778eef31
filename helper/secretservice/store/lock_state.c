// SPDX-License-Identifier: GPL-2.0-or-later
#include "lock_state.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "helper/libkeybag/keybag.h"

/* keybagd is started again. */
#define AGAIN_US	2000000ULL

static sd_event *event_loop;
static sd_event_source *readable, *again;
static struct keybag_watch *watch;
static void (*on_change)(void);

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

/* The content of the events is not needed: the kernel knows better. Nobody is waited for, also where keybagd has to be connected to again. */
static void read_events(void)
{
	struct keybag_watch_event event;
	int result;

	while ((result = keybag_watch_next(watch, 0, &event)) == 0)
		;
	if (result != -ETIMEDOUT && result != -ECONNREFUSED)
		log_warning("watching the keybag: %s", keybag_error_text(result));
	wait_for_more();
	on_change();
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

int lock_state_follow(sd_event *loop, void (*changed)(void))
{
	const struct keybag_whose own = { .by = KEYBAG_WHOSE_UID, .uid = geteuid() };
	int result = sd_event_add_time_relative(loop, &again, CLOCK_BOOTTIME, 0, 0, on_again, NULL);

	if (result >= 0)
		result = sd_event_source_set_enabled(again, SD_EVENT_OFF);
	if (result >= 0)
		result = keybag_watch_new(&own, &watch);
	if (result < 0) {
		log_error("the keybag cannot be watched: %s", keybag_error_text(result));
		return result;
	}
	event_loop = loop;
	on_change = changed;
	wait_for_more();
	return 0;
}

void lock_state_end(void)
{
	readable = sd_event_source_disable_unref(readable);
	again = sd_event_source_disable_unref(again);
	keybag_watch_free(watch);
	watch = NULL;
}

/*
 * Not by an upcall: whether the keybag is loaded for this is for others to say. Nothing stays open in between, which would keep
 * the module from being removed.
 */
static int read_status(struct keybag_status *status)
{
	CLEANUP_FD int fd = keybag_open();
	int result = fd < 0 ? fd : keybag_bind_uid(fd, geteuid(), KEYBAG_BIND_NO_UPCALL, NULL);

	return result < 0 ? result : keybag_status(fd, status);
}

/* This process lacks something: that says nothing of the keybag. */
static bool is_own_fault(int result)
{
	return result == -EMFILE || result == -ENFILE || result == -ENOMEM || result == -EINTR;
}

bool lock_change_is(const struct lock_change *one, const struct lock_change *other)
{
	return one->sequence == other->sequence && one->time_ns == other->time_ns;
}

enum lock_state lock_state_look(struct lock_change *ret_last)
{
	static struct keybag_status status = { .state = KEYBAG_STATE_GONE };
	struct keybag_status now;
	int result = read_status(&now);

	if (!result)
		status = now;
	else if (!is_own_fault(result))
		status = (struct keybag_status){ .state = KEYBAG_STATE_GONE };
	*ret_last = (struct lock_change){ status.state_seq, status.state_time_ns };
	switch (status.state) {
	case KEYBAG_STATE_UNLOCKED:
		return LOCK_STATE_UNLOCKED;
	case KEYBAG_STATE_LOCKED:
		return LOCK_STATE_LOCKED;
	case KEYBAG_STATE_BEFORE_FIRST_UNLOCK:
		return LOCK_STATE_BEFORE_FIRST_UNLOCK;
	default:
		return LOCK_STATE_GONE;
	}
}

enum lock_state lock_state_now(void)
{
	struct lock_change last;

	return lock_state_look(&last);
}

bool lock_state_has_passcode(void)
{
	struct keybag_status status;

	return read_status(&status) < 0 || status.flags & KEYBAG_STATUS_PASSCODE;
}
