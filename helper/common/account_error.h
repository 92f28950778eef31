/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For an account that does not exist the error of getpwnam(3) and getpwuid(3) differs by the source that was asked.
 */
#ifndef KEYBAG_COMMON_ACCOUNT_ERROR_H
#define KEYBAG_COMMON_ACCOUNT_ERROR_H

#include <errno.h>

/* @error: the errno that a search without a result has left, 0 before it. -ENOENT: there is no such account; else -@error. */
static inline int account_error(int error)
{
	return !error || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM ? -ENOENT : -error;
}

#endif /* KEYBAG_COMMON_ACCOUNT_ERROR_H */
