// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include "api.h"
#include "child.h"
#include "device_key.h"
#include "event.h"
#include "lock.h"
#include "pending.h"
#include "registry.h"
#include "try.h"
#include "workspace.h"

static bool suspending;

void keybag_set_suspending(bool on)
{
	WRITE_ONCE(suspending, on);
}

bool keybag_suspending(void)
{
	return READ_ONCE(suspending);
}

static int lock_bag(struct keybag_bag *bag, bool full, u32 reason,
		    const struct keybag_requester *requester)
{
	int state;

	/*
	 * At the start, so that an unlock that is under way does not get in before; and again under
	 * the lock, so that one that began meanwhile does not rely on what is wiped here.
	 */
	if (READ_ONCE(bag->can_lock))
		keybag_try_void(bag);

	down_write(&bag->rwsem);
	if (bag->gone) {
		state = -EKEYREVOKED;
		goto out;
	}
	state = kb_state_next(bag->state, full ? KB_EVENT_LOCK_FULL : KB_EVENT_LOCK, bag->can_lock);
	if (state < 0)
		goto out;
	keybag_try_void(bag);
	keybag_bag_wipe(bag, (enum kb_state)state);
	if ((enum kb_state)state != bag->state)
		keybag_event_publish(bag, state, reason, requester);
out:
	up_write(&bag->rwsem);
	return state < 0 ? state : 0;
}

int keybag_bag_lock(struct keybag_bag *bag, bool full, u32 reason,
		    const struct keybag_requester *requester)
{
	int err = lock_bag(bag, full, reason, requester);

	keybag_notify();
	return err;
}

void keybag_lock_all(bool full, u32 reason, const struct keybag_requester *requester)
{
	struct keybag_bag *bag;

	mutex_lock(&keybag_registry_lock);
	/* Those that cannot lock say so, and are passed over. */
	list_for_each_entry(bag, &keybag_bags, list)
		lock_bag(bag, full, reason, requester);
	mutex_unlock(&keybag_registry_lock);
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

int keybag_lock(struct keybag_lock *args)
{
	bool full = args->flags & KEYBAG_LOCK_FULL;
	struct keybag_bag *bag;
	int err;

	if (args->flags & ~(KEYBAG_LOCK_FULL | KEYBAG_LOCK_ALL) || !reason_valid(args->reason))
		return -EINVAL;
	if (args->flags & KEYBAG_LOCK_ALL) {
		if (memchr_inv(args->uuid, 0, sizeof(args->uuid)))
			return -EINVAL;
		keybag_lock_all(full, args->reason, &args->requester);
		return 0;
	}

	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag)
		return -ENOENT;
	err = keybag_bag_lock(bag, full, args->reason, &args->requester);
	keybag_bag_put(bag);
	return err == -EKEYREVOKED ? -ENOENT : err;
}
