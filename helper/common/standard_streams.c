// SPDX-License-Identifier: LGPL-2.1-or-later
#include "standard_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "io.h"

static ssize_t write_standard_output(void *cookie, const char *bytes, size_t length)
{
	(void)cookie;
	/* Zero is what a failure is to stdio here. */
	return write_all(STDOUT_FILENO, bytes, length) < 0 ? 0 : (ssize_t)length;
}

/* The stream that stdio begins with loses what does not fit into a pipe or a terminal that others have made O_NONBLOCK. */
static void wait_at_standard_output(void)
{
	FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_standard_output });

	if (!stream)
		return;
	setvbuf(stream, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, 0);
	stdout = stream;
}

int standard_streams_begin(void)
{
	int fd;

	/* The lowest number that is free is the next one, as those before are taken. */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return -errno;
	wait_at_standard_output();
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

int standard_streams_end(void)
{
	int error = standard_streams_flush();
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	/* Every close tells what a server has not taken, of this second descriptor too. The number stays taken. */
	if (fd >= 0 && close(fd) < 0 && errno != EINTR && !error)
		error = -errno;
	return error;
}
