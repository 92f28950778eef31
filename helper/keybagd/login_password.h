/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a login password is still the one that it was, without keeping anything that could verify it.
 */
#ifndef KEYBAGD_LOGIN_PASSWORD_H
#define KEYBAGD_LOGIN_PASSWORD_H

#define LOGIN_PASSWORD_SETTING_SIZE	256

/*
 * How the login password of the account @name is hashed, as crypt(5) has it: method, cost and salt, which
 * is a new one each time that one is set, and not the hash. Empty for an account that is not in
 * /etc/shadow, or has no hash there.
 */
void login_password_setting(const char *name, char ret_setting[LOGIN_PASSWORD_SETTING_SIZE]);

#endif /* KEYBAGD_LOGIN_PASSWORD_H */
