/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows loaded keybags: reads from the kernel what happens to them, tells the journal and a listener, and notices
 * records that are to be saved. Main thread only.
 */
#ifndef KEYBAGD_BAG_EVENTS_H
#define KEYBAGD_BAG_EVENTS_H

#include "bag.h"

/* main.c gives these functions. */
struct bag_events_listener {
	/* The state of @bag has changed. */
	void (*changed)(const struct bag *bag, const struct keybag_event *event);
	/* The kernel has a record of guesses and wraps that is not on disk. */
	void (*unsaved)(struct bag *bag);
	/* The machine was in hibernation: the kernel has neither the keybag nor the device key any more. */
	void (*hibernated)(struct bag *bag);
};

void bag_events_open(sd_event *loop, const struct bag_events_listener *listener);

/* Notes whether the keybag is loaded, and binds to it or lets go. */
void bag_events_follow(struct bag *bag, bool loaded);

/* Binds to one that a daemon before this one has loaded; its present state is no news. */
void bag_events_adopt(struct bag *bag);

/* Reads what waits; so that whoever asked for a change finds it told before the answer. */
void bag_events_read(struct bag *bag);

/* The same of all keybags. */
void bag_events_read_all(void);

#endif /* KEYBAGD_BAG_EVENTS_H */
