// SPDX-License-Identifier: GPL-2.0-only
/*
 * CLONE: a fresh descriptor for one request, or for a stated time.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>
#include "commands.h"
#include "watch.h"

/* What @parent may do now, within the limits of both @parent and @clone. */
static int derive(struct keybag_access *access, struct keybag_access *parent,
		  const struct keybag_clone *clone)
{
	u64 now = ktime_get_boottime_ns();
	int error = 0;

	down_read(&parent->bag->rwsem);
	if (parent->bag->gone)
		error = -EKEYREVOKED;
	else if (keybag_access_expired(parent))
		error = -EKEYEXPIRED;
	else if (!(parent->rights & KEYBAG_RIGHT_CLONE))
		error = -EACCES;

	access->rights = parent->rights;
	access->classes = parent->classes;
	memcpy(access->domain, parent->domain, KEYBAG_DOMAIN_SIZE);
	access->domain_set = parent->domain_set;
	up_read(&parent->bag->rwsem);
	if (error)
		return error;

	access->deadline = parent->deadline;
	if (clone->lifetime_ns && clone->lifetime_ns < U64_MAX - now &&
	    (!access->deadline || now + clone->lifetime_ns < access->deadline))
		access->deadline = now + clone->lifetime_ns;
	access->once = clone->flags & KEYBAG_CLONE_ONCE;
	access->limited = access->once || access->deadline;
	/* Copies of what is good once would be good as often as there are copies. */
	if (access->once)
		access->rights &= ~KEYBAG_RIGHT_CLONE;
	access->bag = keybag_bag_get(parent->bag);
	return 0;
}

static long install(struct keybag_file *file)
{
	int descriptor = get_unused_fd_flags(O_CLOEXEC);
	struct file *filp;

	if (descriptor < 0)
		return descriptor;
	filp = anon_inode_getfile("[keybag]", &keybag_fops, file, O_RDWR);
	if (IS_ERR(filp)) {
		put_unused_fd(descriptor);
		return PTR_ERR(filp);
	}
	/* As open(2) has it. */
	stream_open(file_inode(filp), filp);
	fd_install(descriptor, filp);
	return descriptor;
}

long keybag_clone(struct keybag_file *parent, unsigned int size, void __user *argument)
{
	struct keybag_clone clone = {};
	struct keybag_file *file;
	long result;

	if (!keybag_file_bound(parent))
		return -ENOTCONN;
	result = copy_struct_from_user(&clone, sizeof(clone), argument, size);
	if (result)
		return result;
	if (clone.flags & ~KEYBAG_CLONE_ONCE || clone.reserved ||
	    (!clone.flags && !clone.lifetime_ns))
		return -EINVAL;

	file = keybag_file_allocate();
	if (!file)
		return -ENOMEM;
	result = derive(&file->access, &parent->access, &clone);
	if (!result) {
		file->privileged = parent->privileged;
		file->next_event = keybag_event_last(file->access.bag);
		result = install(file);
	}
	if (result < 0)
		keybag_file_free(file);
	return result;
}
