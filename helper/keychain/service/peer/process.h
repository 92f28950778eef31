/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that is known by a pidfd: the one that has connected, and another one on whose behalf it asks.
 */
#ifndef KEYCHAIND_PROCESS_H
#define KEYCHAIND_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether the process still runs: as long as it does, its number is not used for another one. */
bool process_runs(int pidfd);

/*
 * The number of the process that @descriptor, which a peer has sent and which may be anything, is of. Returns 0; -EBADF (it
 * is no pidfd), -EINVAL (of a thread, not of a process), -ESRCH (the process has ended), -EPERM (it is in a PID namespace
 * that is not inside ours), or another negative errno.
 */
int process_of_pidfd(int descriptor, pid_t *ret_pid);

/*
 * Whether the process has that user alone, as its real, effective and saved one: what is of two users may do for one what
 * the other wants. Returns 0, -EACCES (it has not), -ESRCH or another negative errno.
 */
int process_belongs_to(pid_t pid, uid_t uid);

/*
 * Whether @capability, a number of capabilities(7), is in effect for the process (its first thread). Returns 0, -EACCES (it
 * is not), -ESRCH or another negative errno. The number counts in the process's own user namespace: look at that as well.
 */
int process_has_capability(pid_t pid, unsigned int capability);

#endif
