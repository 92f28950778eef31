/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running a function with less: as another user, without a capability, in a user namespace.
 */
#ifndef KEYBAG_SELFTEST_PRIVILEGE_H
#define KEYBAG_SELFTEST_PRIVILEGE_H

#include <linux/types.h>

enum privilege {
	AS_ROOT,
	WITHOUT_SYS_ADMIN,	/* uid 0, every capability but CAP_SYS_ADMIN */
	AS_USER,		/* that uid, no capability */
	WITH_EFFECTIVE_UID,	/* that euid only, no capability */
	WITH_REAL_UID,		/* that real uid only, no capability */
	IN_USER_NAMESPACE,	/* that uid, root in a user namespace of its own */
};

/*
 * Takes on the privilege, for good. Returns 0 or a negative errno.
 */
int privilege_drop(enum privilege privilege, __u32 uid);

/*
 * Runs @function in a child process that took on the privilege; returns what it returned, -ECHILD
 * when it died, or the errno of taking on the privilege plus PRIVILEGE_FAILED.
 */
#define PRIVILEGE_FAILED	(-100000)
int run_with(enum privilege privilege, __u32 uid, int (*function)(void *argument), void *argument);

#endif /* KEYBAG_SELFTEST_PRIVILEGE_H */
