// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/folder.h"
#include "common/io.h"
#include "common/paths.h"
#include "daemon/log.h"
#include "daemon/state_folder.h"
#include "file.h"

static int folder = -1;

int store_open(void)
{
	if (folder_make_all(KEYBAG_BAG_FOLDER, 0700) < 0) {
		log_error(KEYBAG_BAG_FOLDER ": %m");
		return -errno;
	}
	folder = state_folder_open(KEYBAG_BAG_FOLDER);
	return folder < 0 ? folder : 0;
}

void store_name(char ret_name[STORE_NAME_SIZE], const uint8_t uuid[KEYBAG_UUID_SIZE],
		const char *suffix)
{
	char text[KEYBAG_UUID_TEXT_SIZE];

	keybag_uuid_format(uuid, text);
	snprintf(ret_name, STORE_NAME_SIZE, "%s%s", text, suffix);
}

/* A change within the same tick of the clock leaves the time as it is: the last second is in doubt. */
bool store_changed(void)
{
	static struct timespec seen;
	struct timespec now;
	struct stat status;
	bool changed;

	if (fstat(folder, &status) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return true;
	changed = status.st_mtim.tv_sec != seen.tv_sec || status.st_mtim.tv_nsec != seen.tv_nsec ||
		  now.tv_sec - status.st_mtim.tv_sec < 2;
	seen = status.st_mtim;
	return changed;
}

int store_sync(void)
{
	return fsync(folder) < 0 ? -errno : 0;
}

struct store_stamp store_stamp(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix)
{
	char name[STORE_NAME_SIZE];
	struct stat status;

	store_name(name, uuid, suffix);
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return (struct store_stamp){ 0 };
	return (struct store_stamp){
		.file = status.st_ino,
		.seconds = status.st_ctim.tv_sec,
		.nanoseconds = status.st_ctim.tv_nsec,
	};
}

bool store_stamp_same(const struct store_stamp *one, const struct store_stamp *other)
{
	return one->file == other->file && one->seconds == other->seconds && one->nanoseconds == other->nanoseconds;
}

/* Gives the owner of a regular file its rights again. */
static int own_again(const char *name)
{
	CLEANUP_FD int fd = openat(folder, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	char path[64];
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
		errno = EACCES;
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return chmod(path, 0600);
}

int store_file(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix, int flags)
{
	char name[STORE_NAME_SIZE];
	int fd;

	store_name(name, uuid, suffix);
	fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	/* Its mode says so (0400, after a restore), and the daemon has no capability to pass over modes. */
	if (fd < 0 && errno == EACCES && own_again(name) == 0)
		fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	return fd < 0 ? -errno : fd;
}

int store_write_new(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix, const void *bytes,
		    size_t length)
{
	CLEANUP_FD int fd = -1;
	int result;

	/* A leftover is never in effect, but may be a form that was. */
	result = store_wipe(uuid, suffix);
	if (result < 0)
		return result;
	fd = store_file(uuid, suffix, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return fd;
	result = write_all(fd, bytes, length);
	if (!result && fsync(fd) < 0)
		result = -errno;
	/* It may be most of a form, with what opens it. */
	if (result < 0) {
		file_overwrite(fd);
		store_remove(uuid, suffix);
	}
	return result;
}

int store_rename(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *from, const char *to)
{
	char old_name[STORE_NAME_SIZE], new_name[STORE_NAME_SIZE];

	store_name(old_name, uuid, from);
	store_name(new_name, uuid, to);
	return renameat(folder, old_name, folder, new_name) < 0 ? -errno : 0;
}

int store_link(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *from, const char *to)
{
	char old_name[STORE_NAME_SIZE], new_name[STORE_NAME_SIZE];

	store_name(old_name, uuid, from);
	store_name(new_name, uuid, to);
	return linkat(folder, old_name, folder, new_name, 0) < 0 ? -errno : 0;
}

int store_remove(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix)
{
	char name[STORE_NAME_SIZE];

	store_name(name, uuid, suffix);
	return unlinkat(folder, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int store_overwrite(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix)
{
	CLEANUP_FD int fd = store_file(uuid, suffix, O_WRONLY);

	if (fd == -ENOENT)
		return 0;
	return fd < 0 ? fd : file_overwrite(fd);
}

int store_wipe(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *suffix)
{
	int result = store_overwrite(uuid, suffix);

	return result < 0 ? result : store_remove(uuid, suffix);
}

bool store_same(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *one, const char *other)
{
	char one_name[STORE_NAME_SIZE], other_name[STORE_NAME_SIZE];
	struct stat one_status, other_status;

	store_name(one_name, uuid, one);
	store_name(other_name, uuid, other);
	return fstatat(folder, one_name, &one_status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(folder, other_name, &other_status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       one_status.st_ino == other_status.st_ino && one_status.st_dev == other_status.st_dev;
}

static bool parse_name(const char *name, const char *suffix, uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	char text[KEYBAG_UUID_TEXT_SIZE];
	char canonical[STORE_NAME_SIZE];

	if (strlen(name) < KEYBAG_UUID_TEXT_SIZE - 1)
		return false;
	memcpy(text, name, sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	if (keybag_uuid_parse(text, ret_uuid) < 0)
		return false;
	store_name(canonical, ret_uuid, suffix);
	return !strcmp(canonical, name);
}

int store_each(const char *suffix,
	       void (*found)(const uint8_t uuid[KEYBAG_UUID_SIZE], void *context), void *context)
{
	CLEANUP_FOLDER DIR *stream = NULL;
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct dirent *entry;
	int count = 0;
	int fd;

	/* A description of its own: another thread may be reading the folder too. */
	fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	stream = fdopendir(fd);
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	for (errno = 0; (entry = readdir(stream)); errno = 0) {
		if (!parse_name(entry->d_name, suffix, uuid))
			continue;
		count++;
		if (found)
			found(uuid, context);
	}
	return errno ? -errno : count;
}
