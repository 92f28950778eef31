// SPDX-License-Identifier: GPL-2.0-only
#include <linux/minmax.h>
#include <linux/wait.h>
#include "../crypto/gcm.h"
#include "stay.h"

static bool try_begin(struct keybag_bag *bag)
{
	keybag_stay_pin();
	if (down_read_trylock(&bag->rwsem))
		return true;
	keybag_stay_unpin();
	return false;
}

void keybag_stay_begin_slow(struct keybag_bag *bag)
{
	wait_event(bag->stay_wait, try_begin(bag));
}

/* In either order, for nobody waits for the second while they hold the first. */
void keybag_stay_begin_both(struct keybag_bag *a, struct keybag_bag *b)
{
	for (;;) {
		keybag_stay_begin(a);
		if (a == b || down_read_trylock(&b->rwsem))
			return;
		keybag_stay_end(a);
		swap(a, b);
	}
}

void keybag_stay_end_both(struct keybag_bag *a, struct keybag_bag *b)
{
	if (a != b)
		up_read(&b->rwsem);
	keybag_stay_end(a);
}

void keybag_stay_begin_setkey(struct keybag_bag *bag)
{
	if (keybag_gcm_setkey_allocates())
		wait_event(bag->stay_wait, down_read_trylock(&bag->rwsem));
	else
		keybag_stay_begin(bag);
}

void keybag_stay_end_setkey(struct keybag_bag *bag)
{
	if (keybag_gcm_setkey_allocates())
		up_read(&bag->rwsem);
	else
		keybag_stay_end(bag);
}

void keybag_stay_begin_both_setkey(struct keybag_bag *a, struct keybag_bag *b)
{
	for (;;) {
		keybag_stay_begin_setkey(a);
		if (a == b || down_read_trylock(&b->rwsem))
			return;
		keybag_stay_end_setkey(a);
		swap(a, b);
	}
}

void keybag_stay_end_both_setkey(struct keybag_bag *a, struct keybag_bag *b)
{
	if (a != b)
		up_read(&b->rwsem);
	keybag_stay_end_setkey(a);
}

void keybag_stay_synchronize(struct keybag_bag *bag)
{
	synchronize_rcu_expedited();
	/* Stays that may sleep are no readers of RCU. */
	if (keybag_gcm_setkey_allocates()) {
		keybag_write_lock(bag);
		keybag_write_unlock(bag);
	}
}

void keybag_write_lock(struct keybag_bag *bag)
{
	down_write(&bag->rwsem);
}

static void wake_stays(struct keybag_bag *bag)
{
	if (wq_has_sleeper(&bag->stay_wait))
		wake_up_all(&bag->stay_wait);
}

bool keybag_write_trylock(struct keybag_bag *bag)
{
	if (down_write_trylock(&bag->rwsem))
		return true;
	/* With PREEMPT_RT a try that fails keeps readers out for a moment. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		wake_stays(bag);
	return false;
}

void keybag_write_unlock(struct keybag_bag *bag)
{
	up_write(&bag->rwsem);
	wake_stays(bag);
}
