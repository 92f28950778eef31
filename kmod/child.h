/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Child keys: unwrapped into the kernel, named by a number on one descriptor, wiped with their
 * class.
 *
 * A child is in two places: in the table of its descriptor, which owns it, and in the list of its
 * class, through which lock finds it. Lock takes it out of the list and wipes its ciphers; the
 * number stays, without a key, until it is closed.
 */
#ifndef _KEYBAG_CHILD_H
#define _KEYBAG_CHILD_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>
#include "class_key.h"

/**
 * struct keybag_child - one open child key
 * @list: in &struct keybag_slot.children while it has a key (bag->event_lock to add under
 *        bag->rwsem for reading; bag->rwsem for writing to take out)
 * @key: its ciphers; empty once wiped (bag->rwsem)
 * @class: of the class key that wraps it, constant
 * @key_generation: of that class key, constant
 * @wraps: blobs made since it was opened, at most 2^32
 *
 * Readers find it in the descriptor's table under bag->rwsem; it is freed after the rwsem was held
 * for writing, so no reference is counted.
 */
struct keybag_child {
	struct list_head list;
	struct keybag_class_key key;
	u8 class;
	u32 key_generation;
	atomic64_t wraps;
};

struct keybag_file;

/* Closes all child keys of a descriptor nobody uses any more. */
void keybag_children_close(struct keybag_file *file);

/* Wipes every child key of a class. Call with bag->rwsem held for writing. */
void keybag_children_wipe(struct list_head *children);

#endif /* _KEYBAG_CHILD_H */
