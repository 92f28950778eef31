/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following the lock state through a descriptor: read(2) and poll(2).
 */
#ifndef _KEYBAG_WATCH_H
#define _KEYBAG_WATCH_H

#include <linux/fs.h>
#include <linux/poll.h>
#include "bag.h"

/* The number of the latest event. */
u64 keybag_event_last(struct keybag_bag *bag);

/* Finds the oldest event from @next on that is still kept. */
bool keybag_event_find(struct keybag_bag *bag, u64 next, struct keybag_event *event);

ssize_t keybag_watch_read(struct file *filp, char __user *buffer, size_t size, loff_t *offset);
__poll_t keybag_watch_poll(struct file *filp, poll_table *table);

#endif /* _KEYBAG_WATCH_H */
