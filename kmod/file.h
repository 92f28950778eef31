/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/keybag and its descriptors.
 */
#ifndef _KEYBAG_FILE_H
#define _KEYBAG_FILE_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/xarray.h>
#include "access.h"
#include "work.h"

/**
 * struct keybag_file - one open file of /dev/keybag
 * @access: the bag and the rights to it; unbound while @access.bag is NULL
 * @lock: binding
 * @privileged: bound with CAP_SYS_ADMIN, so it is told of records to save (set before @access.bag)
 * @read_lock: readers of events, one at a time
 * @next_event: state_seq of the event to read next (@read_lock to change)
 * @children: open child keys by number, see child.h (its own lock; readers under bag->rwsem)
 * @next_child: number to try next (xa_lock of @children)
 * @child_count: numbers in use, at most KEYBAG_MAX_CHILDREN
 * @work: for small operations, one at a time (its own lock)
 */
struct keybag_file {
	struct keybag_access access;
	struct mutex lock;		/* binding */
	bool privileged;
	struct mutex read_lock;		/* read(2) */
	u64 next_event;
	struct xarray children;
	u32 next_child;
	atomic_t child_count;
	struct keybag_work work;
};

/* Not THIS_MODULE->version: there is no module where this is built into the kernel. */
#define KEYBAG_MODULE_VERSION	"0.1"

/* The device node. Init comes last and exit first: from init on it is in use. */
int keybag_file_init(void);
void keybag_file_exit(void);

/* A new struct keybag_file, not bound, or NULL. */
struct keybag_file *keybag_file_allocate(void);
void keybag_file_free(struct keybag_file *file);

extern const struct file_operations keybag_fops;

/* Whether it is bound; after that @access.bag can be used. */
static inline bool keybag_file_bound(const struct keybag_file *file)
{
	/* Pairs with the release in keybag_file_bind(). */
	return smp_load_acquire(&file->access.bag);
}

/*
 * Results of versioned structures: as much as the caller's structure of @user_size has room for,
 * what it has more of is zero.
 * Returns 0 or -EFAULT.
 */
int keybag_copy_struct_to_user(void __user *to, size_t user_size, const void *from, size_t size);

#endif /* _KEYBAG_FILE_H */
