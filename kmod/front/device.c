// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include "../../keybag/blob.h"
#include "../../keybag/form.h"
#include "../bag/follower.h"
#include "../bag/lock.h"
#include "../bag/status.h"
#include "../bag/stay.h"
#include "../crypto/cmac.h"
#include "../crypto/gcm.h"
#include "../data/batch.h"
#include "../data/child.h"
#include "../data/file.h"
#include "../data/rewrap.h"
#include "../data/unwrap.h"
#include "../data/usercopy.h"
#include "../data/wrap.h"
#include "../form/device_key.h"
#include "bind.h"
#include "device.h"
#include "device_ioctl.h"
#include "watch.h"

/* Blob and associated data follow these at once, in the programs there are. */
static_assert(sizeof(struct keybag_wrap) == KEYBAG_WRAP_SIZE_VER0);
static_assert(sizeof(struct keybag_unwrap) == KEYBAG_UNWRAP_SIZE_VER0);
static_assert(sizeof(struct keybag_rewrap) == KEYBAG_REWRAP_SIZE_VER0);
static_assert(sizeof(struct keybag_child_create) == KEYBAG_CHILD_CREATE_SIZE_VER0);
static_assert(sizeof(struct keybag_child_open) == KEYBAG_CHILD_OPEN_SIZE_VER0);

/* Command numbers of which only the size may vary, and the size. */
#define SIZED(command)	((command) & ~IOCSIZE_MASK)

static int keybag_open(struct inode *inode, struct file *filp)
{
	struct keybag_file *file;

	/* Nothing here means anything in another user namespace, not even the version. */
	if (current_user_ns() != &init_user_ns)
		return -EPERM;
	file = keybag_file_allocate();
	if (!file)
		return -ENOMEM;
	filp->private_data = file;
	return stream_open(inode, filp);
}

static int keybag_release(struct inode *inode, struct file *filp)
{
	struct keybag_file *file = filp->private_data;

	keybag_follower_release(filp);
	keybag_watch_end(file);
	keybag_children_close(file);
	keybag_file_free(file);
	return 0;
}

static long version(unsigned int size, void __user *argument)
{
	struct keybag_version version = {
		.abi = KEYBAG_ABI_VERSION,
		.form_version = KB_FORM_VERSION,
		.blob_version = KB_BLOB_VERSION,
		.flags = KEYBAG_VERSION_UNLESS_OPEN | KEYBAG_VERSION_HARDWARE,
	};
	bool present;

	/*
	 * The identifier stays the same for as long as the machine lives, and the lock it takes can
	 * hold an eviction up: neither is for everybody.
	 */
	if (ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN))
		present = keybag_device_key_id(version.device_key_id);
	else
		present = keybag_device_key_present();
	if (present)
		version.flags |= KEYBAG_VERSION_DEVICE_KEY;
	if (keybag_suspending())
		version.flags |= KEYBAG_VERSION_SUSPENDING;
	version.flags |= keybag_follower_flags();
	strscpy(version.module, KEYBAG_MODULE_VERSION, sizeof(version.module));
	strscpy(version.aead_driver, keybag_gcm_driver(), sizeof(version.aead_driver));
	strscpy(version.mac_driver, keybag_cmac_driver(), sizeof(version.mac_driver));
	return keybag_copy_struct_to_user(argument, size, &version, sizeof(version));
}

/* Status of the bound bag; with a UUID it is a control command. */
static long status(struct file *filp, unsigned int command, void __user *argument)
{
	struct keybag_file *file = filp->private_data;
	struct keybag_access *access = &file->access;
	const struct keybag_grant *grant;
	struct keybag_status status = {};
	int error;

	error = copy_struct_from_user(&status, sizeof(status), argument, _IOC_SIZE(command));
	if (error)
		return error;
	if (memchr_inv(status.uuid, 0, sizeof(status.uuid)))
		return keybag_device_ioctl(filp, command, argument);
	if (!keybag_file_bound(file))
		return -ENOTCONN;

	error = keybag_bag_status(access->bag, &status);
	if (error)
		return error;
	keybag_stay_begin(access->bag);
	grant = keybag_access_grant(access);
	if (access->bag->gone)
		error = -EKEYREVOKED;
	else if (keybag_access_expired(access))
		error = -EKEYEXPIRED;
	else if (!(grant->rights & KEYBAG_RIGHT_WATCH))
		error = -EACCES;
	status.rights = grant->rights;
	status.classes = grant->classes;
	memcpy(status.domain, grant->domain, KEYBAG_DOMAIN_SIZE);
	keybag_stay_end(access->bag);
	if (error)
		return error;
	return keybag_copy_struct_to_user(argument, _IOC_SIZE(command), &status, sizeof(status));
}

