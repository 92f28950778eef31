// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/string.h>
#include "floor.h"
#include "registry.h"

static LIST_HEAD(floors);
static unsigned int count;

struct keybag_floor *keybag_floor_find(const u8 *uuid)
{
	struct keybag_floor *floor;

	lockdep_assert_held(&keybag_registry_lock);
	list_for_each_entry(floor, &floors, list)
		if (!memcmp(floor->uuid, uuid, KB_UUID_SIZE))
			return floor;
	return NULL;
}

int keybag_floor_add(struct keybag_floor *floor)
{
	lockdep_assert_held(&keybag_registry_lock);
	if (count >= KEYBAG_MAX_FLOORS)
		return -EDQUOT;
	list_add(&floor->list, &floors);
	count++;
	return 0;
}

u64 keybag_floor_generation(const u8 *uuid)
{
	const struct keybag_floor *floor;
	u64 generation;

	mutex_lock(&keybag_registry_lock);
	floor = keybag_floor_find(uuid);
	generation = floor ? READ_ONCE(floor->generation) : 0;
	mutex_unlock(&keybag_registry_lock);
	return generation;
}

void keybag_floor_exit(void)
{
	struct keybag_floor *floor, *next;

	list_for_each_entry_safe(floor, next, &floors, list)
		kfree_sensitive(floor);
}
