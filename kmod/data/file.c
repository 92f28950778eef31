// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../bag/event.h"
#include "../bag/stay.h"
#include "file.h"

static const struct file_operations *operations __ro_after_init;

void __init keybag_file_set_operations(const struct file_operations *device)
{
	operations = device;
}

const struct file_operations *keybag_file_operations(void)
{
	return operations;
}

struct keybag_file *keybag_file_of(const struct file *filp)
{
	return filp->f_op == operations ? filp->private_data : NULL;
}

struct keybag_file *keybag_file_allocate(void)
{
	struct keybag_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	mutex_init(&file->lock);
	mutex_init(&file->read_lock);
	init_waitqueue_head(&file->poll_wait);
	xa_init_flags(&file->children, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	keybag_work_init(&file->work);
	return file;
}

void keybag_file_free(struct keybag_file *file)
{
	if (file->access.bag)
		keybag_bag_put(file->access.bag);
	kfree_sensitive(file);
}

/* Domains from here on are given out by CAP_SYS_ADMIN; keychaind's is one. */
#define RESERVED_DOMAIN	0x80

static bool is_zero(const u8 *domain)
{
	return !memchr_inv(domain, 0, KEYBAG_DOMAIN_SIZE);
}

static int check_restriction(const struct keybag_restrict *restriction)
{
	const u8 *domain = restriction->domain;
	bool zero = is_zero(domain);

	if (restriction->flags & ~KEYBAG_RESTRICT_SET_DOMAIN ||
	    restriction->rights & ~restriction->known || restriction->classes & ~KEYBAG_CLASSES_ALL)
		return -EINVAL;
	/* To keep what this kernel does not know is nothing; to give it up cannot be promised. */
	if (restriction->known & ~restriction->rights & ~KEYBAG_RIGHT_ALL)
		return -E2BIG;
	if (!(restriction->flags & KEYBAG_RESTRICT_SET_DOMAIN))
		return zero ? 0 : -EINVAL;
	if (zero)
		return -EINVAL;
	return domain[0] < RESERVED_DOMAIN || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* Stores what is left of @old in @new. Returns 0 or -EACCES. */
static int narrow(const struct keybag_grant *old, const struct keybag_restrict *restriction,
		  struct keybag_grant *new)
{
	*new = *old;
	if (restriction->flags & KEYBAG_RESTRICT_SET_DOMAIN) {
		if (!is_zero(old->domain))
			return -EACCES;
		memcpy(new->domain, restriction->domain, KEYBAG_DOMAIN_SIZE);
	}
	new->rights &= restriction->rights;
	new->classes &= restriction->classes;
	return 0;
}

/*
 * Not by the write side of the bag, which a user's processes could hold up others with, or be held
 * up in themselves. Call with the descriptor's lock held.
 */
static void put_into_effect(struct keybag_access *access, unsigned int grant)
{
	/* Pairs with keybag_access_grant(). */
	smp_store_release(&access->grant, grant);
	keybag_stay_synchronize(access->bag);
	/* Whoever waits for events may have to stop. */
	wake_up_interruptible_all(&access->bag->event_wait);
}

long keybag_restrict(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_access *access = &file->access;
	struct keybag_restrict restriction = {};
	struct keybag_grant *old, *new;
	unsigned int other;
	int error;

	if (!keybag_file_bound(file))
		return -ENOTCONN;
	error = copy_struct_from_user(&restriction, sizeof(restriction), argument, size);
	if (!error)
		error = check_restriction(&restriction);
	if (error)
		return error;

	/*
	 * When this returns no operation runs with more than is left, and where nothing was given
	 * up none did: one that was before us here has waited.
	 */
	mutex_lock(&file->lock);
	other = !access->grant;
	old = &access->grants[access->grant];
	new = &access->grants[other];
	error = narrow(old, &restriction, new);
	if (!error && memcmp(old, new, sizeof(*old)))
		put_into_effect(access, other);
	mutex_unlock(&file->lock);
	return error;
}

/* Fills in what @parent may do now, within the limits of both @parent and @clone. */
static int derive_access(struct keybag_access *access, struct keybag_access *parent,
			 const struct keybag_clone *clone)
{
	u64 now = ktime_get_boottime_ns();
	struct keybag_grant *grant = &access->grants[0];
	int error = 0;

	keybag_stay_begin(parent->bag);
	*grant = *keybag_access_grant(parent);
	if (parent->bag->gone)
		error = -EKEYREVOKED;
	else if (keybag_access_expired(parent))
		error = -EKEYEXPIRED;
	else if (!(grant->rights & KEYBAG_RIGHT_CLONE))
		error = -EACCES;
	keybag_stay_end(parent->bag);
	if (error)
		return error;

	access->deadline = parent->deadline;
	if (clone->lifetime_ns && clone->lifetime_ns < KTIME_MAX - now &&
	    (!access->deadline || now + clone->lifetime_ns < access->deadline))
		access->deadline = now + clone->lifetime_ns;
	access->once = clone->flags & KEYBAG_CLONE_ONCE;
	access->limited = access->once || access->deadline;
	/* Copies of what is good once would be good as often as there are copies. */
	if (access->once)
		grant->rights &= ~KEYBAG_RIGHT_CLONE;
	access->privileged = parent->privileged;
	access->bag = keybag_bag_get(parent->bag);
	return 0;
}

static long install(struct keybag_file *file)
{
	int descriptor = get_unused_fd_flags(O_CLOEXEC);
	struct file *filp;

	if (descriptor < 0)
		return descriptor;
	filp = anon_inode_getfile("[keybag]", keybag_file_operations(), file, O_RDWR);
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
	result = derive_access(&file->access, &parent->access, &clone);
	if (!result) {
		file->next_event = keybag_event_last(file->access.bag);
		result = install(file);
	}
	if (result < 0)
		keybag_file_free(file);
	return result;
}
