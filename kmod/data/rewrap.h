/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing a secret under another class key or in another bag.
 */
#ifndef _KEYBAG_REWRAP_H
#define _KEYBAG_REWRAP_H

#include "task.h"

/* The operation, and KEYBAG_IOC_REWRAP. @size is that of the caller's structure. */
extern const struct keybag_verb keybag_rewrap_verb;
long keybag_rewrap(struct keybag_file *file, unsigned int size, void __user *argument);

#endif /* _KEYBAG_REWRAP_H */
