/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change of a keybag as a transaction. One at a time waits in a bag, as bag->pending.
 *
 *               1                  2
 *     none ---------> prepared ---------> in effect
 *      ^                |    |
 *      +----------------+    | 4
 *           3, 5             v
 *                     without akpu key: 2 while it is locked, else 3
 *
 *  1  CHANGE              keybag_change() → keybag_transaction_prepare()
 *  2  COMMIT              keybag_commit()
 *  3  ABORT               keybag_abort()
 *     CHANGE fails late   keybag_transaction_take_back(), keybag_transaction_drop()
 *  4  lock, suspend       keybag_bag_wipe() → keybag_pending_wipe()
 *  5  unload, evict       keybag_registry_remove(): the form may be durable already, so that its
 *                         generation stays acceptable to LOAD (keybag_rollback_wait())
 *
 * Panic overwrites the ciphers of the new akpu key where they are: in the workspace before 1, in
 * bag->pending after it, in the slot after 2.
 */
#ifndef _KEYBAG_TRANSACTION_H
#define _KEYBAG_TRANSACTION_H

#include "../bag/bag.h"

/*
 * Ends the try and leaves *@pending in the bag, with the ciphers of *@akpu where the state allows
 * them; *@pending is NULL then. Call with bag->control held. Errors: -ENOENT, -ECANCELED (a lock
 * has voided the try).
 */
int keybag_transaction_prepare(struct keybag_bag *bag, struct keybag_pending **pending,
			       struct keybag_class_key *akpu, u64 try_id);

/*
 * Drops what @maker has prepared and cannot hand to its caller: without the form nobody could
 * commit it, or know what to abort. Another client may have done either by guessing, and left a
 * change of its own: that one has another maker, for @maker lives on, and stays.
 */
void keybag_transaction_take_back(const u8 *uuid, const void *maker);

/* The same, once the command has succeeded: drops the change of that generation, if it waits. */
void keybag_transaction_drop(const u8 *uuid, u64 generation);

/* KEYBAG_IOC_COMMIT, ABORT. */
int keybag_commit(struct keybag_commit *args);
int keybag_abort(struct keybag_commit *args);

#endif /* _KEYBAG_TRANSACTION_H */
