/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to loaded keybags: read from the kernel, told to the journal and to those who watch, and
 * records that want to be saved. Main thread only.
 */
#ifndef KEYBAGD_EVENTS_H
#define KEYBAGD_EVENTS_H

#include "bag.h"

void events_open(sd_event *loop);

/* Notes whether the keybag is loaded, and binds to it or lets go. */
void bag_watch(struct bag *bag, bool loaded);

/* Binds to one that a daemon before this one has loaded; its present state is no news. */
void bag_adopt(struct bag *bag);

/* Reads what waits; so that whoever asked for a change finds it told before the answer. */
void bag_read_events(struct bag *bag);

/* The same of all keybags. */
void bag_read_all_events(void);

#endif /* KEYBAGD_EVENTS_H */
