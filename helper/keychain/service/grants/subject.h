/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subject of a request: a process on whose behalf another one asks.
 *
 * It gets one group, by what the kernel says that it is: unconfined.UID, flatpak.APPLICATION or snap.NAME. Entitlement
 * files are not looked at. A user can run the service that asks where it is lied to about who its clients are, so that
 * nothing may come of it that programs of that user cannot have anyway.
 */
#ifndef KEYCHAIND_SUBJECT_H
#define KEYCHAIND_SUBJECT_H

#include "identity.h"

/*
 * Looks at the process of @pidfd, which the process @asking has sent. Returns 0; the errors of process_of_pidfd(), of which
 * -EPERM is also that of a user namespace; -EACCES (it is not of the same user alone); or another negative errno. A subject
 * without a group is of a kind that nothing can be asked for.
 */
int subject_find(const struct identity *asking, int pidfd, struct identity **ret_subject);

#endif
