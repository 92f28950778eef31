/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_UNLOCK_H
#define KEYBAGD_UNLOCK_H

#include "keybagd/bag/operation.h"

/* An unlock may be asked with these. */
#define UNLOCK_FLAGS	(KEYBAG_UNLOCK_FIRST_ONLY | KEYBAG_UNLOCK_CHECK | KEYBAG_UNLOCK_REMOTE | \
			 KEYBAG_UNLOCK_VERIFIED | KEYBAG_UNLOCK_AUTHENTICATE | KEYBAG_UNLOCK_IF_CLOSED)

/* main.c gives these functions: an unlock asks about sessions, and announces one. */
struct unlock_sessions {
	/* Whether @owner has screens, all of them locked. */
	bool (*all_locked)(uid_t owner);
	/* Whether the process is in a session of @owner's. */
	bool (*has_process)(uid_t owner, pid_t pid);
	/* A login of @owner is about to unlock, and its session will open in a moment. */
	void (*await)(uid_t owner);
	/* A screen locker of @owner's has let its user in: the process @pid has said so. */
	void (*opened)(uid_t owner, pid_t pid);
};

void unlock_use_sessions(const struct unlock_sessions *sessions);

/* Main thread. Whether @owner has screens, all of them locked. */
bool unlock_is_at_lock(uid_t owner);

/* Main thread: settles the reason, and what sessions have to do with it. */
int unlock_prepare(struct operation *operation);

#endif /* KEYBAGD_UNLOCK_H */