static long data_ioctl(struct keybag_file *file, unsigned int command, void __user *argument)
{
	unsigned int size = _IOC_SIZE(command);

	switch (SIZED(command)) {
	case KEYBAG_IOC_UNWRAP(0):
		return keybag_unwrap(file, size, argument);
	case KEYBAG_IOC_WRAP(0):
		return keybag_wrap(file, size, argument);
	case SIZED(KEYBAG_IOC_BATCH):
		return keybag_batch(file, size, argument);
	case SIZED(KEYBAG_IOC_OPERATE):
		return keybag_operate(file, size, argument);
	case KEYBAG_IOC_REWRAP(0):
		return keybag_rewrap(file, size, argument);
	case KEYBAG_IOC_CHILD_CREATE(0):
		return keybag_child_create(file, size, argument);
	case KEYBAG_IOC_CHILD_OPEN(0):
		return keybag_child_open(file, size, argument);
	default:
		return -ENOTTY;
	}
}

static bool is_data(unsigned int command)
{
	unsigned int number = _IOC_NR(command);

	return _IOC_TYPE(command) == KEYBAG_IOC_MAGIC && number >= _IOC_NR(KEYBAG_IOC_WRAP(0)) &&
	       number <= _IOC_NR(KEYBAG_IOC_BATCH) && number != _IOC_NR(KEYBAG_IOC_CHILD_CLOSE);
}

/* Data operations of a descriptor that is not bound, or has limits. */
static long limited_ioctl(struct keybag_file *file, unsigned int command, void __user *argument)
{
	long result;

	if (!keybag_file_bound(file))
		return -ENOTCONN;
	result = keybag_access_claim(&file->access);
	if (result)
		return result;
	result = data_ioctl(file, command, argument);
	keybag_access_release(&file->access);
	return result;
}

static noinline long other_ioctl(struct file *filp, unsigned int command, unsigned long value)
{
	struct keybag_file *file = filp->private_data;
	void __user *argument = (void __user *)value;
	unsigned int size = _IOC_SIZE(command);

	if (is_data(command))
		return limited_ioctl(file, command, argument);

	switch (SIZED(command)) {
	case SIZED(KEYBAG_IOC_VERSION):
		return version(size, argument);
	case SIZED(KEYBAG_IOC_STATUS):
		return status(filp, command, argument);
	case SIZED(KEYBAG_IOC_BIND):
		return keybag_bind(file, size, argument);
	case SIZED(KEYBAG_IOC_RESTRICT):
		return keybag_restrict(file, size, argument);
	case SIZED(KEYBAG_IOC_CLONE):
		return keybag_clone(file, size, argument);
	case KEYBAG_IOC_CHILD_CLOSE:
		return keybag_child_close(file, value);
	default:
		return keybag_device_ioctl(filp, command, argument);
	}
}

static long keybag_ioctl(struct file *filp, unsigned int command, unsigned long value)
{
	struct keybag_file *file = filp->private_data;

	/* Here every instruction counts, of unwrap first. */
	if (unlikely(!keybag_file_bound(file) || file->access.limited))
		return other_ioctl(filp, command, value);
	if (likely(SIZED(command) == KEYBAG_IOC_UNWRAP(0)))
		return keybag_unwrap(file, _IOC_SIZE(command), (void __user *)value);
	if (is_data(command))
		return data_ioctl(file, command, (void __user *)value);
	return other_ioctl(filp, command, value);
}

const struct file_operations keybag_device_operations = {
	.owner = THIS_MODULE,
	.open = keybag_open,
	.release = keybag_release,
	.read = keybag_watch_read,
	.poll = keybag_watch_poll,
	.unlocked_ioctl = keybag_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keybag",
	.fops = &keybag_device_operations,
	.mode = 0666,
};

int keybag_device_init(void)
{
	return misc_register(&device);
}

void keybag_device_exit(void)
{
	misc_deregister(&device);
}
