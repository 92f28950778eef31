// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ktime.h>
#include <linux/notifier.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "../include/linux/keybag.h"
#include "event.h"
#include "trace.h"

static_assert((u32)KB_STATE_BEFORE_FIRST_UNLOCK == (u32)KEYBAG_STATE_BEFORE_FIRST_UNLOCK);
static_assert((u32)KB_STATE_LOCKED == (u32)KEYBAG_STATE_LOCKED);
static_assert((u32)KB_STATE_UNLOCKED == (u32)KEYBAG_STATE_UNLOCKED);

static BLOCKING_NOTIFIER_HEAD(notifiers);

/*
 * One teller at a time: keeps notices in order, and makes others wait until theirs was told. To
 * wake those that wait takes as long as there are epoll instances, which any user can make: so it
 * is never done in a stay or under a lock of the bag, and a teller is done with what was there when
 * it began.
 */
static DEFINE_MUTEX(notify_lock);

/* Bags with something to tell, each with a reference: here, or with a teller. */
static LIST_HEAD(queue);
static DEFINE_SPINLOCK(queue_lock);

/* Wakes alone, for what any user can have happen at any time; nobody waits for it. */
static struct workqueue_struct *wake_queue;

void keybag_notify_later(struct keybag_bag *bag)
{
	unsigned long flags;

	spin_lock_irqsave(&queue_lock, flags);
	if (list_empty(&bag->notice))
		list_add_tail(&keybag_bag_get(bag)->notice, &queue);
	spin_unlock_irqrestore(&queue_lock, flags);
}

static struct keybag_event make_event(u64 state_seq, u32 state, u32 reason,
				      const struct keybag_requester *requester)
{
	struct keybag_event event = {
		.size = sizeof(event),
		.type = KEYBAG_EVENT_STATE,
		.state_seq = state_seq,
		.time_ns = ktime_get_real_ns(),
		.state = state,
		.reason = reason,
	};

	if (requester)
		event.requester = *requester;
	return event;
}

void keybag_event_publish(struct keybag_bag *bag, u32 state, u32 reason,
			  const struct keybag_requester *requester)
{
	struct keybag_event event;

	lockdep_assert_held_write(&bag->rwsem);
	spin_lock(&bag->event_lock);
	event = make_event(bag->state_seq + 1, state, reason, requester);
	if (state != KEYBAG_STATE_GONE)
		bag->state = (enum kb_state)state;
	bag->state_seq = event.state_seq;
	bag->events[event.state_seq % KEYBAG_EVENT_HISTORY] = event;
	spin_unlock(&bag->event_lock);

	trace_keybag_state(bag, &event);
	keybag_notify_later(bag);
}

/* All of them: exclusive ones wait for descriptors of their own. */
static void wake(struct keybag_bag *bag)
{
	__wake_up(&bag->event_wait, TASK_INTERRUPTIBLE, 0,
		  poll_to_key(EPOLLIN | EPOLLHUP | EPOLLPRI));
}

static void wake_work(struct work_struct *work)
{
	struct keybag_bag *bag = container_of(work, struct keybag_bag, wake_work);

	wake(bag);
	keybag_bag_put(bag);
}

void keybag_event_begin(struct keybag_bag *bag, enum kb_state state, u32 reason)
{
	bag->state = state;
	bag->state_seq = 0;
	INIT_WORK(&bag->wake_work, wake_work);
	bag->events[0] = make_event(0, (u32)state, reason, NULL);
}

void keybag_event_wake_soon(struct keybag_bag *bag)
{
	/* The caller has a reference: the one that is given back here is not the last. */
	keybag_bag_get(bag);
	if (!queue_work(wake_queue, &bag->wake_work))
		keybag_bag_put(bag);
}

void keybag_event_record_dirty(struct keybag_bag *bag)
{
	atomic_set(&bag->record_dirty, KEYBAG_RECORD_DIRTY);
	keybag_event_wake_soon(bag);
}

int keybag_event_init(void)
{
	wake_queue = alloc_workqueue("keybag_wake", WQ_UNBOUND, 1);
	return wake_queue ? 0 : -ENOMEM;
}

void keybag_event_exit(void)
{
	destroy_workqueue(wake_queue);
}

u64 keybag_event_last(struct keybag_bag *bag)
{
	u64 last;

	spin_lock(&bag->event_lock);
	last = bag->state_seq;
	spin_unlock(&bag->event_lock);
	return last;
}

bool keybag_event_find(struct keybag_bag *bag, u64 next, struct keybag_event *event)
{
	bool found;

	spin_lock(&bag->event_lock);
	found = next <= bag->state_seq;
	if (found) {
		if (bag->state_seq - next >= KEYBAG_EVENT_HISTORY)
			next = bag->state_seq - KEYBAG_EVENT_HISTORY + 1;
		*event = bag->events[next % KEYBAG_EVENT_HISTORY];
	}
	spin_unlock(&bag->event_lock);
	return found;
}

/* The next of those @told is about. From here on it can be queued again, for another teller. */
static struct keybag_bag *next_to_tell(struct list_head *told)
{
	struct keybag_bag *bag;

	spin_lock_irq(&queue_lock);
	bag = list_first_entry_or_null(told, struct keybag_bag, notice);
	if (bag)
		list_del_init(&bag->notice);
	spin_unlock_irq(&queue_lock);
	return bag;
}

static void tell(struct keybag_bag *bag)
{
	struct keybag_notice notice = { .owner = bag->owner };

	/* In-kernel users know of keybags, not of backups. */
	if (bag->type == KEYBAG_TYPE_BACKUP)
		return;
	memcpy(notice.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	while (keybag_event_find(bag, bag->next_notice, &notice.event)) {
		bag->next_notice = notice.event.state_seq + 1;
		blocking_notifier_call_chain(&notifiers, notice.event.state, &notice);
	}
}

void keybag_notify(void)
{
	struct keybag_bag *bag;
	LIST_HEAD(told);

	mutex_lock(&notify_lock);
	/*
	 * Not what comes later, without end: whoever queues that calls here as well. A bag that is
	 * queued before its turn has come is told of the latest, too.
	 */
	spin_lock_irq(&queue_lock);
	list_splice_init(&queue, &told);
	spin_unlock_irq(&queue_lock);
	while ((bag = next_to_tell(&told))) {
		wake(bag);
		tell(bag);
		keybag_bag_put(bag);
		cond_resched();
	}
	mutex_unlock(&notify_lock);
}

int keybag_event_subscribe(struct notifier_block *notifier)
{
	return blocking_notifier_chain_register(&notifiers, notifier);
}

int keybag_event_unsubscribe(struct notifier_block *notifier)
{
	return blocking_notifier_chain_unregister(&notifiers, notifier);
}
