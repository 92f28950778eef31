// SPDX-License-Identifier: LGPL-2.1-or-later
#include "standard_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int standard_streams_begin(void)
{
	int fd;

	/* The lowest number that is free is the next one, as those before are taken. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return -errno;
	return 0;
}

int standard_streams_flush(void)
{
	static int first_error;

	if (!first_error && fflush(stdout))
		first_error = -errno;
	/* The write was made elsewhere, and its errno is gone. */
	if (!first_error && ferror(stdout))
		first_error = -EIO;
	return first_error;
}
