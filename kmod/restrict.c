// SPDX-License-Identifier: GPL-2.0-only
/*
 * RESTRICT: gives up rights, for good.
 */
#include <linux/capability.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "commands.h"

/* Domains from here on are given out by CAP_SYS_ADMIN; keychaind's is one. */
#define RESERVED_DOMAIN	0x80

static int check(const struct keybag_restrict *restriction)
{
	const u8 *domain = restriction->domain;
	bool zero = !memchr_inv(domain, 0, KEYBAG_DOMAIN_SIZE);

	if (restriction->flags & ~KEYBAG_RESTRICT_SET_DOMAIN || restriction->reserved ||
	    restriction->rights & ~KEYBAG_RIGHT_ALL || restriction->classes & ~KEYBAG_CLASSES_ALL)
		return -EINVAL;
	if (!(restriction->flags & KEYBAG_RESTRICT_SET_DOMAIN))
		return zero ? 0 : -EINVAL;
	if (zero)
		return -EINVAL;
	return domain[0] < RESERVED_DOMAIN || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

long keybag_restrict(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_access *access = &file->access;
	struct keybag_restrict restriction = {};
	int error;

	if (!keybag_file_bound(file))
		return -ENOTCONN;
	error = copy_struct_from_user(&restriction, sizeof(restriction), argument, size);
	if (!error)
		error = check(&restriction);
	if (error)
		return error;

	/* Waits for operations in flight: when this returns, none runs with more than is left. */
	down_write(&access->bag->rwsem);
	if (!(restriction.flags & KEYBAG_RESTRICT_SET_DOMAIN)) {
		error = 0;
	} else if (access->domain_set) {
		error = -EACCES;
	} else {
		memcpy(access->domain, restriction.domain, KEYBAG_DOMAIN_SIZE);
		access->domain_set = true;
	}
	if (!error) {
		access->rights &= restriction.rights;
		access->classes &= restriction.classes;
	}
	up_write(&access->bag->rwsem);
	return error;
}
