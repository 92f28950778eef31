// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parts that both commands share: mistyped words, text for a terminal, statuses of files, files for output.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/argument.h"
#include "cli/exit_status.h"
#include "cli/nearest.h"
#include "cli/output_file.h"
#include "cli/terminal_text.h"
#include "common/standard_streams.h"
#include "lib/tap.h"

static bool leads_to(const char *typed, const char *wanted)
{
	static const char *const names[] = { "add", "find", "list", "generate", "update", "recovery", "recover", "service",
					     "server" };
	struct nearest nearest = NEAREST_TO(typed);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		nearest_try(&nearest, names[i]);
	return wanted ? nearest.name && !strcmp(nearest.name, wanted) : !nearest.name;
}

static void test_nearest(void)
{
	check(leads_to("fnid", "find") && leads_to("fid", "find") && leads_to("finds", "find") && leads_to("lisp", "list"));
	check(leads_to("genrate", "generate") && leads_to("recovrey", "recovery") && leads_to("serwer", "server"));
	tap_test("a mistake or two lead to the name");
	check(leads_to("gen", "generate") && leads_to("up", "update") && leads_to("recov", "recovery"));
	tap_test("so does its beginning");
	check(leads_to("", NULL) && leads_to("x", NULL) && leads_to("ad", "add") && leads_to("xy", NULL));
	check(leads_to("frobnicate", NULL) && leads_to("frobnicate-and-forty-letters-more-of-it-", NULL));
	tap_test("other words lead to none");
}

/* Cut into two parts at each place, and byte by byte. */
static bool parts_are(const char *bytes, size_t length, bool wanted)
{
	bool right = terminal_text(bytes, length) == wanted;

	for (size_t cut = 0; cut <= length; cut++) {
		struct terminal_text text = { 0 };
		bool first = terminal_text_part(&text, bytes, cut, false);

		right = right && (first && terminal_text_part(&text, bytes + cut, length - cut, true)) == wanted;
	}
	for (struct terminal_text text = { 0 }; right;) {
		bool good = true;

		for (size_t at = 0; good && at < length; at++)
			good = terminal_text_part(&text, bytes + at, 1, at == length - 1);
		return good == wanted || !length;
	}
	return right;
}

#define PARTS_ARE(bytes, wanted)	check(parts_are(bytes, sizeof(bytes) - 1, wanted))

static void test_text(void)
{
	PARTS_ARE("", true);
	PARTS_ARE("plain, with\na line and a\ttab\n", true);
	PARTS_ARE("\xc3\xbc \xe2\x82\xac \xf0\x9f\x94\x91", true);
	tap_test("lines of text, however they are cut");
	PARTS_ARE("\x1b[2J", false);
	PARTS_ARE("a\0b", false);
	PARTS_ARE("a\rb", false);
	PARTS_ARE("a\xc2\x9b" "2J", false);
	PARTS_ARE("a\xe2\x80\xae" "b", false);
	tap_test("what steers a terminal, in one byte or in several");
	PARTS_ARE("\xc3", false);
	PARTS_ARE("a\xe2\x82", false);
	PARTS_ARE("\x82 a", false);
	PARTS_ARE("\xff\xfe", false);
	tap_test("bytes that are no text");
}

static void test_statuses(void)
{
	check(exit_status_of_file(0) == EXIT_DONE);
	check(exit_status_of_file(ENOENT) == EXIT_NOT_FOUND && exit_status_of_file(-ENOTDIR) == EXIT_NOT_FOUND);
	check(exit_status_of_file(EACCES) == EXIT_NO_PERMISSION && exit_status_of_file(-EPERM) == EXIT_NO_PERMISSION);
	/* Each means something else of a keybag. */
	for (size_t i = 0; i < 7; i++)
		check(exit_status_of_file((int[]){ ENXIO, ENODEV, ESTALE, EINVAL, ENOSPC, EAGAIN, EXDEV }[i]) == EXIT_FAILED);
	tap_test("an error of a file is not taken for one of a keybag");
}

struct passwd *__wrap_getpwnam(const char *name);

/* The directory that "away" is in does not answer. */
struct passwd *__wrap_getpwnam(const char *name)
{
	static struct passwd anna = { .pw_uid = 1301 };

	errno = !strcmp(name, "away") || !strcmp(name, "1302") ? ECONNREFUSED : ENOENT;
	return strcmp(name, "anna") ? NULL : &anna;
}

static void test_user(void)
{
	uid_t uid = 0;

	check(argument_user("anna", &uid) == 0 && uid == 1301);
	check(argument_user("ben", &uid) == -ENOENT && argument_user("", &uid) == -ENOENT);
	check(argument_user("away", &uid) == -EIO && errno == ECONNREFUSED);
	/* A number may be a name that only the directory knows. */
	check(argument_user("1302", &uid) == -EIO && errno == ECONNREFUSED);
	check(argument_user("+1302", &uid) == 0 && uid == 1302);
	check(argument_user("1303", &uid) == 0 && uid == 1303);
	check(argument_user("+", &uid) == -ENOENT && argument_user("+anna", &uid) == -ENOENT);
	check(argument_user("4294967295", &uid) == -ERANGE);
	tap_test("a user: by name, by number, of a directory that is away");
}

#define NOBODY	65534

