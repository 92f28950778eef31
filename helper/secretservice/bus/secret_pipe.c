// SPDX-License-Identifier: GPL-2.0-or-later
#include "secret_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

static int result_of(ssize_t written, int error, size_t length)
{
	if (written < 0)
		return -error;
	return (size_t)written == length ? 0 : -EIO;
}

static int write_to_socket(int fd, const void *secret, size_t length)
{
	int domain = 0;
	socklen_t size = sizeof(domain);
	ssize_t sent;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0)
		return -errno;
	if (domain != AF_UNIX)
		return -ESPIPE;
	sent = send(fd, secret, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	return result_of(sent, errno, length);
}

/*
 * By an open file of our own: O_NONBLOCK of the one that was sent is its sender's, who may take it back just when we write, and
 * have us wait for ever. ENXIO: the readers are gone.
 */
static int write_to_pipe(int fd, const void *secret, size_t length)
{
	CLEANUP_FD int own = -1;
	char path[32];
	ssize_t written;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (own < 0)
		return errno == ENXIO ? -EPIPE : -errno;
	written = write(own, secret, length);
	return result_of(written, errno, length);
}

int secret_pipe_write(int fd, const void *secret, size_t length)
{
	struct stat file;

	if (length > SECRET_PIPE_MAX)
		return -EINVAL;
	if (fstat(fd, &file) < 0)
		return -errno;
	if (S_ISSOCK(file.st_mode))
		return write_to_socket(fd, secret, length);
	return S_ISFIFO(file.st_mode) ? write_to_pipe(fd, secret, length) : -ESPIPE;
}
