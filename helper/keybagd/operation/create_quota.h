/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many keybags a user may make. The kernel remembers each until the machine restarts
 * (KEYBAG_MAX_FLOORS, of all users together), destroyed ones too, so that an old file cannot come back
 * with its guesses forgotten. Who makes and destroys them in a loop would leave no room for others.
 * Main thread.
 */
#ifndef KEYBAGD_CREATE_QUOTA_H
#define KEYBAGD_CREATE_QUOTA_H

#include <sys/types.h>

/* For one who is not root, since keybagd started: which a user has no part in. */
#define CREATE_QUOTA	64

/* Counts one more. Returns 0, -EDQUOT when it would be one too many, or -ENOMEM. */
int create_quota_count(uid_t uid);

#endif /* KEYBAGD_CREATE_QUOTA_H */
