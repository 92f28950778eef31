/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A note that a login password is not the passcode: one that was right at login, and wrong here. That one is not
 * tried any more: it would be counted as a wrong passcode at every login and every screen lock. In it is how that
 * password is hashed, without its hash (login_password.h).
 */
#ifndef KEYBAGD_PASSWORD_MISMATCH_FILE_H
#define KEYBAGD_PASSWORD_MISMATCH_FILE_H

#include "libkeybag/keybag.h"
#include <stdbool.h>

#define PASSWORD_MISMATCH_SUFFIX	".differs"

/* Size of the setting by which a login password is hashed: method, cost and salt, as crypt(5) has them. */
#define LOGIN_SETTING_SIZE	256

/* Whether it is noted of the login password that is hashed so. */
bool password_mismatch_file_holds(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *setting);

/* Whether it is noted of any. */
bool password_mismatch_file_exists(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* Returns 0 or a negative errno. */
int password_mismatch_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *setting);

void password_mismatch_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE]);

#endif /* KEYBAGD_PASSWORD_MISMATCH_FILE_H */
