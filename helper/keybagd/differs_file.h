/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A note that the login password is not the passcode: a login password that was right at login, and wrong
 * here. As long as it is the same one, login passwords are not tried: they would be counted as wrong
 * passcodes at every login and every screen lock. In it is how that password is hashed, without its hash.
 */
#ifndef KEYBAGD_DIFFERS_FILE_H
#define KEYBAGD_DIFFERS_FILE_H

#include "libkeybag/keybag.h"
#include <stdbool.h>

#define DIFFERS_SUFFIX	".differs"

/* Whether it is noted, and no other login password was set since. */
bool differs_file_holds(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Returns 0 or a negative errno. */
int differs_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE]);

void differs_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE]);

#endif /* KEYBAGD_DIFFERS_FILE_H */
