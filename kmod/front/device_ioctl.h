/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control commands: for CAP_SYS_ADMIN of the initial user namespace.
 */
#ifndef _KEYBAG_DEVICE_IOCTL_H
#define _KEYBAG_DEVICE_IOCTL_H

#include <linux/fs.h>

/* Checks caller and opener, and carries out @command. -ENOTTY for one that is not there. */
long keybag_device_ioctl(struct file *filp, unsigned int command, void __user *argument);

#endif /* _KEYBAG_DEVICE_IOCTL_H */
