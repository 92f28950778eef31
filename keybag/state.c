// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "state.h"

int kb_state_next(enum kb_state state, enum kb_event event, bool can_lock)
{
	switch (event) {
	case KB_EVENT_UNLOCK:
		return KB_STATE_UNLOCKED;
	case KB_EVENT_UNLOCK_FIRST:
		if (!can_lock)
			return KB_STATE_UNLOCKED;
		return state == KB_STATE_BEFORE_FIRST_UNLOCK ? KB_STATE_LOCKED : state;
	case KB_EVENT_LOCK:
		if (!can_lock)
			return -EOPNOTSUPP;
		return state == KB_STATE_UNLOCKED ? KB_STATE_LOCKED : state;
	case KB_EVENT_LOCK_FULL:
		if (!can_lock)
			return -EOPNOTSUPP;
		return KB_STATE_BEFORE_FIRST_UNLOCK;
	}
	return -EINVAL;
}

bool kb_state_allows(enum kb_state state, const struct kb_class_info *class)
{
	switch (class->availability) {
	case KB_WHEN_UNLOCKED:
		return state == KB_STATE_UNLOCKED;
	case KB_AFTER_FIRST_UNLOCK:
		return state == KB_STATE_UNLOCKED || state == KB_STATE_LOCKED;
	case KB_ALWAYS:
		return true;
	}
	return false;
}
