/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking the device key in.
 */
#ifndef _KEYBAG_DEVICE_KEY_SET_H
#define _KEYBAG_DEVICE_KEY_SET_H

#include "../uapi/keybag.h"

/* KEYBAG_IOC_SET_DEVICE_KEY. */
int keybag_set_device_key(struct keybag_device_key *args);

#endif /* _KEYBAG_DEVICE_KEY_SET_H */
