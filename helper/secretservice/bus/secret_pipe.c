// SPDX-License-Identifier: GPL-2.0-or-later
#include "secret_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define PIPE_NAME	"pipe:["	/* of one without a name, with its number behind */

static int result_of(ssize_t written, int error, size_t length)
{
	if (written < 0)
		return -error;
	return (size_t)written == length ? 0 : -EIO;
}

static int write_to_socket(int fd, const void *secret, size_t length)
{
	ssize_t sent = send(fd, secret, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	return result_of(sent, errno, length);
}

/*
 * By an open file of our own: O_NONBLOCK of the one that was sent is its sender's, who may take it back just when we write, and
 * have us wait for ever. ENXIO: the readers are gone.
 */
static int write_to_pipe(const char *path, const void *secret, size_t length)
{
	CLEANUP_FD int own = -1;
	ssize_t written;

	own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (own < 0)
		return errno == ENXIO ? -EPIPE : -errno;
	written = write(own, secret, length);
	return result_of(written, errno, length);
}

/*
 * By its name in /proc, which no file system is asked for: fstat() of a file in a FUSE file system takes as long as whoever serves
 * that likes, and so does opening a named pipe there. Names of files begin with "/".
 */
static bool is_pipe(const char *path)
{
	char name[sizeof(PIPE_NAME)] = "";

	return readlink(path, name, sizeof(name) - 1) > 0 && !strcmp(name, PIPE_NAME);
}

int secret_pipe_write(int fd, const void *secret, size_t length)
{
	socklen_t size = sizeof(int);
	char path[32];
	int domain;

	if (length > SECRET_PIPE_MAX)
		return -EINVAL;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0)
		return domain == AF_UNIX ? write_to_socket(fd, secret, length) : -ESPIPE;
	if (errno != ENOTSOCK)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return is_pipe(path) ? write_to_pipe(path, secret, length) : -ESPIPE;
}
