/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of state: what happened, for who waits and who asks.
 */
#ifndef _KEYBAG_EVENT_H
#define _KEYBAG_EVENT_H

#include "bag.h"

/*
 * Enters the state and appends the event. @state is enum keybag_state; KEYBAG_STATE_GONE leaves the
 * bag's own state alone. Call with bag->rwsem held for writing, after the wipe.
 */
void keybag_event_publish(struct keybag_bag *bag, u32 state, u32 reason,
			  const struct keybag_requester *requester);

/* The event that begins a bag's history, before it can be found. */
void keybag_event_begin(struct keybag_bag *bag, enum kb_state state, u32 reason);

/* Says that a record newer than the one saved last is wanted. */
void keybag_event_record_dirty(struct keybag_bag *bag);

#endif /* _KEYBAG_EVENT_H */
