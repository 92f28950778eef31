/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Child keys: unwrapped into the kernel, named by a number on one descriptor, wiped with their
 * class. See struct keybag_child.
 */
#ifndef _KEYBAG_CHILD_H
#define _KEYBAG_CHILD_H

#include "file.h"

/*
 * KEYBAG_IOC_CHILD_CREATE, CHILD_OPEN: like all data operations they want a bound descriptor and a
 * claim to it (access.h). CHILD_CLOSE does not. @size is that of the caller's structure; they
 * return what ioctl(2) returns.
 */
long keybag_child_create(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_child_open(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_child_close(struct keybag_file *file, unsigned long number);

/* Closes all child keys of a descriptor nobody uses any more. */
void keybag_children_close(struct keybag_file *file);

#endif /* _KEYBAG_CHILD_H */
