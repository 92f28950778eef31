// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keybags on disk: what a loss of power would leave. Content is there before its name is, and both before the
 * function returns that wrote them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keybag/record.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/owner_file.h"
#include "keybagd/store/record_file.h"
#include "keybagd/store/store.h"
#include "lib/tap.h"

#define FOLDER		KEYBAG_BAG_FOLDER
#define MAX_UNSYNCED	8

static const uint8_t uuid[KEYBAG_UUID_SIZE] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80 };

/* Writes that are not on the disk yet. */
static struct unsynced {
	ino_t files[MAX_UNSYNCED];
	int count;
	bool folder;
	bool named_early;	/* a name was given to content that was not there */
} unsynced;

/* unsynced.count: it is not among them. */
static int place_of(ino_t file)
{
	int place = 0;

	while (place < unsynced.count && unsynced.files[place] != file)
		place++;
	return place;
}

static void note_written(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && place_of(status.st_ino) == unsynced.count && unsynced.count < MAX_UNSYNCED)
		unsynced.files[unsynced.count++] = status.st_ino;
}

static void note_synced(int fd)
{
	struct stat status;
	int place;

	if (fstat(fd, &status) < 0)
		return;
	if (S_ISDIR(status.st_mode))
		unsynced.folder = false;
	place = place_of(status.st_ino);
	if (place < unsynced.count)
		unsynced.files[place] = unsynced.files[--unsynced.count];
}

static void note_named(int folder, const char *name)
{
	struct stat status;

	unsynced.folder = true;
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && place_of(status.st_ino) < unsynced.count)
		unsynced.named_early = true;
}

static void note_removed(void)
{
	unsynced.folder = true;
}

#define WRAPPED(type, name, parameters, arguments, note) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		type result = __real_##name arguments; \
		int error = errno; \
		if (result >= 0) \
			note; \
		errno = error; \
		return result; \
	}

WRAPPED(int, fsync, (int fd), (fd), note_synced(fd))
WRAPPED(int, fdatasync, (int fd), (fd), note_synced(fd))
WRAPPED(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new),
	note_named(to, new))
WRAPPED(int, linkat, (int from, const char *old, int to, const char *new, int flags),
	(from, old, to, new, flags), note_named(to, new))
WRAPPED(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags), note_removed())
WRAPPED(ssize_t, pwrite, (int fd, const void *bytes, size_t length, off_t offset),
	(fd, bytes, length, offset), note_written(fd))
WRAPPED(ssize_t, write, (int fd, const void *bytes, size_t length), (fd, bytes, length), note_written(fd))

static int replace_by(char letter)
{
	char bytes[1000];

	memset(bytes, letter, sizeof(bytes));
	return form_file_replace(uuid, bytes, sizeof(bytes));
}

static int write_record(u64 sequence)
{
	struct sealed_record record = { .length = KB_RECORD_SIZE };

	kb_record_header_write(record.bytes, sequence);
	return record_file_write(uuid, &record);
}

static int make(void)
{
	int result = form_file_begin(uuid, "form", 4);

	if (!result)
		result = write_record(1);
	if (!result)
		result = owner_file_write(uuid, 1000, "anna");
	return result ? result : form_file_place(uuid);
}

static int put_back(void)
{
	return form_file_create(uuid, "form", 4);
}

static int replace(void)
{
	return replace_by('n');
}

static int replace_and_forget(void)
{
	int result = replace_by('n');

	return result ? result : form_file_forget(uuid);
}

static int replace_and_revert(void)
{
	int result = replace_by('n');

	return result ? result : form_file_revert(uuid);
}

static int next_record(void)
{
	return write_record(2);
}

static int destroy(void)
{
	return form_file_destroy(uuid);
}

static void test_synced(const char *name, bool made, int (*action)(void))
{
	form_file_destroy(uuid);
	check(!made || make() == 0);
	unsynced = (struct unsynced){ 0 };
	check(action() == 0);
	check(!unsynced.named_early);
	check(!unsynced.count && !unsynced.folder);
	tap_test("%s: on the disk when it is done, content before names", name);
}

int main(void)
{
	char folder[] = "/tmp/helper_synced.XXXXXX";

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0 && store_open() == 0);
	test_synced("make", false, make);
	test_synced("put back", false, put_back);
	test_synced("replace", true, replace);
	test_synced("replace and forget", true, replace_and_forget);
	test_synced("replace and revert", true, replace_and_revert);
	test_synced("a record", true, next_record);
	test_synced("destroy", true, destroy);
	form_file_destroy(uuid);
	check(rmdir(FOLDER) == 0 && rmdir("bags/of/a") == 0 && rmdir("bags/of") == 0 && rmdir("bags") == 0 &&
	      chdir("/") == 0 && rmdir(folder) == 0);
	return tap_end();
}
