// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/string.h>
#include "../form/device_key.h"
#include "../form/workspace.h"
#include "event.h"
#include "lock.h"
#include "pending.h"
#include "registry.h"
#include "stay.h"
#include "throttle.h"
#include "try.h"

static unsigned long suspending;	/* bits: enum keybag_sleep */

/* Numbers the calls of keybag_lock_all(). */
static atomic64_t last_round = ATOMIC64_INIT(0);

void keybag_set_suspending(enum keybag_sleep sleep, bool on)
{
	assign_bit(sleep, &suspending, on);
}

bool keybag_suspending(void)
{
	return READ_ONCE(suspending);
}

/* A lock to make. @round: that of keybag_lock_all(), or 0. */
struct locking {
	bool full;
	u32 reason;
	const struct keybag_requester *requester;
	u64 round;
};

/*
 * At the start, so that an unlock that is under way does not get in before; and again under the
 * lock, so that one that began meanwhile does not rely on what is wiped there.
 */
static void void_tries(struct keybag_bag *bag)
{
	if (READ_ONCE(bag->can_lock))
		keybag_try_void(bag);
}

/* Call with bag->rwsem for writing. */
static int lock_held(struct keybag_bag *bag, const struct locking *locking)
{
	int state;

	if (bag->gone)
		return -EKEYREVOKED;
	if (bag->type == KEYBAG_TYPE_BACKUP) {
		/* It is of one moment in which its owner was there. */
		keybag_registry_retire(bag, locking->reason, locking->requester);
		return 0;
	}
	state = kb_state_next(bag->state, locking->full ? KB_EVENT_LOCK_FULL : KB_EVENT_LOCK,
			      bag->can_lock);
	if (state < 0)
		return state;
	keybag_try_void(bag);
	keybag_bag_wipe(bag, (enum kb_state)state);
	if ((enum kb_state)state != bag->state)
		keybag_event_publish(bag, state, locking->reason, locking->requester);
	return 0;
}

static int lock_bag(struct keybag_bag *bag, const struct locking *locking)
{
	int err;

	void_tries(bag);
	keybag_write_lock(bag);
	err = lock_held(bag, locking);
	keybag_write_unlock(bag);
	return err;
}

/* Locks it unless somebody uses it. */
static bool lock_idle(struct keybag_bag *bag, const struct locking *locking)
{
	void_tries(bag);
	if (!keybag_write_trylock(bag))
		return false;
	/* One that cannot lock says so, and is passed over. */
	lock_held(bag, locking);
	WRITE_ONCE(bag->lock_round, max(bag->lock_round, locking->round));
	if (locking->full)
		WRITE_ONCE(bag->full_lock_round, max(bag->full_lock_round, locking->round));
	keybag_write_unlock(bag);
	return true;
}

/* Whether @locking, or a later lock that goes as far, has passed it in its first round. */
static bool is_passed(const struct keybag_bag *bag, const struct locking *locking)
{
	u64 round = locking->full ? READ_ONCE(bag->full_lock_round) : READ_ONCE(bag->lock_round);

	return round >= locking->round;
}

/* Ends the backup keybags of the owner of one that was locked. */
static void lock_backups(const struct keybag_bag *bag, const struct locking *locking)
{
	struct keybag_bag *backup;

	while ((backup = keybag_backup_by_owner(bag->owner))) {
		lock_bag(backup, locking);
		keybag_bag_put(backup);
	}
}

int keybag_bag_lock(struct keybag_bag *bag, bool full, u32 reason,
		    const struct keybag_requester *requester)
{
	const struct locking locking = { .full = full, .reason = reason, .requester = requester };
	int err = lock_bag(bag, &locking);

	if (bag->type == KEYBAG_TYPE_USER)
		lock_backups(bag, &locking);
	keybag_notify();
	return err;
}

void keybag_lock_all(bool full, u32 reason, const struct keybag_requester *requester)
{
	const struct locking locking = {
		.full = full, .reason = reason, .requester = requester,
		.round = atomic64_inc_return(&last_round),
	};
	struct keybag_bag *bag = NULL;
	bool all = true;

	while ((bag = keybag_bag_next(bag)))
		all &= lock_idle(bag, &locking);
	/* A bag locked above, or by a later call, may have been unlocked since, and stays so. */
	while (!all && (bag = keybag_bag_next(bag)))
		if (!is_passed(bag, &locking))
			lock_bag(bag, &locking);
	keybag_notify();
}

static void overwrite_bag(struct keybag_bag *bag)
{
	struct keybag_pending *pending = READ_ONCE(bag->pending);
	struct keybag_child *child;
	unsigned int class;

	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		keybag_class_key_overwrite(&bag->slots[class].key);
		list_for_each_entry(child, &bag->slots[class].children, list)
			keybag_class_key_overwrite(&child->key);
	}
	if (pending)
		keybag_class_key_overwrite(&pending->akpu);
}

void keybag_overwrite_all(void)
{
	struct keybag_bag *bag;

	keybag_device_key_overwrite();
	keybag_throttle_overwrite();
	keybag_workspace_overwrite_all();
	rcu_read_lock();
	list_for_each_entry_rcu(bag, &keybag_bags, list)
		overwrite_bag(bag);
	rcu_read_unlock();
}

static bool reason_valid(u32 reason)
{
	return reason == KEYBAG_REASON_REQUEST || reason == KEYBAG_REASON_SCREEN ||
	       reason == KEYBAG_REASON_LOGOUT || reason == KEYBAG_REASON_IDLE ||
	       reason == KEYBAG_REASON_SUSPEND;
}

/*
 * An unlock or a change under way has opened keys in its workspace, and wipes them when it finds
 * that a lock has voided its try. Nothing here is held meanwhile, and all is wiped that anybody
 * could use, so this is for the caller alone: what it was told is gone is gone.
 */
static void wait_for_command(struct keybag_bag *bag)
{
	if (!READ_ONCE(bag->can_lock))
		return;
	mutex_lock(&bag->control);
	mutex_unlock(&bag->control);
}

int keybag_lock(struct keybag_lock *args)
{
	bool full = args->flags & KEYBAG_LOCK_FULL;
	struct keybag_bag *bag = NULL;
	int err;

	if (args->flags & ~(KEYBAG_LOCK_FULL | KEYBAG_LOCK_ALL) || !reason_valid(args->reason))
		return -EINVAL;
	if (args->flags & KEYBAG_LOCK_ALL) {
		if (memchr_inv(args->uuid, 0, sizeof(args->uuid)))
			return -EINVAL;
		keybag_lock_all(full, args->reason, &args->requester);
		while ((bag = keybag_bag_next(bag)))
			wait_for_command(bag);
		return 0;
	}

	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag)
		return -ENOENT;
	err = keybag_bag_lock(bag, full, args->reason, &args->requester);
	if (!err)
		wait_for_command(bag);
	keybag_bag_put(bag);
	return err == -EKEYREVOKED ? -ENOENT : err;
}
