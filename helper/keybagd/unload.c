// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking a keybag out of the kernel.
 */
#include "handlers.h"
#include "load.h"

static void work(struct operation *operation)
{
	int result = load_unload(operation);

	if (result < 0)
		outcome_fail_plain(&operation->outcome, result, operation->label);
}

const struct handler handle_unload = {
	.name = "unload",
	.properties = TAKES_TARGET | NEEDS_BAG | ROOT_ONLY | NEEDS_KERNEL,
	.work = work,
};
