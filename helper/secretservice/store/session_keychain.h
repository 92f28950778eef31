/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keychain of the collection "session", LOGIN_TIME_KEYCHAIN: what is in it lives until the user logs out. It is made with its first
 * item, and removed with all of them at the end of the login; where that could not be done, as after a loss of power, before anything of
 * it is read or written in the next one.
 *
 * A mark in the user's runtime folder says that it was removed once in this login, and which sessions that has: without that mark, or
 * where it is of others, it is removed when the service starts. So a service that was killed and started again finds what it had,
 * and one that was stopped across a logout does not, be the user's service manager, and the folder with it, there all the time.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SECRETSERVICE_SESSION_KEYCHAIN_H
#define SECRETSERVICE_SESSION_KEYCHAIN_H

#include <stdbool.h>

#include "helper/keychain/base/reserved_names.h"

/*
 * Opens the mark, in $XDG_RUNTIME_DIR or /run/user/UID, and removes the keychain where there was none of this login: to be called before
 * files are restricted, and when the keychain can be asked. Without that folder each start of the service counts as a login.
 * Returns whether what is in it may be of this login.
 */
bool session_keychain_begin(void);
void session_keychain_close(void);

/* The login goes on with other sessions, as login_read() tells them. */
void session_keychain_note_login(const char *login);

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
