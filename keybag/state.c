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

u32 kb_state_classes(enum kb_state state)
{
	u32 mask = 0;
	unsigned int i;

	for (i = 0; i < kb_class_count; i++)
		if (kb_state_allows(state, &kb_classes[i]))
			mask |= 1U << kb_classes[i].class;
	return mask;
}

const char *kb_state_name(enum kb_state state)
{
	switch (state) {
	case KB_STATE_BEFORE_FIRST_UNLOCK:
		return "before first unlock";
	case KB_STATE_LOCKED:
		return "locked";
	case KB_STATE_UNLOCKED:
		return "unlocked";
	}
	return "unknown";
}
