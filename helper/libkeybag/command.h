/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBKEYBAG_COMMAND_H
#define LIBKEYBAG_COMMAND_H

#include <errno.h>
#include <sys/ioctl.h>

/* A command of /dev/keybag. Returns its result or a negative errno. */
static inline int device_command(int fd, unsigned long command, void *argument)
{
	int result = ioctl(fd, command, argument);

	return result < 0 ? -errno : result;
}

#endif /* LIBKEYBAG_COMMAND_H */
