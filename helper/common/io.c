// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

/* Whether a call that failed is to be made again. */
static bool wait_for(int fd, short events)
{
	struct pollfd item = { .fd = fd, .events = events };

	if (errno == EINTR)
		return true;
	return errno == EAGAIN && (poll(&item, 1, -1) > 0 || errno == EINTR);
}

ssize_t read_waiting(int fd, void *bytes, size_t length)
{
	ssize_t part;

	do {
		part = read(fd, bytes, length);
	} while (part < 0 && wait_for(fd, POLLIN));
	return part;
}

ssize_t write_waiting(int fd, const void *bytes, size_t length)
{
	ssize_t part;

	do {
		part = write(fd, bytes, length);
	} while (part < 0 && wait_for(fd, POLLOUT));
	return part;
}

static ssize_t read_by(ssize_t (*read_part)(int fd, void *bytes, size_t length), int fd, void *bytes, size_t capacity)
{
	size_t length = 0;
	char more;

	for (;;) {
		ssize_t part = length < capacity ? read_part(fd, (char *)bytes + length, capacity - length) :
						   read_part(fd, &more, 1);

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -errno;
		if (!part)
			return (ssize_t)length;
		if (length == capacity)
			return -EMSGSIZE;
		length += (size_t)part;
	}
}

ssize_t read_all(int fd, void *bytes, size_t capacity)
{
	return read_by(read, fd, bytes, capacity);
}

ssize_t read_all_waiting(int fd, void *bytes, size_t capacity)
{
	return read_by(read_waiting, fd, bytes, capacity);
}

int write_all(int fd, const void *bytes, size_t length)
{
	const char *next = bytes;

	while (length) {
		ssize_t part = write_waiting(fd, next, length);

		if (part <= 0)
			return part ? -errno : -EIO;
		next += part;
		length -= (size_t)part;
	}
	return 0;
}
