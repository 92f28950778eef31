// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/ktime.h>
#include "access.h"

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
	if (access->once)
		atomic_cmpxchg(&access->use, KEYBAG_USE_BUSY, KEYBAG_USE_READY);
}

void keybag_access_spend_limited(struct keybag_access *access)
{
	if (access->once)
		atomic_set(&access->use, KEYBAG_USE_SPENT);
}

struct keybag_slot *keybag_access_slot(const struct keybag_access *access, u32 right,
				       unsigned int class)
{
	struct keybag_bag *bag = access->bag;
	struct keybag_slot *slot = &bag->slots[class];

	if (unlikely(bag->gone))
		return ERR_PTR(-EKEYREVOKED);
	if (unlikely(access->limited) && keybag_access_expired(access))
		return ERR_PTR(-EKEYEXPIRED);
	if (unlikely(!(access->rights & right) || !(access->classes & KEYBAG_CLASS_BIT(class))))
		return ERR_PTR(-EACCES);
	if (unlikely(class == KEYBAG_CLASS_B))
		return ERR_PTR(-EOPNOTSUPP);
	if (unlikely(!slot->key_generation))
		return ERR_PTR(-ENOENT);
	return slot;
}
