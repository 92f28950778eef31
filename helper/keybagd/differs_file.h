/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A note that the login password is not the passcode: a login password that was right at login, and wrong
 * here. As long as it is there, login passwords are not tried: they would be counted as wrong passcodes
 * at every login and every screen lock.
 */
#ifndef KEYBAGD_DIFFERS_FILE_H
#define KEYBAGD_DIFFERS_FILE_H

#include "libkeybag/keybag.h"
#include <stdbool.h>

#define DIFFERS_SUFFIX	".differs"

bool differs_file_is_there(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Returns 0 or a negative errno. */
int differs_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE]);

void differs_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE]);

#endif /* KEYBAGD_DIFFERS_FILE_H */
