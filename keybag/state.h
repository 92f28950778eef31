/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The lock-state machine of one bag.
 *
 *   before first unlock --unlock--> unlocked <--lock / unlock--> locked
 *   before first unlock --unlock, first only--> locked
 *   any --full lock--> before first unlock
 *
 * A bag without passcode, and a system bag, is unlocked from load on and refuses lock.
 */
#ifndef KEYBAG_STATE_H
#define KEYBAG_STATE_H

#include "class.h"

enum kb_state {
	KB_STATE_BEFORE_FIRST_UNLOCK	= 0,
	KB_STATE_LOCKED			= 1,
	KB_STATE_UNLOCKED		= 2,
};

enum kb_event {
	KB_EVENT_UNLOCK,	/* a valid secret */
	KB_EVENT_UNLOCK_FIRST,	/* a valid secret, first-only form */
	KB_EVENT_LOCK,
	KB_EVENT_LOCK_FULL,
};

/*
 * The state after the event. @can_lock is false for a bag without passcode and for a system bag.
 * Returns the new state, or -EOPNOTSUPP for a lock of a bag that cannot lock.
 */
int kb_state_next(enum kb_state state, enum kb_event event, bool can_lock);

/* Whether the class key may be in memory in that state. */
bool kb_state_allows(enum kb_state state, const struct kb_class_info *class);

#endif /* KEYBAG_STATE_H */
