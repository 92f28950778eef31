// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include "pending.h"

void keybag_pending_free(struct keybag_pending *pending)
{
	if (!pending)
		return;
	keybag_class_key_wipe(&pending->akpu);
	keybag_sealed_form_free(&pending->sealed);
	kfree(pending);
}
