// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for keybag.ko of another release: /dev/keybag that tells another version of the
 * interface and understands nothing else. What is sent to it after that is counted, for there
 * should be nothing.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../../kmod/uapi/keybag.h"

static unsigned int abi;
module_param(abi, uint, 0444);
MODULE_PARM_DESC(abi, "version of the interface that it tells");

static int sent;
module_param(sent, int, 0444);
MODULE_PARM_DESC(sent, "commands other than VERSION that it was given");

static long other_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	struct keybag_version version = { .abi = abi };

	if (command != KEYBAG_IOC_VERSION) {
		sent++;
		return -ENOTTY;
	}
	strscpy(version.module, "other", sizeof(version.module));
	strscpy(version.aead_driver, "none", sizeof(version.aead_driver));
	strscpy(version.mac_driver, "none", sizeof(version.mac_driver));
	if (copy_to_user((void __user *)argument, &version, sizeof(version)))
		return -EFAULT;
	return 0;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = other_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keybag",
	.fops = &operations,
	.mode = 0666,
};
module_misc_device(device);

MODULE_DESCRIPTION("Another release of Keybag's module, for tests");
MODULE_LICENSE("GPL");
