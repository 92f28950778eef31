/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing a secret under a class key.
 */
#ifndef _KEYBAG_WRAP_H
#define _KEYBAG_WRAP_H

#include "access.h"
#include "file.h"
#include "work.h"

/*
 * Checks rights and state, and seals the content of @work under @class, a valid one. Where
 * @generated is not NULL the content is a new secret, and is copied there as well. Call in a stay,
 * then burn the stack. Wipes the content on error.
 */
int keybag_wrap_locked(const struct keybag_access *access, struct keybag_work *work,
		       unsigned int class, u8 __user *generated);

/*
 * KEYBAG_IOC_WRAP, and the same of an item. Like all data operations they want a bound descriptor
 * and a claim to it (access.h), and return what ioctl(2) returns. @size is that of the caller's
 * structure; an item is run with the work @held where that is large enough.
 */
long keybag_wrap(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_wrap_item(struct keybag_file *file, struct keybag_work *held,
		      const struct keybag_item *item);

#endif /* _KEYBAG_WRAP_H */
