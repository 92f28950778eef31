/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bond between a passcode and the account: that a login has verified this very passcode as the
 * account's password. It is in the sealed form, so that a keybag whose passcode somebody has chosen
 * who never had to know the password, a process of the user's for one, lets nobody in. Worker threads.
 */
#ifndef KEYBAGD_LOGIN_BOND_H
#define KEYBAGD_LOGIN_BOND_H

#include "keybagd/bag/operation.h"

/*
 * Whether the keybag may say who gets into the account: its passcode is bound, and the account has
 * no password beside it. Returns 0 or -EACCES, in the result.
 */
int login_bond_check(struct operation *operation);

/*
 * After the passcode was found right: notes the bond, if a root process has vouched that it is the
 * account's password. A failure is only logged; the next login tries again.
 */
void login_bond_note(struct operation *operation);

#endif /* KEYBAGD_LOGIN_BOND_H */
