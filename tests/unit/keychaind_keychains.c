// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which keychain is the default one, where that cannot be told; and what is left where a keychain cannot be removed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/service/run/keychains.h"
#include "tests/unit/lib/tap.h"

static const char *failing = "";	/* the call that fails */
static int failure;

static bool fails(const char *call)
{
	if (strcmp(failing, call))
		return false;
	errno = failure;
	return true;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	return fails("open") ? -1 : __real_open(path, flags, 0600);
}

ssize_t __real_read(int fd, void *bytes, size_t length);
ssize_t __wrap_read(int fd, void *bytes, size_t length);
ssize_t __wrap_read(int fd, void *bytes, size_t length)
{
	return fails("read") ? -1 : __real_read(fd, bytes, length);
}

int __real_stat(const char *path, struct stat *ret_status);
int __wrap_stat(const char *path, struct stat *ret_status);
int __wrap_stat(const char *path, struct stat *ret_status)
{
	return fails("stat") ? -1 : __real_stat(path, ret_status);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
	return fails("unlink") ? -1 : __real_unlink(path);
}

static struct keychain_id id = { .owner = 1000, .name = "work" };

static void make(void)
{
	int fd = __real_open("state/1000/work.db", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	check(fd >= 0 && close(fd) == 0 && keychains_choose_default(&id) == 0);
}

/* The status, with the name that is found. */
static int ask(const char *expected)
{
	char gone[KEYCHAIN_NAME_SIZE];
	struct keychain_id found = { .owner = 1000 };
	int status = keychains_default(&found, gone);

	check(status || !strcmp(found.name, expected));
	return status;
}

static void test_default(void)
{
	static const struct {
		const char *call;
		int error, status;
	} cases[] = {
		{ "open", EIO, errSecIO }, { "open", EMFILE, errSecNotAvailable }, { "open", EACCES, errSecNotAvailable },
		{ "read", EIO, errSecIO },
		/* It is not taken to be gone: whoever opens it is told why that cannot be. */
		{ "stat", EIO, 0 }, { "stat", EACCES, 0 },
	};

	check(ask("login") == 0);
	make();
	check(ask("work") == 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		failing = cases[i].call;
		failure = cases[i].error;
		if (!check(ask("work") == cases[i].status))
			printf("# %s: %s\n", cases[i].call, strerrorname_np(cases[i].error));
		check(keychains_exists(&id));
		failing = "";
	}
	check(ask("work") == 0);
	check(unlink("state/1000/work.db") == 0 && ask("login") == 0 && !keychains_exists(&id));
	check(unlink("state/1000/default") == 0 && symlink("default", "state/1000/default") == 0 && ask("login") == 0);
	check(unlink("state/1000/default") == 0 && mkdir("state/1000/default", 0700) == 0 && ask("login") == 0);
	check(rmdir("state/1000/default") == 0);
	tap_test("the default one, or why it cannot be told");
}

static void test_remove(void)
{
	make();
	failing = "unlink";
	failure = EIO;
	check(keychains_remove(&id) == errSecIO);
	failing = "read";
	check(keychains_remove(&id) == errSecIO);
	failing = "";
	check(keychains_exists(&id) && ask("work") == 0);
	check(keychains_remove(&id) == 0 && ask("login") == 0);
	check(!keychains_exists(&id) && access("state/1000/default", F_OK));
	tap_test("a keychain that cannot be removed stays the default one");
}

int main(void)
{
	char folder[] = "/tmp/keychains-XXXXXX";

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0 && mkdir("state", 0700) == 0 && mkdir("state/1000", 0700) == 0);
	test_default();
	test_remove();
	check(rmdir("state/1000") == 0 && rmdir("state") == 0 && rmdir(folder) == 0);
	return tap_end();
}
