/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which executables can stand for the user who runs them.
 *
 * A user may preload code into their own program, trace it, write to its memory, or run an
 * interpreter on their own script. None of that reaches a program that starts with more rights
 * than its user: the loader ignores the environment and the kernel refuses tracing. So an
 * executable counts as an identity when it is root's, native, set-group-ID, and the process kept
 * that group and stayed closed to its user. Processes of root need no such group: nothing protects
 * anything from root.
 */
#ifndef KEYCHAIND_EXECUTABLE_H
#define KEYCHAIND_EXECUTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "libkeybag/keybag.h"

/*
 * Returns 0: the file at @path can be an identity; 1: it cannot, with the reason; a negative errno: that cannot be told
 * now (passing.h).
 */
int executable_unfit(const char *path, char *ret_why, size_t size);

/*
 * Whether the process described by @program, which connected with @effective_group as @uid, is an
 * instance of @path that its user has no hand in. @ret_why: a static text where it is not.
 */
bool executable_is(const struct keybag_program *program, uid_t uid, gid_t effective_group,
		   const char *path, const char **ret_why);

#endif
