/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keychaind, the one peer besides root that is served with keybags of others: by descriptor,
 * restricted.
 */
#ifndef KEYBAGD_KEYCHAIN_ACCOUNT_H
#define KEYBAGD_KEYCHAIN_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether a peer of that uid may ask for what is keychaind's: it, or root. */
bool keychain_account_is(uid_t uid);

#endif /* KEYBAGD_KEYCHAIN_ACCOUNT_H */
