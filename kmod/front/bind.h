/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tying a descriptor to a bag.
 */
#ifndef _KEYBAG_BIND_H
#define _KEYBAG_BIND_H

#include "../data/file.h"

/* KEYBAG_IOC_BIND; @size is that of the caller's structure. Returns what ioctl(2) returns. */
long keybag_bind(struct keybag_file *file, unsigned int size, void __user *argument);

#endif /* _KEYBAG_BIND_H */
