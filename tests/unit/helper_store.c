// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keybags on disk: replaced, destroyed and made with a stop at every system call that changes something, and
 * with every such call failing. Afterwards the form is the old or the new one, whole, and nothing is left over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keybag/record.h"
#include "keybagd/bag/bag.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/owner_file.h"
#include "keybagd/store/record_file.h"
#include "keybagd/store/store.h"
#include "lib/tap.h"

#define FOLDER	KEYBAG_BAG_FOLDER

static const uint8_t uuid[KEYBAG_UUID_SIZE] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80 };

/* Trouble at the call with number @trouble_at: the process ends, or the call fails. */
static int calls, trouble_at, trouble_error;

static int trouble(void)
{
	if (!trouble_at || ++calls != trouble_at)
		return 0;
	if (!trouble_error)
		_exit(77);
	errno = trouble_error;
	return -1;
}

#define WRAPPED(type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (trouble()) \
			return -1; \
		return __real_##name arguments; \
	}

WRAPPED(int, fsync, (int fd), (fd))
WRAPPED(int, fdatasync, (int fd), (fd))
WRAPPED(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
WRAPPED(int, linkat, (int from, const char *old, int to, const char *new, int flags),
	(from, old, to, new, flags))
WRAPPED(ssize_t, pwrite, (int fd, const void *bytes, size_t length, off_t offset),
	(fd, bytes, length, offset))
WRAPPED(ssize_t, write, (int fd, const void *bytes, size_t length), (fd, bytes, length))
/* One of its own: a folder is read when nothing is changed. */
static int entries_until_trouble = -1;

struct dirent *__real_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream)
{
	if (!entries_until_trouble) {
		errno = EIO;
		return NULL;
	}
	if (entries_until_trouble > 0)
		entries_until_trouble--;
	return __real_readdir(stream);
}

WRAPPED(int, openat, (int folder, const char *name, int flags, ...), (folder, name, flags, 0600))

/* The last name of a form was taken from it, and its bytes were there. */
static bool left_to_read;

int __real_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags)
{
	struct stat status;
	char byte = 0;
	int fd;

	if (trouble())
		return -1;
	/* Files with a form in them. */
	if (!strcmp(name + 36, ".new") || !strcmp(name + 36, ".old") || !strcmp(name + 36, ".making")) {
		fd = __real_openat(folder, name, O_RDONLY);
		left_to_read |= fd >= 0 && fstat(fd, &status) == 0 && status.st_nlink == 1 && pread(fd, &byte, 1, 0) == 1 && byte;
		if (fd >= 0)
			close(fd);
	}
	return __real_unlinkat(folder, name, flags);
}

static void form_of(int generation, uint8_t *bytes, size_t *ret_length)
{
	*ret_length = 1000 + (size_t)generation;
	memset(bytes, generation, *ret_length);
}

/* The generation on disk, 0: no form, -1: something else. */
static int on_disk(void)
{
	static uint8_t bytes[KEYBAG_MAX_FORM];
	uint8_t want[KEYBAG_MAX_FORM];
	ssize_t length = form_file_read(uuid, bytes);
	size_t want_length;

	if (length == -ENOENT)
		return 0;
	if (length < 1)
		return -1;
	form_of(bytes[0], want, &want_length);
	return (size_t)length == want_length && !memcmp(bytes, want, want_length) ? bytes[0] : -1;
}

static int count_files(void)
{
	DIR *stream = opendir(FOLDER);
	struct dirent *entry;
	int count = 0;

	while (stream && (entry = readdir(stream)))
		count += entry->d_name[0] != '.';
	if (stream)
		closedir(stream);
	return count;
}

static void record_of(uint64_t sequence, struct sealed_record *record)
{
	memset(record, 0x33, sizeof(*record));
	record->length = KB_RECORD_SIZE;
	kb_record_header_write(record->bytes, sequence);
}

