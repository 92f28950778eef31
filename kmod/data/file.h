/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/keybag and its descriptors.
 */
#ifndef _KEYBAG_FILE_H
#define _KEYBAG_FILE_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include "access.h"
#include "work.h"

/**
 * struct keybag_file - one open file of /dev/keybag
 * @access: the bag and the rights to it; unbound while @access.bag is NULL
 * @lock: to bind, and to restrict
 * @read_lock: readers of events, one at a time
 * @next_event: state_seq of the event to read next (@read_lock to change)
 * @poll_wait: those that poll it; epoll joins a queue when a descriptor is added, and never later,
 *	so it has to be one that is there before the descriptor is bound
 * @relay: in the bag's queue, wakes @poll_wait (watch.c)
 * @polled: somebody polls it (@lock)
 * @relayed: @relay is in the bag's queue (@lock to change)
 * @expiry: wakes poll(2) at @access.deadline (@lock to set up and to start)
 * @expiry_set: @expiry was set up (@lock)
 * @children: open child keys by number, see child.h (its own lock; readers in a stay)
 * @next_child: number to try next (xa_lock of @children)
 * @child_count: numbers in use, at most KEYBAG_MAX_CHILDREN
 * @work: for small operations, one at a time (its own lock)
 */
struct keybag_file {
	struct keybag_access access;
	struct mutex lock;		/* bind, restrict */
	struct mutex read_lock;		/* read(2) */
	u64 next_event;
	wait_queue_head_t poll_wait;
	struct wait_queue_entry relay;
	bool polled;
	bool relayed;
	struct hrtimer expiry;
	bool expiry_set;
	struct xarray children;
	u32 next_child;
	atomic_t child_count;
	struct keybag_work work;
};

/*
 * Operations of the device node: they tell its descriptors from other files, and new descriptors
 * get them. Set by main.c before there is one.
 */
void keybag_file_set_operations(const struct file_operations *operations);
const struct file_operations *keybag_file_operations(void);

/* A new struct keybag_file, not bound, or NULL. */
struct keybag_file *keybag_file_allocate(void);

/* Frees one of which all child keys are closed. */
void keybag_file_free(struct keybag_file *file);

/* The struct keybag_file of an open file, or NULL for another kind of file. */
struct keybag_file *keybag_file_of(const struct file *filp);

/* Whether it is bound; after that @access.bag can be used. */
static inline bool keybag_file_bound(const struct keybag_file *file)
{
	/* Pairs with the release in bind.c. */
	return smp_load_acquire(&file->access.bag);
}

/*
 * KEYBAG_IOC_RESTRICT gives up rights, for good; KEYBAG_IOC_CLONE makes a fresh descriptor for one
 * request, or for a stated time. @size is that of the caller's structure; they return what ioctl(2)
 * returns.
 */
long keybag_restrict(struct keybag_file *file, unsigned int size, void __user *argument);
long keybag_clone(struct keybag_file *parent, unsigned int size, void __user *argument);

#endif /* _KEYBAG_FILE_H */
