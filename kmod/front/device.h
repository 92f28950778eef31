/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device node /dev/keybag.
 */
#ifndef _KEYBAG_DEVICE_H
#define _KEYBAG_DEVICE_H

#include <linux/fs.h>

/* Not THIS_MODULE->version: there is no module where this is built into the kernel. */
#define KEYBAG_MODULE_VERSION	"0.1"

extern const struct file_operations keybag_device_operations;

/* Init comes last and exit first: from init on it is in use. */
int keybag_device_init(void);
void keybag_device_exit(void);

#endif /* _KEYBAG_DEVICE_H */
