/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control commands: for CAP_SYS_ADMIN of the initial user namespace.
 */
#ifndef _KEYBAG_CONTROL_H
#define _KEYBAG_CONTROL_H

#include <linux/fs.h>

/* Checks caller and opener, and carries out @command. -ENOTTY for one that is not there. */
long keybag_control_ioctl(struct file *filp, unsigned int command, void __user *argument);

#endif /* _KEYBAG_CONTROL_H */
