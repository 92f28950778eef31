/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of state: what happened, for who waits and who asks.
 */
#ifndef _KEYBAG_EVENT_H
#define _KEYBAG_EVENT_H

#include <linux/notifier.h>
#include "bag.h"

/*
 * Enters the state and appends the event; those that wait for it are woken by keybag_notify().
 * @state is enum keybag_state; KEYBAG_STATE_GONE leaves the
 * bag's own state alone. Call with bag->rwsem held for writing, after the wipe.
 */
void keybag_event_publish(struct keybag_bag *bag, u32 state, u32 reason,
			  const struct keybag_requester *requester);

/* The event that begins a bag's history, before it can be found. */
void keybag_event_begin(struct keybag_bag *bag, enum kb_state state, u32 reason);

/*
 * Says that a record newer than the one saved last is wanted. In a stay as well: another thread
 * wakes those that wait.
 */
void keybag_event_record_dirty(struct keybag_bag *bag);

/* init() before there can be a bag; exit() when nothing can happen any more. */
int keybag_event_init(void);
void keybag_event_exit(void);

/* The number of the latest event. */
u64 keybag_event_last(struct keybag_bag *bag);

/* Finds the oldest event from @next on that is still kept. */
bool keybag_event_find(struct keybag_bag *bag, u64 next, struct keybag_event *event);

/* Queues @bag for its readers and notifiers; the caller holds the locks of the change. */
void keybag_notify_later(struct keybag_bag *bag);

/*
 * Has another thread wake those that wait, who look for themselves. In any context. Any user can
 * have this done as often as they like, so no command waits for it.
 */
void keybag_event_wake_soon(struct keybag_bag *bag);

/*
 * Wakes and tells them. Call with none of the locks in bag.h, after whatever may have changed the
 * state of bags; on return they know of all changes made before. Takes no longer for changes that
 * are made meanwhile.
 */
void keybag_notify(void);

/* Notifiers: see keybag_register_notifier(). */
int keybag_event_subscribe(struct notifier_block *notifier);
int keybag_event_unsubscribe(struct notifier_block *notifier);

#endif /* _KEYBAG_EVENT_H */
