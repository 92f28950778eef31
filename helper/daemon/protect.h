/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits of a process that holds secrets for many.
 */
#ifndef DAEMON_PROTECT_H
#define DAEMON_PROTECT_H

#include <sys/resource.h>

/*
 * Raises the limit of locked memory, to none, and of open descriptors, to @descriptors: both as far as
 * this process may.
 */
void raise_limits(rlim_t descriptors);

/*
 * No core dumps, no tracing, and all memory, present and to come, locked; says so where a limit does
 * not allow that. After the last change of credentials, which would undo it.
 */
void protect_memory(void);

/*
 * The same of a process that is one user's, whose limit mostly allows less: no core dumps, no tracing, and locked what the
 * limit has room for, be it the heap's first MiB alone. To be called first.
 */
void protect_own_memory(void);

#endif /* DAEMON_PROTECT_H */
