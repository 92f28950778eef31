// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include "registry.h"
#include "visit.h"

struct keybag_bag *keybag_visit_enter(const u8 *uuid)
{
	struct keybag_bag *bag = keybag_bag_by_uuid(uuid);

	if (bag)
		mutex_lock(&bag->control);
	return bag;
}

void keybag_visit_leave(struct keybag_bag *bag)
{
	if (!bag)
		return;
	mutex_unlock(&bag->control);
	keybag_bag_put(bag);
}

int keybag_visit_begin(struct keybag_visit *visit, const u8 *uuid)
{
	visit->bag = keybag_bag_by_uuid(uuid);
	if (!visit->bag)
		return -ENOENT;
	/* Before the lock: it waits for the device key, which is outside of it. */
	visit->workspace = keybag_workspace_begin();
	if (IS_ERR(visit->workspace)) {
		keybag_bag_put(visit->bag);
		return PTR_ERR(visit->workspace);
	}
	mutex_lock(&visit->bag->control);
	return 0;
}

void keybag_visit_end(struct keybag_visit *visit)
{
	/* In this order: a lock that waits for bag->control finds none of its keys in memory. */
	keybag_workspace_end(visit->workspace);
	mutex_unlock(&visit->bag->control);
	keybag_bag_put(visit->bag);
}
