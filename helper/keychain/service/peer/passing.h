/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors of files that say nothing of the file: descriptors or memory have run out, or the disk fails. What could not be
 * looked at for one of them is neither absent nor wrong.
 */
#ifndef KEYCHAIND_PASSING_H
#define KEYCHAIND_PASSING_H

#include <errno.h>
#include <stdbool.h>

static inline bool error_is_passing(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EACCES:
	case EPERM:
	case ENXIO:
	case ENODEV:
		return false;
	default:
		return true;
	}
}

#endif
