// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/ktime.h>
#include "api.h"
#include "event.h"
#include "trace.h"

static_assert((u32)KB_STATE_BEFORE_FIRST_UNLOCK == (u32)KEYBAG_STATE_BEFORE_FIRST_UNLOCK);
static_assert((u32)KB_STATE_LOCKED == (u32)KEYBAG_STATE_LOCKED);
static_assert((u32)KB_STATE_UNLOCKED == (u32)KEYBAG_STATE_UNLOCKED);

static struct keybag_event make_event(u64 state_seq, u32 state, u32 reason,
				      const struct keybag_requester *requester)
{
	struct keybag_event event = {
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
	wake_up_interruptible_poll(&bag->event_wait,
				   EPOLLIN | (state == KEYBAG_STATE_GONE ? EPOLLHUP : 0));
}

void keybag_event_begin(struct keybag_bag *bag, enum kb_state state, u32 reason)
{
	bag->state = state;
	bag->state_seq = 0;
	bag->events[0] = make_event(0, (u32)state, reason, NULL);
}

void keybag_event_record_dirty(struct keybag_bag *bag)
{
	atomic_set(&bag->record_dirty, KEYBAG_RECORD_DIRTY);
	wake_up_interruptible_poll(&bag->event_wait, EPOLLPRI);
}
