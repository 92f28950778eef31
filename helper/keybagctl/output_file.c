// SPDX-License-Identifier: GPL-2.0-or-later
#include "output_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/io.h"

/* A device or pipe is written to, never replaced by a file. */
static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int write_special(const char *path, const void *bytes, size_t length)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : write_all(fd, bytes, length);
}

int output_file_write(const char *path, const void *bytes, size_t length)
{
	CLEANUP_FD int fd = -1;
	char new_path[PATH_MAX];
	int result;

	if (is_special(path))
		return write_special(path, bytes, length);
	if ((size_t)snprintf(new_path, sizeof(new_path), "%s.XXXXXX", path) >= sizeof(new_path))
		return -ENAMETOOLONG;
	fd = mkostemp(new_path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = write_all(fd, bytes, length);
	if (!result && fsync(fd) < 0)
		result = -errno;
	if (!result && rename(new_path, path) < 0)
		result = -errno;
	if (result < 0)
		unlink(new_path);
	return result;
}
