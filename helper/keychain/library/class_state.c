// SPDX-License-Identifier: LGPL-2.1-or-later
#include "class_state.h"

#include "libkeybag/keybag.h"

bool class_state_allows(enum keychain_accessible accessible, uint32_t state)
{
	switch (accessible) {
	case KEYCHAIN_ALWAYS:
	case KEYCHAIN_ALWAYS_THIS_DEVICE:
		return state != KEYBAG_STATE_GONE;
	case KEYCHAIN_AFTER_FIRST_UNLOCK:
	case KEYCHAIN_AFTER_FIRST_UNLOCK_THIS_DEVICE:
		return state == KEYBAG_STATE_LOCKED || state == KEYBAG_STATE_UNLOCKED;
	default:
		return state == KEYBAG_STATE_UNLOCKED;
	}
}
