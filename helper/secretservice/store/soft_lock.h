/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collections that a program has locked, by Lock(): the service refuses what is in them until the passcode was given again.
 * Nothing is wiped by it. They are forgotten when the keybag is opened.
 *
 * A note in the keychain has them as well, with the state of the keybag that it is about: a service that was killed and started
 * again finds them there, unless the keybag was locked or opened since.
 */
#ifndef SECRETSERVICE_SOFT_LOCK_H
#define SECRETSERVICE_SOFT_LOCK_H

#include <stdbool.h>

/* Finds what was locked before this process was started. To be called when the keychain can be asked. */
void soft_lock_begin(void);

/* Returns 0 or errSecAllocate, where there are too many. Where the note cannot be written, the journal says so. */
int soft_lock_set(const char *keychain);
bool soft_lock_is_set(const char *keychain);
bool soft_lock_is_any(void);
/* The collection is deleted: another one may get the name. */
void soft_lock_forget(const char *keychain);
/* Returns whether there was one. */
bool soft_lock_clear(void);

#endif /* SECRETSERVICE_SOFT_LOCK_H */
