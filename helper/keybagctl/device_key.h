/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGCTL_DEVICE_KEY_H
#define KEYBAGCTL_DEVICE_KEY_H

#include "libkeybag/device_key.h"

/* "credential", "tpm" or "file", for scripts; NULL: nowhere. */
const char *device_key_place(const struct keybag_device_key_info *info);

/* Where it is and who gets what by that, for people. */
const char *device_key_meaning(const struct keybag_device_key_info *info);

#endif /* KEYBAGCTL_DEVICE_KEY_H */
