/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following the lock state through a descriptor: read(2) and poll(2).
 */
#ifndef _KEYBAG_WATCH_H
#define _KEYBAG_WATCH_H

#include <linux/fs.h>
#include <linux/poll.h>

ssize_t keybag_watch_read(struct file *filp, char __user *buffer, size_t size, loff_t *offset);
__poll_t keybag_watch_poll(struct file *filp, poll_table *table);

struct keybag_file;

/* Call when the descriptor has been bound, with its lock: it may be polled already. */
void keybag_watch_bound(struct keybag_file *file);

/* Call when the descriptor is closed, before it is freed. */
void keybag_watch_end(struct keybag_file *file);

#endif /* _KEYBAG_WATCH_H */
