// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking a keybag out of the kernel.
 */
#include "handlers.h"
#include "keybagd/bag/load.h"

static void unload_work(struct operation *operation)
{
	int result = load_unload(operation);

	if (result < 0)
		operation_fail_plain(operation, result);
}

const struct handler handle_unload = {
	.name = "unload",
	.properties = TAKES_TARGET | NEEDS_BAG | ROOT_ONLY | NEEDS_KERNEL,
	.work = unload_work,
};
