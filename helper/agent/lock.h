/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks that the agents of one user share.
 */
#ifndef AGENT_LOCK_H
#define AGENT_LOCK_H

/*
 * Locks a file of that name in the user's runtime folder. The lock is held until the descriptor is closed. Returns the
 * descriptor, -EWOULDBLOCK where another process has the lock, or another negative errno where there cannot be one.
 */
int lock_take(const char *name);

#endif /* AGENT_LOCK_H */
