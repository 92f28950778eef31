/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limit on the keybags that a user may make, or take over. The kernel remembers each until the machine restarts
 * (KEYBAG_MAX_FLOORS, of all users together), destroyed ones too, so that an old file cannot come back
 * with its guesses forgotten. A user who makes and destroys them in a loop would leave no room for others.
 * Main thread.
 */
#ifndef KEYBAGD_CREATE_QUOTA_H
#define KEYBAGD_CREATE_QUOTA_H

#include "keybagd/bag/operation.h"

/* For one who is not root, since keybagd started: which a user has no part in. */
#define CREATE_QUOTA	64

/* Counts one more of @uid's. Returns 0, or -EDQUOT when it would be one too many, or -ENOMEM, in the result. */
int create_quota_count(struct operation *operation, uid_t uid);

/* Takes back what was counted for @operation: the kernel knows of no keybag by it. */
void create_quota_release(struct operation *operation, uid_t uid);

#endif /* KEYBAGD_CREATE_QUOTA_H */
