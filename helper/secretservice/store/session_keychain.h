/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keychain of the collection "session": what is in it lives until the user logs out. It is made with its first item, and removed
 * with all of them at the end of the login; where that could not be done, as after a loss of power, before anything of it
 * is read or written in the next one.
 *
 * A mark in the user's runtime folder, which ends with the login, says that it was removed once in this login: without that
 * mark it is removed when the service starts. So a service that was killed and started again finds what it had.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SECRETSERVICE_SESSION_KEYCHAIN_H
#define SECRETSERVICE_SESSION_KEYCHAIN_H

#include <stdbool.h>

#include "helper/secretservice/bus/path.h"

/* No user's: keychaind refuses others that name. */
#define SESSION_KEYCHAIN	PATH_SESSION_KEYCHAIN

/*
 * Opens the mark, in $XDG_RUNTIME_DIR or /run/user/UID, and removes the keychain where there was none: to be called before files are
 * restricted, and when the keychain can be asked. Without that folder each start of the service counts as a login.
 */
void session_keychain_begin(void);
void session_keychain_close(void);

/* The login has ended: removes it, now or before it is used again. */
void session_keychain_end_login(void);

bool session_keychain_is(const char *keychain);

/*
 * Whether all that may be in it is of this login: removes it first, where that is due. False: it could not be removed, and counts as
 * one that is not there.
 */
bool session_keychain_is_clean(void);

/* Makes it where it is not there. errSecNotAvailable: as for keychain_create(), or what is in it could not be removed. */
int session_keychain_make(void);

#endif /* SECRETSERVICE_SESSION_KEYCHAIN_H */
