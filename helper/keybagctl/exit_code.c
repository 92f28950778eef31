// SPDX-License-Identifier: GPL-2.0-or-later
#include "exit_code.h"

#include <errno.h>

int exit_code_of(int error)
{
	switch (error < 0 ? -error : error) {
	case 0:
		return EXIT_DONE;
	case EINVAL:
		return EXIT_USAGE;
	case ENOKEY:
		return EXIT_LOCKED;
	case EKEYREJECTED:
		return EXIT_WRONG_PASSCODE;
	case EAGAIN:
		return EXIT_THROTTLED;
	case EBADMSG:
	case EPROTONOSUPPORT:
	case ESTALE:
		return EXIT_DAMAGED;
	case EXDEV:
		return EXIT_OTHER_DEVICE;
	case EACCES:
	case EPERM:
	case EOWNERDEAD:
		return EXIT_NO_PERMISSION;
	case ENOENT:
		return EXIT_NOT_FOUND;
	case EEXIST:
		return EXIT_DUPLICATE;
	case ECONNREFUSED:
	case ECONNRESET:
	case ETIMEDOUT:
	case ENXIO:
	case ENODEV:
	case EMEDIUMTYPE:
		return EXIT_NOT_THERE;
	default:
		return EXIT_FAILED;
	}
}
