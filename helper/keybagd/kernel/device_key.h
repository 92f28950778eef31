/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device key: 32 random bytes in a file that only root can read, or in a credential of systemd, which goes
 * before the file and is never written anywhere; handed to the kernel.
 */
#ifndef KEYBAGD_DEVICE_KEY_H
#define KEYBAGD_DEVICE_KEY_H

#include <stdbool.h>

#include "keybagd/log/request_result.h"

/*
 * Gives the kernel the device key, if it has none. Makes the key when there is neither a key nor a keybag yet; a key that
 * is missing while there are keybags is an error, for a new one would open none. Returns 0, or a negative errno with its
 * text in @ret_result: -ENODEV: there is no key, which may pass by itself; -EMEDIUMTYPE: that which is there is not used, or
 * the kernel has another one, which has to be mended.
 */
int device_key_supply(struct request_result *ret_result);

/*
 * Whether the last device_key_supply() found no usable key, or another one than the kernel has: keybags that are
 * loaded all the same will not be after a restart of the machine.
 */
bool device_key_is_lost(void);

/*
 * A command of device_ioctl.h that takes the device key: given to the kernel first, if it has none. Returns
 * the command's result; or what device_key_supply() returned, and then, only then, there is an error in
 * @ret_result.
 */
int device_key_call(unsigned long command, void *argument, struct request_result *ret_result);

#endif /* KEYBAGD_DEVICE_KEY_H */
