// SPDX-License-Identifier: GPL-2.0-or-later
#include "open.h"

#include "announce.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/soft_lock.h"

void open_without_passcode(void)
{
	if (lock_state_now() == LOCK_STATE_UNLOCKED && !lock_state_has_passcode() && soft_lock_clear())
		announce_locks();
}
