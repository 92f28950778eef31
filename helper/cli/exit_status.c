// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/exit_status.h"

#include <errno.h>

/* Nothing but these: an ENXIO of a pipe must not read as a kernel module that is missing. */
int exit_status_of_file(int error)
{
	switch (error < 0 ? -error : error) {
	case 0:
		return EXIT_DONE;
	case ENOENT:
	case ENOTDIR:
		return EXIT_NOT_FOUND;
	case EACCES:
	case EPERM:
		return EXIT_NO_PERMISSION;
	default:
		return EXIT_FAILED;
	}
}
