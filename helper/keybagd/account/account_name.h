/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_ACCOUNT_NAME_H
#define KEYBAGD_ACCOUNT_NAME_H

#include <stdbool.h>
#include <sys/types.h>

#include "keybagd/store/owner_file.h"

/* So long a directory may take to answer, and so many lookups ask one at a time: more wait until one of them has ended. */
#define ACCOUNT_SECONDS		3
#define ACCOUNT_LOOKUPS		8

/*
 * The name of an account, from /etc/passwd itself or, where it is not in there, by the machine's name services. Those
 * may not answer for as long as they like: they are asked in threads that nobody waits for longer than
 * ACCOUNT_SECONDS, a place among ACCOUNT_LOOKUPS included. Worker threads. Returns 0; -ENOENT: no such account;
 * -ETIMEDOUT: no answer; -EAGAIN: no place, as the lookups that have one get no answer; or another negative errno. Only
 * -ENOENT says anything about the account.
 */
int account_name(uid_t uid, char ret_name[OWNER_NAME_SIZE]);

/*
 * Whether an account of @uid has that name: there may be several, in /etc/passwd and in a directory. Returns 0; -ENOENT:
 * none has; or as account_name() does.
 */
int account_has_name(uid_t uid, const char *name);

/* Whether an account of @uid is in /etc/passwd itself: nobody else has to be asked for its name. */
bool account_is_local(uid_t uid);

/* Whether /etc/passwd can be read, and has no account of @uid. */
bool account_is_off_file(uid_t uid);

/* The uid of the account in /etc/passwd that has that name, or KEYBAG_UID_NONE. */
uid_t account_uid_in_file(const char *name);

/* A text for what account_name() returned. */
const char *account_name_error(int error);

#endif /* KEYBAGD_ACCOUNT_NAME_H */
