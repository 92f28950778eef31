/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks that the daemon makes by itself. Main thread only.
 */
#ifndef KEYBAGD_BAG_LOCK_H
#define KEYBAGD_BAG_LOCK_H

#include "bag.h"
#include "libkeybag/keybag.h"

/*
 * Locks the keybags of @owner that are unlocked; those without a passcode cannot. What was asked for before does not
 * unlock them afterwards. @why goes to the journal.
 */
void bag_lock_owner(uid_t owner, uint32_t reason, const char *why);

/* Locks @bag, which could not lock when the others were. @why as above. */
void bag_lock_late(struct bag *bag, const char *why);

/* Locks all keybags that can lock, in the same way. Returns 0 or a negative errno. */
int bag_lock_all(uint32_t reason);

/* When the first of @owner's keybags was unlocked that are so now: CLOCK_MONOTONIC, ns. 0: none is. */
uint64_t bag_lock_open_since(uid_t owner);

#define BAG_LOCK_ANYBODY	KEYBAG_UID_NONE

/*
 * After how many seconds without use keybags of @owner are locked, 0: never. What the owner has set holds where it is
 * shorter than lock-after-idle of keybagd.conf. @owner may be BAG_LOCK_ANYBODY: the shortest of all.
 */
uint32_t bag_lock_after_idle(uid_t owner);

#endif /* KEYBAGD_BAG_LOCK_H */
