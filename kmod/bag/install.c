// SPDX-License-Identifier: GPL-2.0-only
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include "install.h"

void keybag_install(struct keybag_bag *bag, struct keybag_workspace *workspace)
{
	struct keybag_class_key *prepared = workspace->prepared;
	unsigned int class;

	lockdep_assert_held_write(&bag->rwsem);
	for (class = 0; class < KB_CLASS_SLOTS; class++)
		if (keybag_class_key_ready(&prepared[class]) &&
		    !keybag_class_key_ready(&bag->slots[class].key))
			swap(bag->slots[class].key, prepared[class]);
}