static int make_files(int generation)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	struct sealed_record record;
	size_t length;
	int result;

	form_of(generation, bytes, &length);
	record_of(1, &record);
	result = form_file_begin(uuid, bytes, length);
	if (!result)
		result = record_file_write(uuid, &record);
	if (!result)
		result = owner_file_write(uuid, 1000, "anna");
	if (!result)
		result = form_file_place(uuid);
	if (result < 0)
		form_file_destroy(uuid);
	return result;
}

static int replace(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;
	int result;

	form_of(2, bytes, &length);
	result = form_file_replace(uuid, bytes, length);
	return result ? result : form_file_forget(uuid);
}

static int replace_and_revert(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;
	int result;

	form_of(2, bytes, &length);
	result = form_file_replace(uuid, bytes, length);
	return result ? result : form_file_revert(uuid);
}

static int make(void)
{
	return make_files(1);
}

/* The form alone: what belongs to it is there. */
static int put_back(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;

	form_of(2, bytes, &length);
	return form_file_create(uuid, bytes, length);
}

static int destroy(void)
{
	return form_file_destroy(uuid);
}

static void start_with(int generation)
{
	form_file_destroy(uuid);
	if (generation)
		check(make_files(generation) == 0);
}

/* Ends a process at call @at of @action. Returns whether it came that far. */
static bool stopped_at(int at, int (*action)(void))
{
	int status;
	pid_t child = fork();

	if (!child) {
		trouble_at = at;
		_exit(action() ? 1 : 0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 77;
}

static void test_stopped(const char *name, int before, int after, int (*action)(void))
{
	bool turned = false;
	int at, now;

	for (at = 1;; at++) {
		start_with(before);
		if (!stopped_at(at, action))
			break;
		form_file_clean();
		now = on_disk();
		/* From one place on it is the new one; never back. */
		check(now == before || now == after);
		check(!(turned && now == before) || before == after);
		turned = turned || now == after;
		check(count_files() == (now ? 3 : 0));
	}
	form_file_clean();
	check(on_disk() == after);
	check(at > 5);
	tap_test("%s, stopped at each of %d calls", name, at - 1);
}

static void test_failing(const char *name, int before, int after, int (*action)(void), int error)
{
	int at, result, now;

	for (at = 1;; at++) {
		start_with(before);
		calls = 0;
		trouble_error = error;
		trouble_at = at;
		left_to_read = false;
		result = action();
		check(!left_to_read);
		trouble_at = 0;
		trouble_error = 0;
		now = on_disk();
		if (calls < at) {
			check(!result);
			break;
		}
		check(now == before || now == after);
		form_file_clean();
		check(on_disk() == before || on_disk() == after);
		check(count_files() == (on_disk() ? 3 : 0));
	}
	tap_test("%s, with each of %d calls failing: %s", name, at - 1, strerror(error));
}

/* Between the two the new form is in effect, and stays so when the end comes there. */
static void test_revert(void)
{
	int at, now;

	for (at = 1;; at++) {
		start_with(1);
		if (!stopped_at(at, replace_and_revert))
			break;
		form_file_clean();
		now = on_disk();
		check(now == 1 || now == 2);
		check(count_files() == 3);
	}
	check(on_disk() == 1);
	tap_test("replace and revert, stopped at each of %d calls", at - 1);
}

/* A replacement that reports failure has left the old form in its place. */
static void test_replace_reports(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;
	int at, result;

	form_of(2, bytes, &length);
	for (at = 1;; at++) {
		start_with(1);
		calls = 0;
		trouble_error = ENOSPC;
		trouble_at = at;
		result = form_file_replace(uuid, bytes, length);
		trouble_at = 0;
		trouble_error = 0;
		if (calls < at)
			break;
		check(on_disk() == (result ? 1 : 2));
	}
	tap_test("a replacement that fails leaves the old form, at each of %d calls", at - 1);
}

/* As after a change whose last step failed: the previous generation must not take the place of the destroyed one. */
static void test_destroy_with_old(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	bool turned = false;
	size_t length;
	int at, now;

	form_of(2, bytes, &length);
	for (at = 1;; at++) {
		start_with(1);
		check(form_file_replace(uuid, bytes, length) == 0);
		if (!stopped_at(at, destroy))
			break;
		form_file_clean();
		now = on_disk();
		check(now == 0 || (now == 2 && !turned));
		turned = turned || !now;
		check(count_files() == (now ? 3 : 0));
	}
	check(on_disk() == 0 && count_files() == 0);
	tap_test("destroy beside a previous generation, stopped at each of %d calls", at - 1);
}

/* As after a change whose last step failed, of a keybag that root has moved away since. */
static void test_moved_away(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;

	form_of(2, bytes, &length);
	start_with(1);
	check(form_file_replace(uuid, bytes, length) == 0);
	check(store_remove(uuid, FORM_SUFFIX) == 0);
	form_file_clean();
	form_file_clean();
	check(on_disk() == 0);
	/* Remains of the one before are not lost, and go when there is a form again that has proved good. */
	check(count_files() == 3);
	form_of(3, bytes, &length);
	check(form_file_create(uuid, bytes, length) == 0);
	check(on_disk() == 3 && count_files() == 4);
	check(form_file_withdraw(uuid) == 0);
	check(on_disk() == 0 && count_files() == 3);
	check(form_file_create(uuid, bytes, length) == 0 && form_file_forget(uuid) == 0);
	check(on_disk() == 3 && count_files() == 3);
	check(form_file_replace(uuid, bytes, length) == 0);
	check(store_remove(uuid, FORM_SUFFIX) == 0);
	check(store_write_new(uuid, FORM_SUFFIX, bytes, length) == 0);
	form_file_clean();
	check(on_disk() == 3 && count_files() == 3);
	start_with(0);
	tap_test("the generation before one that was moved away is not put in its place");
}

/* As root does, who restores a file. */
static int restore(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	size_t length;

	form_of(2, bytes, &length);
	return store_write_new(uuid, FORM_SUFFIX, bytes, length);
}

/* Remains of a destruction that was cut off must not destroy what has come since. */
static void test_back_after_destroy(const char *name, int (*bring_back)(void))
{
	bool again = false;
	int at, fd;

	for (at = 1;; at++) {
		start_with(1);
		if (!stopped_at(at, destroy))
			break;
		if (on_disk() != 0)
			continue;
		check(bring_back() == 0);
		/* As it is after each start. */
		form_file_clean();
		check(on_disk() == 2);
		form_file_clean();
		check(on_disk() == 2);
		fd = store_file(uuid, ".destroyed", O_RDONLY);
		check(fd == -ENOENT);
		again = true;
	}
	check(again);
	tap_test("%s after a destruction that was stopped, at each of %d calls: it stays", name, at - 1);
}

/* A second destruction does not take the place of the file whose overwriting failed. */
static void test_destroy_again(void)
{
	uint8_t bytes[2000];
	ssize_t length, i;
	int at = 0;
	int fd;

	/* Not overwritten yet: as soon as the form is out of its place. */
	start_with(1);
	fd = store_file(uuid, FORM_SUFFIX, O_RDONLY);
	while (on_disk() == 1)
		check(stopped_at(++at, destroy));
	check(pread(fd, bytes, sizeof(bytes), 0) == 1001 && bytes[0] == 1);
	check(restore() == 0);
	check(destroy() == 0);
	length = pread(fd, bytes, sizeof(bytes), 0);
	check(length == 1001);
	for (i = 0; i < length; i++)
		check(!bytes[i]);
	close(fd);
	check(count_files() == 0);
	tap_test("destroyed again after a destruction that was stopped: both forms are overwritten");
}

/* Its form is on its way back from a backup. */
static void test_without_form(void)
{
	struct sealed_record present[RECORD_SLOTS];
	char name[OWNER_NAME_SIZE];
	uid_t uid;
	int at;

	for (at = 0;; at++) {
		start_with(1);
		check(store_remove(uuid, FORM_SUFFIX) == 0);
		if (at && !stopped_at(at, put_back))
			break;
		form_file_clean();
		check(on_disk() == 0 || on_disk() == 2);
		check(record_file_read(uuid, present) == 0);
		check(owner_file_read(uuid, &uid, name) == 0 && uid == 1000);
		check(count_files() == (on_disk() ? 3 : 2));
	}
	check(form_file_withdraw(uuid) == 0);
	check(count_files() == 2);
	start_with(0);
	tap_test("a record and a name without a form stay, stopped at each of %d calls that put one back", at - 1);
}

static void test_half_written(void)
{
	static const char *const suffixes[] = { ".owner.new", ".tries.new", ".idle.new" };
	size_t i;

	start_with(1);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		check(store_write_new(uuid, suffixes[i], "half", 4) == 0);
	form_file_clean();
	check(on_disk() == 1 && count_files() == 3);
	start_with(0);
	tap_test("what was not written to its end goes at the start");
}

static void test_scan(void)
{
	struct bag *bag;
	int at;

	start_with(1);
	bag_scan();
	bag = bag_find(uuid);
	check(bag && bag->on_disk);
	for (at = 0; at < 5; at++) {
		entries_until_trouble = at;
		bag_scan();
		entries_until_trouble = -1;
		bag = bag_find(uuid);
		check(bag && bag->on_disk);
	}
	start_with(0);
	bag_scan();
	check(!bag_find(uuid));
	tap_test("a scan of the folder that fails forgets no keybag");
}

static void test_overwritten(void)
{
	uint8_t bytes[KEYBAG_MAX_FORM];
	ssize_t length, i;
	size_t size;
	int fd;

	start_with(1);
	fd = store_file(uuid, FORM_SUFFIX, O_RDONLY);
	check(replace() == 0);
	length = pread(fd, bytes, sizeof(bytes), 0);
	check(length == 1001);
	for (i = 0; i < length; i++)
		check(!bytes[i]);
	close(fd);
	fd = store_file(uuid, FORM_SUFFIX, O_RDONLY);
	check(form_file_destroy(uuid) == 0);
	length = pread(fd, bytes, sizeof(bytes), 0);
	check(length == 1002);
	for (i = 0; i < length; i++)
		check(!bytes[i]);
	close(fd);
	check(count_files() == 0);
	tap_test("what was replaced or destroyed is overwritten");

	start_with(1);
	form_of(2, bytes, &size);
	check(form_file_replace(uuid, bytes, size) == 0);
	fd = store_file(uuid, FORM_SUFFIX, O_RDONLY);
	check(form_file_revert(uuid) == 0 && on_disk() == 1 && count_files() == 3);
	length = pread(fd, bytes, sizeof(bytes), 0);
	check(length == 1002);
	for (i = 0; i < length; i++)
		check(!bytes[i]);
	close(fd);
	/* Nothing has taken its place. */
	check(store_link(uuid, FORM_SUFFIX, ".old") == 0 && form_file_revert(uuid) == 0);
	check(on_disk() == 1 && count_files() == 3);
	start_with(0);
	tap_test("so is a form that was given up, when the old one is in its place");
}

int main(void)
{
	char folder[] = "/tmp/helper_store.XXXXXX";

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0);
	check(store_open() == 0);
	tap_test("the folder is made");
	test_stopped("replace", 1, 2, replace);
	test_revert();
	test_stopped("create", 0, 1, make);
	test_stopped("destroy", 1, 0, destroy);
	test_destroy_with_old();
	test_moved_away();
	test_back_after_destroy("restored", restore);
	test_back_after_destroy("recovered", put_back);
	test_destroy_again();
	test_without_form();
	test_half_written();
	test_scan();
	test_failing("replace", 1, 2, replace, ENOSPC);
	test_failing("replace and revert", 1, 2, replace_and_revert, EIO);
	test_failing("create", 0, 1, make, ENOSPC);
	test_failing("destroy", 1, 0, destroy, EIO);
	test_replace_reports();
	test_overwritten();
	check(rmdir(FOLDER) == 0 && rmdir("bags/of/a") == 0 && rmdir("bags/of") == 0 &&
	      rmdir("bags") == 0 && rmdir(folder) == 0);
	tap_test("nothing is left over");
	return tap_end();
}
