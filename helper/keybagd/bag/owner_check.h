/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the account still the one the keybag was made for? Worker threads.
 */
#ifndef KEYBAGD_OWNER_CHECK_H
#define KEYBAGD_OWNER_CHECK_H

#include "operation.h"

/*
 * Compares the present name of @uid with the one noted beside the keybag, which it leaves in operation->info.
 * Returns 0, or -EOWNERDEAD or another negative errno, in the result.
 */
int owner_check(struct operation *operation, uid_t uid);

/*
 * The same of a keybag that is loaded: accounts are deleted, and uids given to others, on a machine that
 * goes on. That there is no account now is no error here. Returns 0, or -EOWNERDEAD or another negative errno,
 * in the result: then it must not stay loaded.
 */
int owner_check_loaded(struct operation *operation, uid_t uid);

/*
 * Whether the account of a keybag that is loaded was deleted: it was in /etc/passwd when it was looked at last. Asked when
 * that file has changed, as one that is being written has not all accounts. False where a directory has one now, or does
 * not answer.
 */
bool owner_is_deleted(const struct operation *operation, uid_t uid);

/*
 * Notes the name that a check let pass if none is noted: after the kernel has found the keybag good, or the proof of a right to it.
 * Returns 0 or a negative errno, logged.
 */
int owner_note(struct operation *operation);

#endif /* KEYBAGD_OWNER_CHECK_H */
