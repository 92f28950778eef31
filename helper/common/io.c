// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io.h"

#include <errno.h>
#include <unistd.h>

ssize_t read_all(int fd, void *bytes, size_t capacity)
{
	size_t length = 0;
	char more;

	for (;;) {
		ssize_t part = length < capacity ? read(fd, (char *)bytes + length, capacity - length) :
						   read(fd, &more, 1);

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

int write_all(int fd, const void *bytes, size_t length)
{
	const char *next = bytes;

	while (length) {
		ssize_t part = write(fd, next, length);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return part ? -errno : -EIO;
		next += part;
		length -= (size_t)part;
	}
	return 0;
}
