/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing a secret under another class key or in another bag.
 */
#ifndef _KEYBAG_REWRAP_H
#define _KEYBAG_REWRAP_H

#include "file.h"

/*
 * KEYBAG_IOC_REWRAP, and the same of an item. Like all data operations they want a bound descriptor
 * and a claim to it (access.h), and return what ioctl(2) returns. @size is that of the caller's
 * structure; an item is run with the work @held where that is large enough.
 */
long keybag_rewrap(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_rewrap_item(struct keybag_file *file, struct keybag_work *held,
			const struct keybag_item *item);

#endif /* _KEYBAG_REWRAP_H */
