// SPDX-License-Identifier: GPL-2.0-or-later
#include "bag_events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/deadline.h"
#include "daemon/log.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/log/event_repeat.h"

#define EVENTS_AT_A_TIME	16

static sd_event *event_loop;
static const struct bag_events_listener *listener;

void bag_events_open(sd_event *loop, const struct bag_events_listener *by)
{
	event_loop = loop;
	listener = by;
}

/* By this clock, which nobody sets; what the kernel tells is the time of day. */
static void note_state(struct bag *bag, const struct keybag_event *event)
{
	bag->open_since_ns = event->state == KEYBAG_STATE_UNLOCKED ? deadline_now() : 0;
}

static void let_go(struct bag *bag)
{
	bag->events = sd_event_source_unref(bag->events);
	if (bag->descriptor >= 0)
		close(bag->descriptor);
	bag->descriptor = -1;
	bag->loaded = false;
	bag->open_since_ns = 0;
}

static void bag_events_tell(struct bag *bag, const struct keybag_event *event)
{
	/* Each state by itself: whoever opens and locks in a loop ends with a count of both. */
	const struct event_source source = {
		.uuid = bag->uuid,
		.uid = event->requester.uid,
		.told = EVENT_SOME,
		.while_ns = EVENT_MINUTE_NS,
	};
	char label[320];

	bag_label(bag, label, sizeof(label));
	event_repeat_log(&source,
			 "state=\"%s\" reason=%s bag=\"%s\" requester-uid=%u requester-pid=%u seq=%llu",
			 keybag_state_name(event->state), keybag_reason_name(event->reason), label,
			 event->requester.uid, event->requester.pid,
			 (unsigned long long)event->state_seq);
	listener->changed(bag, event);
}

void bag_events_read(struct bag *bag)
{
	struct keybag_event events[EVENTS_AT_A_TIME];
	uint32_t gone_for = 0;
	ssize_t count, i;

	while (bag->descriptor >= 0) {
		count = keybag_read_events(bag->descriptor, events, EVENTS_AT_A_TIME);
		if (count <= 0)
			break;
		for (i = 0; i < count; i++) {
			note_state(bag, &events[i]);
			bag_events_tell(bag, &events[i]);
			if (events[i].state == KEYBAG_STATE_GONE)
				gone_for = events[i].reason;
		}
		if (gone_for)
			let_go(bag);
	}
	if (gone_for == KEYBAG_REASON_HIBERNATE)
		listener->hibernated(bag);
}

void bag_events_read_all(void)
{
	struct bag *bag, *next;

	for (bag = bag_first(); bag; bag = next) {
		next = bag->next;
		bag_events_read(bag);
	}
}

static int on_event(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	struct bag *bag = context;

	(void)fd;
	bag_events_read(bag);
	if (bag->descriptor < 0)
		return 0;
	if (happened & (EPOLLHUP | EPOLLERR)) {
		let_go(bag);
		return 0;
	}
	if (happened & EPOLLPRI) {
		/* Until it is saved, or has failed to be, there is no use in hearing it again. */
		sd_event_source_set_io_events(source, EPOLLIN);
		listener->unsaved(bag);
	}
	return 0;
}

static unsigned int bag_events_wanted(const struct bag *bag)
{
	return bag->save_failed ? EPOLLIN : EPOLLIN | EPOLLPRI;
}

static void bind_to(struct bag *bag)
{
	char label[320];
	int fd = device_ioctl_bind(bag->uuid);

	if (fd >= 0 &&
	    sd_event_add_io(event_loop, &bag->events, fd, bag_events_wanted(bag), on_event, bag) < 0) {
		close(fd);
		fd = -ENOMEM;
	}
	bag->loaded = fd != -EKEYREVOKED && fd != -ENOENT;
	if (fd >= 0) {
		bag->descriptor = fd;
	} else if (bag->loaded) {
		bag_label(bag, label, sizeof(label));
		log_error("%s: its events cannot be followed: %s", label, keybag_error_text(fd));
	}
}

void bag_events_follow(struct bag *bag, bool loaded)
{
	bag_events_read(bag);
	if (!loaded) {
		let_go(bag);
		return;
	}
	if (bag->descriptor < 0)
		bind_to(bag);
	else
		sd_event_source_set_io_events(bag->events, bag_events_wanted(bag));
	bag_events_read(bag);
}

void bag_events_adopt(struct bag *bag)
{
	struct keybag_event present;

	bind_to(bag);
	if (bag->descriptor >= 0 && keybag_read_events(bag->descriptor, &present, 1) == 1)
		note_state(bag, &present);
}
