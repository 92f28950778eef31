// SPDX-License-Identifier: GPL-2.0-or-later
#include "events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "connection.h"
#include "daemon/log.h"
#include "event_log.h"
#include "load_later.h"
#include "logind.h"
#include "queue.h"
#include "save.h"
#include "session.h"

#define EVENTS_AT_A_TIME	16

static sd_event *event_loop;

void events_open(sd_event *loop)
{
	event_loop = loop;
}

static void let_go(struct bag *bag)
{
	bag->events = sd_event_source_unref(bag->events);
	if (bag->descriptor >= 0)
		close(bag->descriptor);
	bag->descriptor = -1;
	bag->loaded = false;
}

static void tell(struct bag *bag, const struct keybag_event *event)
{
	char label[320];

	bag_label(bag, label, sizeof(label));
	log_event("state=\"%s\" reason=%s bag=\"%s\" requester-uid=%u requester-pid=%u seq=%llu",
		  keybag_state_name(event->state), keybag_reason_name(event->reason), label,
		  event->requester.uid, event->requester.pid,
		  (unsigned long long)event->state_seq);
	connection_tell(bag, event);
	if (event->state == KEYBAG_STATE_UNLOCKED && event->reason == KEYBAG_REASON_SCREEN)
		session_screen_opened(bag->owner, logind_session_of((pid_t)event->requester.pid));
}

void bag_read_events(struct bag *bag)
{
	struct keybag_event events[EVENTS_AT_A_TIME];
	uint32_t gone_for = 0;
	ssize_t count, i;

	while (bag->descriptor >= 0) {
		count = keybag_read_events(bag->descriptor, events, EVENTS_AT_A_TIME);
		if (count <= 0)
			break;
		for (i = 0; i < count; i++) {
			tell(bag, &events[i]);
			if (events[i].state == KEYBAG_STATE_GONE)
				gone_for = events[i].reason;
		}
		if (gone_for)
			let_go(bag);
	}
	/* After hibernation the kernel has neither the keybags nor the device key. */
	if (gone_for == KEYBAG_REASON_HIBERNATE)
		load_again_later(bag);
}

void bag_read_all_events(void)
{
	struct bag *bag, *next;

	for (bag = bag_first(); bag; bag = next) {
		next = bag->next;
		bag_read_events(bag);
	}
}

static int on_event(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	struct bag *bag = context;

	(void)fd;
	bag_read_events(bag);
	if (bag->descriptor < 0)
		return 0;
	if (happened & (EPOLLHUP | EPOLLERR)) {
		let_go(bag);
		return 0;
	}
	if (happened & EPOLLPRI) {
		/* Until it is saved, or has failed to be, there is no use in hearing it again. */
		sd_event_source_set_io_events(source, EPOLLIN);
		save_later(bag);
	}
	return 0;
}

static unsigned int wanted(const struct bag *bag)
{
	return bag->save_failed ? EPOLLIN : EPOLLIN | EPOLLPRI;
}

static void bind_to(struct bag *bag)
{
	char label[320];
	int fd = control_bind(bag->uuid);

	if (fd >= 0 &&
	    sd_event_add_io(event_loop, &bag->events, fd, wanted(bag), on_event, bag) < 0) {
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

void bag_watch(struct bag *bag, bool loaded)
{
	bag_read_events(bag);
	if (!loaded) {
		let_go(bag);
		return;
	}
	if (bag->descriptor < 0)
		bind_to(bag);
	else
		sd_event_source_set_io_events(bag->events, wanted(bag));
	bag_read_events(bag);
}

void bag_adopt(struct bag *bag)
{
	struct keybag_event present;

	bind_to(bag);
	if (bag->descriptor >= 0)
		keybag_read_events(bag->descriptor, &present, 1);
}
