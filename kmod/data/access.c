// SPDX-License-Identifier: GPL-2.0-only
#include <linux/build_bug.h>
#include <linux/ktime.h>
#include <linux/wait.h>
#include "access.h"

static_assert(KB_CLASS_NUMBERS == KEYBAG_CLASSES_ALL);

bool keybag_access_expired(const struct keybag_access *access)
{
	if (access->once && atomic_read(&access->use) == KEYBAG_USE_SPENT)
		return true;
	return access->deadline && ktime_get_boottime_ns() >= access->deadline;
}

int keybag_access_claim_limited(struct keybag_access *access)
{
	if (keybag_access_expired(access))
		return -EKEYEXPIRED;
	if (!access->once)
		return 0;

	switch (atomic_cmpxchg(&access->use, KEYBAG_USE_READY, KEYBAG_USE_BUSY)) {
	case KEYBAG_USE_READY:
		return 0;
	case KEYBAG_USE_BUSY:
		return -EBUSY;
	default:
		return -EKEYEXPIRED;
	}
}

void keybag_access_release_limited(struct keybag_access *access)
{
	if (!access->once)
		return;
	/* Whoever waits for events has to stop where it was used; here, outside of the stay. */
	if (atomic_cmpxchg(&access->use, KEYBAG_USE_BUSY, KEYBAG_USE_READY) == KEYBAG_USE_SPENT)
		wake_up_interruptible_all(&access->bag->event_wait);
}

void keybag_access_spend_limited(struct keybag_access *access)
{
	if (access->once)
		atomic_set(&access->use, KEYBAG_USE_SPENT);
}
