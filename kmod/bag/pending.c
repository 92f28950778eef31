// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include "pending.h"

struct keybag_pending *keybag_pending_new(const void *maker)
{
	struct keybag_pending *pending = kzalloc(sizeof(*pending), GFP_KERNEL);

	if (pending)
		pending->maker = maker;
	return pending;
}

void keybag_pending_wipe(struct keybag_pending *pending)
{
	if (pending)
		keybag_class_key_wipe(&pending->akpu);
}

void keybag_pending_free(struct keybag_pending *pending)
{
	if (!pending)
		return;
	keybag_pending_wipe(pending);
	keybag_sealed_form_free(&pending->sealed);
	kfree(pending);
}
