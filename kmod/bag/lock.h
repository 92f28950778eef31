/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking class keys away. See also bag.h.
 */
#ifndef _KEYBAG_LOCK_H
#define _KEYBAG_LOCK_H

#include "bag.h"

/*
 * Lock waits for operations in flight, wipes, publishes the event, KEYBAG_REASON_* in it.
 * @requester may be NULL: the kernel itself. All together: those that nobody uses at once, and then
 * the others in turn, without a lock that is not the bag's own.
 */
int keybag_bag_lock(struct keybag_bag *bag, bool full, u32 reason,
		    const struct keybag_requester *requester);
void keybag_lock_all(bool full, u32 reason, const struct keybag_requester *requester);

/*
 * Panic: overwrites every class key, child key and device subkey, and what commands under way have
 * in their workspaces, in place; takes no lock.
 */
void keybag_overwrite_all(void);

/* Either may come while the other is under way. */
enum keybag_sleep {
	KEYBAG_SLEEP_SUSPEND,
	KEYBAG_SLEEP_HIBERNATION,
};

/*
 * Set between the preparation of a sleep and its end: unlock answers EBUSY. The caller then locks
 * all; an unlock in flight either ends before that or sees the flag, which it asks for under
 * bag->rwsem.
 */
void keybag_set_suspending(enum keybag_sleep sleep, bool suspending);
bool keybag_suspending(void);

/*
 * KEYBAG_IOC_LOCK. Afterwards waits for commands under way as well, which may have opened the same
 * keys: those who lock from within the kernel do not, and such a command wipes them within moments.
 */
int keybag_lock(struct keybag_lock *args);

#endif /* _KEYBAG_LOCK_H */
