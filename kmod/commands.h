/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands of a descriptor other than control, each in the file named. @size is that of the
 * caller's structure. All return what ioctl(2) returns. Those below the line want a bound
 * descriptor and a claim to it (access.h); those of an item run it with the work @held where that
 * is large enough.
 */
#ifndef _KEYBAG_COMMANDS_H
#define _KEYBAG_COMMANDS_H

#include "file.h"

/* bind.c */
long keybag_bind(struct keybag_file *file, unsigned int size, void __user *argument);

/* restrict.c */
long keybag_restrict(struct keybag_file *file, unsigned int size, void __user *argument);

/* clone.c */
long keybag_clone(struct keybag_file *file, unsigned int size, void __user *argument);

/*
 * ------------------------------------------------------------------------------------------------
 */

/* wrap.c */
long keybag_wrap(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_wrap_item(struct keybag_file *file, struct keybag_work *held,
		      const struct keybag_item *item);

/* unwrap.c */
long keybag_unwrap(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_unwrap_item(struct keybag_file *file, struct keybag_work *held,
			const struct keybag_item *item);

long keybag_unwrap_inside(struct keybag_file *file, struct keybag_work *work,
			  const struct keybag_item *item);

/* rewrap.c */
long keybag_rewrap(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_rewrap_item(struct keybag_file *file, struct keybag_work *held,
			const struct keybag_item *item);

/* child.c; CHILD_CLOSE belongs above the line */
long keybag_child_create(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_child_open(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_child_close(struct keybag_file *file, unsigned long number);

/* child_use.c */
long keybag_child_encrypt_item(struct keybag_file *file, struct keybag_work *held,
			       const struct keybag_item *item);
long keybag_child_decrypt_item(struct keybag_file *file, struct keybag_work *held,
			       const struct keybag_item *item);
long keybag_child_decrypt_inside(struct keybag_file *file, struct keybag_work *work,
				 const struct keybag_item *item);
long keybag_child_mac_item(struct keybag_file *file, struct keybag_work *held,
			   const struct keybag_item *item);

/* batch.c */
long keybag_operate(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_batch(struct keybag_file *file, unsigned int size, void __user *argument);

#endif /* _KEYBAG_COMMANDS_H */
