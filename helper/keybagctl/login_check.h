/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a password is the login password of an account, by the machine's own PAM stack.
 */
#ifndef KEYBAGCTL_LOGIN_CHECK_H
#define KEYBAGCTL_LOGIN_CHECK_H

#include "common/secret.h"

/*
 * Asks PAM once, as the service "keybagctl". A wrong password counts as a failed login where the machine counts those
 * (pam_faillock), so a caller tries what was typed as a login password and nothing else. Returns 0, -EKEYREJECTED, or
 * -EOPNOTSUPP where a password alone does not decide (a second factor, no such service, no password).
 */
int login_check(const char *user, const struct secret *password);

#endif /* KEYBAGCTL_LOGIN_CHECK_H */
