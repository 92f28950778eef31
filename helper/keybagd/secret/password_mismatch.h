/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Login passwords that are known not to be the passcode: they are not tried, and not counted.
 *
 * Two memories. The last keys that came of such passwords are kept in locked memory while the daemon runs: that
 * very password again needs no try, whoever says that it is a login password. On disk is, for logins that root has
 * verified, which password of /etc/shadow it was (password_mismatch_file.h). Neither says anything about another password.
 * Worker threads.
 */
#ifndef KEYBAGD_PASSWORD_MISMATCH_H
#define KEYBAGD_PASSWORD_MISMATCH_H

#include "keybagd/bag/operation.h"

/* Before the secret is derived: which password of /etc/shadow it is, if it is a login password that root verified. */
void password_mismatch_look(struct operation *operation);

/* Whether what the operation tries is known not to be the passcode. */
bool password_mismatch_known(struct operation *operation);

/* Whether any login password is known not to be the passcode. Any thread. */
bool password_mismatch_noted(const uint8_t uuid[KEYBAG_UUID_SIZE]);

/* It was tried, with this result. */
void password_mismatch_note(struct operation *operation, int result);

/* The keys of all keybags are wiped; what is noted on disk stays. Any thread. */
void password_mismatch_forget_keys(void);

/* The passcode or the login password has changed, perhaps, or the keybag is no more. */
void password_mismatch_forget(const uint8_t uuid[KEYBAG_UUID_SIZE]);

#endif /* KEYBAGD_PASSWORD_MISMATCH_H */