/* A reader that is somebody else waits at a name in a folder where anyone may put files. */
static void test_trap(void)
{
	struct output_file file;
	int reader;

	check(mkdir("open", 0700) == 0 && chmod("open", 01777) == 0 && mkfifo("open/pipe", 0666) == 0);
	reader = open("open/pipe", O_RDONLY | O_NONBLOCK);
	check(output_file_begin("open/pipe", &file) == 0);
	output_file_end(&file);
	/* Only root can give it away. */
	if (!geteuid()) {
		check(chown("open/pipe", NOBODY, NOBODY) == 0);
		check(output_file_begin("open/pipe", &file) == -EACCES);
		check(symlink("open/pipe", "link") == 0 && output_file_begin("link", &file) == -EACCES);
		check(unlink("link") == 0 && chmod("open", 0755) == 0);
		check(output_file_begin("open/pipe", &file) == 0);
		output_file_end(&file);
	}
	/* A name that was made of another one. */
	check(output_file_begin_new("open/pipe", &file) == 0 && output_file_append(&file, "x", 1) == 0);
	check(output_file_finish(&file, false) == -EEXIST);
	output_file_end(&file);
	close(reader);
	check(unlink("open/pipe") == 0 && rmdir("open") == 0);
	tap_test("a pipe that somebody else has put in the way gets nothing");
}

static off_t size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_size : -1;
}

static void test_cut_back(void)
{
	int output = dup(STDOUT_FILENO), log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct output_file file;

	check(write(log, "before", 6) == 6);
	fflush(stdout);
	dup2(log, STDOUT_FILENO);
	check(output_file_begin(NULL, &file) == 0 && output_file_append(&file, "ours", 4) == 0);
	output_file_end(&file);
	check(size_of("log") == 6);
	check(output_file_begin(NULL, &file) == 0 && output_file_append(&file, "ours", 4) == 0);
	check(write(log, "theirs", 6) == 6);
	output_file_end(&file);
	check(size_of("log") == 16);
	dup2(output, STDOUT_FILENO);
	close(output);
	close(log);
	check(unlink("log") == 0);
	tap_test("what others have written meanwhile is not cut off");
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_close(int fd);
int __wrap_close(int fd);

static int fsync_error, close_error, syncs;

int __wrap_fsync(int fd)
{
	syncs++;
	errno = fsync_error;
	return fsync_error ? -1 : __real_fsync(fd);
}

int __wrap_close(int fd)
{
	int result = __real_close(fd);

	errno = close_error;
	return close_error ? -1 : result;
}

/* Into the file "late" as standard output, replaced for the time of it. */
static int write_late(int error)
{
	int output = dup(STDOUT_FILENO), file = open("late", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int result;

	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	fsync_error = error;
	result = output_file_write(NULL, "secret", 6);
	fsync_error = 0;
	dup2(output, STDOUT_FILENO);
	close(output);
	close(file);
	return result;
}

/* A server that takes what is written, and says later that there was no room for it. */
static void test_late(void)
{
	struct output_file file;
	int reader, late;

	syncs = 0;
	check(write_late(0) == 0 && size_of("late") == 6 && syncs == 1);
	check(write_late(EDQUOT) == -EDQUOT && size_of("late") == 0);
	check(write_late(EINVAL) == 0 && write_late(EROFS) == 0 && size_of("late") == 6);
	check(unlink("late") == 0);
	syncs = 0;
	check(mkfifo("pipe", 0600) == 0);
	reader = open("pipe", O_RDONLY | O_NONBLOCK);
	check(output_file_begin("pipe", &file) == 0 && output_file_append(&file, "x", 1) == 0);
	check(output_file_finish(&file, true) == 0 && !syncs);
	output_file_end(&file);
	close(reader);
	check(unlink("pipe") == 0);
	tap_test("standard output: an error that comes late is one; a pipe has none");

	fflush(stdout);
	check(standard_streams_end() == 0);
	close_error = EDQUOT;
	late = standard_streams_end();
	close_error = 0;
	check(late == -EDQUOT);
	check(fcntl(STDOUT_FILENO, F_GETFD) >= 0 && standard_streams_end() == 0);
	tap_test("and one that comes at the close, too");
}

/* @path has a name of 255 bytes, as long as names get. */
static void write_long(const char *path)
{
	struct output_file file;
	struct stat status;

	for (int turn = 0; turn < 2; turn++) {
		check(output_file_begin(path, &file) == 0 && output_file_append(&file, "whole", 5) == 0);
		check(output_file_finish(&file, turn > 0) == 0);
		output_file_end(&file);
	}
	check(stat(path, &status) == 0 && status.st_size == 5 && unlink(path) == 0);
}

static void test_long_name(void)
{
	char path[300] = "in/";
	struct output_file file;

	check(mkdir("in", 0700) == 0);
	memset(path + 3, 'a', 255);
	write_long(path);
	write_long(path + 3);
	path[3 + 255] = 'a';
	check(output_file_begin(path, &file) == -ENAMETOOLONG);
	output_file_end(&file);
	check(rmdir("in") == 0);
	tap_test("a name of 255 bytes: made and replaced; a longer one is refused at once");
}

int main(void)
{
	char folder[] = "/tmp/helper_cli.XXXXXX";

	tap_start();
	test_nearest();
	test_text();
	test_statuses();
	test_user();
	check(mkdtemp(folder) && chdir(folder) == 0);
	test_trap();
	test_cut_back();
	test_late();
	test_long_name();
	check(rmdir(folder) == 0);
	return tap_end();
}
