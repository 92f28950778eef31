/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device key: 32 random bytes in a file that only root can read, handed to the kernel.
 */
#ifndef KEYBAGD_DEVICE_KEY_H
#define KEYBAGD_DEVICE_KEY_H

#include "outcome.h"

/*
 * Gives the kernel the device key, if it has none. Makes the key when there is neither a key nor a
 * keybag yet; a key that is missing while there are keybags is an error, for a new one would open none.
 * Returns 0, or a negative errno with its text in @outcome.
 */
int device_key_supply(struct outcome *outcome);

/*
 * A command of control.h that takes the device key: given to the kernel first, if it has none. Returns
 * the command's result; or what device_key_supply() returned, and then, only then, there is an error in
 * @outcome.
 */
int device_key_call(unsigned long command, void *argument, struct outcome *outcome);

#endif /* KEYBAGD_DEVICE_KEY_H */
