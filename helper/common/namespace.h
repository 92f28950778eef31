/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYBAG_COMMON_NAMESPACE_H
#define KEYBAG_COMMON_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a process is in another user namespace than the initial one, as in most containers: uids mean
 * something else there. @pid: 0 for the calling process. One that cannot be looked at counts as one that
 * is in another.
 */
bool in_user_namespace(pid_t pid);

/*
 * The same, but for one that maps nothing but @uid, its maker's own: what any user may make to shut
 * themselves in. Nobody has another's uid there.
 */
bool in_others_user_namespace(pid_t pid, uid_t uid);

/*
 * in_user_namespace(0), for who trusts others because of it: where it cannot be told, as without /proc, the
 * process counts as one of the initial namespace.
 */
bool surely_in_user_namespace(void);

/*
 * Whether a process is in a PID namespace inside ours, as in sandboxes and containers. One that cannot be
 * looked at counts as one that is.
 */
bool in_inner_pid_namespace(pid_t pid);

#endif /* KEYBAG_COMMON_NAMESPACE_H */
