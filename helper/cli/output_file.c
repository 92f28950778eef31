// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/output_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/ending.h"
#include "common/io.h"

#define NAME_TRIES	100
#define MAX_LINKS	8

/* The file that a signal which ends the program has to remove. */
static char removed_by_signal[PATH_MAX];

static void remove_temporary(void)
{
	unlink(removed_by_signal);
}

static void remove_at_end(const char *path)
{
	strcpy(removed_by_signal, path);
	ending_add(remove_temporary);
}

/* A device or pipe is written to, never replaced by a file. */
static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* A descriptor that was open before: what is written goes on where it stands. */
static int begin_descriptor(struct output_file *file, int fd)
{
	struct stat status;

	file->fd = fd;
	file->owned = false;
	file->special = true;
	if (fstat(file->fd, &status) < 0)
		return -errno;
	if (S_ISREG(status.st_mode))
		file->length = status.st_size;
	return 0;
}

/* The folder of @path, with a slash at its end where it has one. */
static int folder_of(const char *path, char ret_folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		strcpy(ret_folder, ".");
	else if (snprintf(ret_folder, PATH_MAX, "%.*s", (int)(slash + 1 - path), path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

/*
 * Whether it is a pipe that somebody else has put into a folder where anyone may. The kernel refuses these
 * (fs.protected_fifos) only to programs that would have made a file.
 */
static bool is_trap(const struct stat *status, const char *self)
{
	char path[PATH_MAX], folder[PATH_MAX];
	ssize_t length = readlink(self, path, sizeof(path) - 1);
	struct stat holder;

	if (!S_ISFIFO(status->st_mode) || status->st_uid == geteuid() || length <= 0)
		return false;
	path[length] = 0;
	return folder_of(path, folder) == 0 && stat(folder, &holder) == 0 && holder.st_mode & S_ISVTX &&
	       holder.st_mode & 022 && status->st_uid != holder.st_uid;
}

/* The file that was looked at is opened, whatever the name leads to by then; without /proc the name has to do. */
static int begin_special(struct output_file *file)
{
	char self[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	CLEANUP_FD int fd = open(file->path, O_PATH | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (S_ISREG(status.st_mode))
		return -EEXIST;
	if (is_trap(&status, self))
		return -EACCES;
	file->fd = open(access("/proc/self/fd", F_OK) == 0 ? self : file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	file->special = true;
	return file->fd < 0 ? -errno : 0;
}

/* Whether the folder of @path is that of this process's descriptors, /proc/self/fd. */
static bool is_in_descriptors(const char *path)
{
	struct stat folder, descriptors;
	char name[PATH_MAX];

	return folder_of(path, name) == 0 && stat(name, &folder) == 0 && stat("/proc/self/fd/", &descriptors) == 0 &&
	       folder.st_dev == descriptors.st_dev && folder.st_ino == descriptors.st_ino;
}

/*
 * The descriptor that @path stands for, as /dev/stdout and /dev/fd/3 do, or -1. A file that it is open on must not be
 * replaced by that name, and the name not by a file.
 */
static int descriptor_of(const char *path)
{
	char name[PATH_MAX], target[PATH_MAX], *end;
	unsigned long number;

	if (snprintf(name, sizeof(name), "%s", path) >= PATH_MAX)
		return -1;
	for (int links = 0; links < MAX_LINKS; links++) {
		const char *slash = strrchr(name, '/');
		ssize_t length;

		if (slash && slash[1] >= '0' && slash[1] <= '9' && is_in_descriptors(name)) {
			number = strtoul(slash + 1, &end, 10);
			return *end || number > INT_MAX ? -1 : (int)number;
		}
		length = readlink(name, target, sizeof(target) - 1);
		if (length <= 0 || target[0] != '/')
			return -1;
		target[length] = 0;
		strcpy(name, target);
	}
	return -1;
}

/* A name beside @path that does not hold its name, which may be as long as names get. */
static int name_beside(const char *path, const char *end, char ret_name[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash + 1 - path) : 0;

	return snprintf(ret_name, PATH_MAX, "%.*s.keybag.%s", length, path, end) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* A file without a name in the folder of @path: whoever is killed leaves nothing behind. */
static int open_nameless(const char *path)
{
	char folder[PATH_MAX];
	int fd;

	if (folder_of(path, folder) < 0)
		return -ENAMETOOLONG;
	fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

/* For file systems without nameless files. */
static int begin_named(struct output_file *file)
{
	char name[PATH_MAX];

	if (name_beside(file->path, "XXXXXX", name) < 0)
		return -ENAMETOOLONG;
	file->fd = mkostemp(name, O_CLOEXEC);
	if (file->fd < 0)
		return -errno;
	remove_at_end(name);
	strcpy(file->temporary, name);
	return 0;
}

int output_file_begin_new(const char *path, struct output_file *ret_file)
{
	struct stat status;

	*ret_file = (struct output_file){ .path = path, .fd = -1, .length = -1, .owned = true };
	/* At once, not when all the work is done. */
	if (lstat(path, &status) < 0 && errno == ENAMETOOLONG)
		return -ENAMETOOLONG;
	/* Without /proc a file that has no name cannot be given one. */
	if (access("/proc/self/fd", F_OK) == 0)
		ret_file->fd = open_nameless(path);
	return ret_file->fd < 0 ? begin_named(ret_file) : 0;
}

int output_file_begin(const char *path, struct output_file *ret_file)
{
	int descriptor = path ? descriptor_of(path) : STDOUT_FILENO;

	*ret_file = (struct output_file){ .path = path, .fd = -1, .length = -1, .owned = path };
	if (descriptor >= 0)
		return begin_descriptor(ret_file, descriptor);
	if (is_special(path))
		return begin_special(ret_file);
	return output_file_begin_new(path, ret_file);
}

int output_file_append(struct output_file *file, const void *bytes, size_t length)
{
	file->written += (off_t)length;
	return write_all(file->fd, bytes, length);
}

static int give_name(int fd, const char *path)
{
	char self[sizeof("/proc/self/fd/") + 3 * sizeof(fd)];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* A link never takes the place of another: it gets a name of its own, and is renamed at once. */
static int give_temporary_name(struct output_file *file)
{
	char name[PATH_MAX], digits[17];
	uint64_t number;
	int result = -EEXIST;
	int i;

	for (i = 0; result == -EEXIST && i < NAME_TRIES; i++) {
		if (getrandom(&number, sizeof(number), 0) < 0)
			return -errno;
		snprintf(digits, sizeof(digits), "%016" PRIx64, number);
		if (name_beside(file->path, digits, name) < 0)
			return -ENAMETOOLONG;
		remove_at_end(name);
		result = give_name(file->fd, name);
	}
	if (!result)
		strcpy(file->temporary, name);
	return result;
}

static int rename_temporary(struct output_file *file, bool replace)
{
	int result = renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, replace ? 0 : RENAME_NOREPLACE);

	/* Not every file system can refuse by itself. */
	if (result < 0 && errno == EINVAL && !replace) {
		if (access(file->path, F_OK) == 0)
			return -EEXIST;
		result = rename(file->temporary, file->path);
	}
	if (result < 0)
		return -errno;
	file->temporary[0] = 0;
	return 0;
}

/* The name has to last as the content does: who sees the command end may remove what it was made from. */
static int sync_folder(const char *path)
{
	CLEANUP_FD int fd = -1;
	char folder[PATH_MAX];

	if (folder_of(path, folder) < 0)
		return -ENAMETOOLONG;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A folder that may be written to and not read; or a file system that does not do this. */
	if (fd < 0 || fsync(fd) == 0 || errno == EINVAL)
		return 0;
	return -errno;
}

/* A file or disk that was open before: the errors of a disk or a server may come as late as this. */
static int finish_special(struct output_file *file)
{
	struct stat status;

	if (fstat(file->fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)) &&
	    fsync(file->fd) < 0 && errno != EINVAL && errno != EROFS)
		return -errno;
	file->length = -1;
	return 0;
}

int output_file_finish(struct output_file *file, bool replace)
{
	int result = 0;

	if (file->special)
		return finish_special(file);
	if (fsync(file->fd) < 0)
		return -errno;
	if (!file->temporary[0])
		result = give_name(file->fd, file->path);
	if (result == -EEXIST && replace)
		result = give_temporary_name(file);
	if (!result && file->temporary[0])
		result = rename_temporary(file, replace);
	return result ? result : sync_folder(file->path);
}

void output_file_end(struct output_file *file)
{
	struct stat status;
	int error = errno;

	/* It was there before, and is cut back to what it had then, unless others have written to it as well. */
	if (file->written && file->length >= 0 && fstat(file->fd, &status) == 0 &&
	    status.st_size <= file->length + file->written && ftruncate(file->fd, file->length) == 0)
		lseek(file->fd, file->length, SEEK_SET);
	if (file->temporary[0])
		unlink(file->temporary);
	if (file->owned && file->fd >= 0)
		close(file->fd);
	*file = OUTPUT_FILE_NONE;
	errno = error;
}

int output_file_write(const char *path, const void *bytes, size_t length)
{
	CLEANUP_OUTPUT_FILE struct output_file file = OUTPUT_FILE_NONE;
	int result = output_file_begin(path, &file);

	if (!result)
		result = output_file_append(&file, bytes, length);
	return result ? result : output_file_finish(&file, true);
}
