// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int file_overwrite(int fd)
{
	static const char zeros[4096];
	struct stat status;
	off_t offset;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	for (offset = 0; offset < status.st_size;) {
		off_t rest = status.st_size - offset;
		ssize_t written = pwrite(fd, zeros, rest < (off_t)sizeof(zeros) ? (size_t)rest :
									sizeof(zeros), offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written ? -errno : -EIO;
		offset += written;
	}
	return fdatasync(fd) < 0 ? -errno : 0;
}
