/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tying a descriptor to a bag.
 */
#ifndef _KEYBAG_BIND_H
#define _KEYBAG_BIND_H

#include "../data/file.h"

/* KEYBAG_IOC_BIND; @size is that of the caller's structure. Returns what ioctl(2) returns. */
long keybag_bind(struct keybag_file *file, unsigned int size, void __user *argument);

/*
 * Binds it to a backup keybag for so long, with the rights to seal to and from that; takes over the
 * reference, unless it fails: -EEXIST.
 */
int keybag_bind_backup(struct keybag_file *file, struct keybag_bag *bag, u64 lifetime_ns);

#endif /* _KEYBAG_BIND_H */
