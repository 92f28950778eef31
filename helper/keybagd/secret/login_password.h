/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a login password is still the one that it was, without keeping anything that could verify it.
 */
#ifndef KEYBAGD_LOGIN_PASSWORD_H
#define KEYBAGD_LOGIN_PASSWORD_H

#include <stdbool.h>

#include "common/secret.h"
#include "keybagd/store/password_mismatch_file.h"

/*
 * Whether the account has no password: its field is "*". One that is locked ("!" before the hash), or that is
 * not in the file, is none of these.
 */
bool login_password_is_none(const char *name);

/*
 * Finds how @password is hashed in /etc/shadow for the account @name, as crypt(5) has it: method, cost and salt, which
 * is a new one each time that one is set, and not the hash. Empty where it is not the one that is hashed there, for a
 * machine may take others, of a directory or of Kerberos; and where a hash would take more than
 * LOGIN_PASSWORD_MEMORY_KIB to compute. Worker threads.
 */
void login_password_verify(const char *name, const struct secret *password,
			   char ret_setting[LOGIN_SETTING_SIZE]);

#endif /* KEYBAGD_LOGIN_PASSWORD_H */
