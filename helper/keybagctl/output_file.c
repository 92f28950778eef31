// SPDX-License-Identifier: GPL-2.0-or-later
#include "output_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/io.h"

#define NAME_TRIES	100

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

/* A file without a name in the folder of @path. Returns its descriptor or a negative errno. */
static int open_nameless(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd;

	if (!slash)
		strcpy(folder, ".");
	else if ((size_t)snprintf(folder, sizeof(folder), "%.*s", (int)(slash + 1 - path), path) >=
		 sizeof(folder))
		return -ENAMETOOLONG;
	fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int give_name(int fd, const char *path)
{
	char self[sizeof("/proc/self/fd/") + 3 * sizeof(fd)];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* A link never takes the place of another: it gets a name of its own, and is renamed at once. */
static int replace_by(int fd, const char *path)
{
	char new_path[PATH_MAX];
	uint64_t number;
	int result = -EEXIST;
	int i;

	for (i = 0; result == -EEXIST && i < NAME_TRIES; i++) {
		if (getrandom(&number, sizeof(number), 0) < 0)
			return -errno;
		if ((size_t)snprintf(new_path, sizeof(new_path), "%s.%016" PRIx64, path, number) >=
		    sizeof(new_path))
			return -ENAMETOOLONG;
		result = give_name(fd, new_path);
	}
	if (!result && rename(new_path, path) < 0) {
		result = -errno;
		unlink(new_path);
	}
	return result;
}

static int write_synced(int fd, const void *bytes, size_t length)
{
	int result = write_all(fd, bytes, length);

	return !result && fsync(fd) < 0 ? -errno : result;
}

/* Until all of it is there the file has no name: whoever is killed leaves nothing behind. */
static int write_nameless(int fd, const char *path, const void *bytes, size_t length)
{
	int result = write_synced(fd, bytes, length);

	if (!result)
		result = give_name(fd, path);
	return result == -EEXIST ? replace_by(fd, path) : result;
}

/* For file systems without nameless files. */
static int write_named(const char *path, const void *bytes, size_t length)
{
	CLEANUP_FD int fd = -1;
	char new_path[PATH_MAX];
	int result;

	if ((size_t)snprintf(new_path, sizeof(new_path), "%s.XXXXXX", path) >= sizeof(new_path))
		return -ENAMETOOLONG;
	fd = mkostemp(new_path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = write_synced(fd, bytes, length);
	if (!result && rename(new_path, path) < 0)
		result = -errno;
	if (result < 0)
		unlink(new_path);
	return result;
}

int output_file_write(const char *path, const void *bytes, size_t length)
{
	CLEANUP_FD int fd = -1;

	if (is_special(path))
		return write_special(path, bytes, length);
	/* Without /proc a file that has no name cannot be given one. */
	if (access("/proc/self/fd", F_OK) == 0)
		fd = open_nameless(path);
	return fd < 0 ? write_named(path, bytes, length)
		      : write_nameless(fd, path, bytes, length);
}
