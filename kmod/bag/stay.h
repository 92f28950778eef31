/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stay: the time in which an operation relies on what bag->rwsem protects. A lock waits for its
 * end.
 *
 * How long that takes must not be up to the scheduler, which any user can keep busy. So nobody is
 * preempted or sleeps in a stay. Nobody waits for the read side in the rwsem either, which would
 * hand it to a task that does not run: a stay begins by trying, outside waits for a writer to be
 * done, and tries again. A writer that waits in the rwsem keeps new stays from beginning.
 *
 * So in a stay: no allocation, no mutex, no page fault, ciphers of cipher.h without MAY_SLEEP, and
 * no more than one operation, or one group of a batch.
 *
 * A stay is a read side of RCU as well: what changes under the eyes of operations, without the
 * write side, is settled once the stays that had begun are over.
 */
#ifndef _KEYBAG_STAY_H
#define _KEYBAG_STAY_H

#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include "bag.h"

/*
 * With PREEMPT_RT a stay is preempted: it takes spinlocks, which sleep there. Whoever runs that
 * gives the locker a priority.
 */
static __always_inline void keybag_stay_pin(void)
{
#ifdef CONFIG_PREEMPT_RT
	__rcu_read_lock();
#else
	preempt_disable();
#endif
}

static __always_inline void keybag_stay_unpin(void)
{
#ifdef CONFIG_PREEMPT_RT
	__rcu_read_unlock();
#else
	preempt_enable();
#endif
}

void keybag_stay_begin_slow(struct keybag_bag *bag);

/* Waits for writers. Call with none of the locks in bag.h but bag->control. */
static __always_inline void keybag_stay_begin(struct keybag_bag *bag)
{
	keybag_stay_pin();
	if (likely(down_read_trylock(&bag->rwsem)))
		return;
	keybag_stay_unpin();
	keybag_stay_begin_slow(bag);
}

/* In this order: a task that is preempted here holds nothing any more. */
static __always_inline void keybag_stay_end(struct keybag_bag *bag)
{
	up_read(&bag->rwsem);
	keybag_stay_unpin();
}

/* One stay with two bags, which may be the same. */
void keybag_stay_begin_both(struct keybag_bag *a, struct keybag_bag *b);
void keybag_stay_end_both(struct keybag_bag *a, struct keybag_bag *b);

/*
 * One in which keys of ciphers are set, with one bag or two, which may be the same. Where the
 * driver allocates for that (keybag_gcm_setkey_allocates()) it may sleep, and a lock is at the
 * mercy of the scheduler.
 */
void keybag_stay_begin_setkey(struct keybag_bag *bag);
void keybag_stay_end_setkey(struct keybag_bag *bag);
void keybag_stay_begin_both_setkey(struct keybag_bag *a, struct keybag_bag *b);
void keybag_stay_end_both_setkey(struct keybag_bag *a, struct keybag_bag *b);

/* Waits for the stays that have begun. Call outside of one. */
void keybag_stay_synchronize(struct keybag_bag *bag);

/*
 * The write side: waits for stays, and keeps others from beginning. Only for control commands and
 * the kernel itself, for whoever holds it may be preempted.
 */
void keybag_write_lock(struct keybag_bag *bag);
bool keybag_write_trylock(struct keybag_bag *bag);
void keybag_write_unlock(struct keybag_bag *bag);

#endif /* _KEYBAG_STAY_H */
