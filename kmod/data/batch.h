/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Items: one, or many in a row.
 */
#ifndef _KEYBAG_BATCH_H
#define _KEYBAG_BATCH_H

#include "file.h"

/*
 * KEYBAG_IOC_OPERATE, BATCH. They want a bound descriptor and a claim to it (access.h). @size is
 * that of the caller's structure; they return what ioctl(2) returns.
 */
long keybag_operate(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_batch(struct keybag_file *file, unsigned int size, void __user *argument);

#endif /* _KEYBAG_BATCH_H */
