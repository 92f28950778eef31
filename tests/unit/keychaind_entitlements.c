// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entitlement files that cannot be read for a while, as descriptors or memory have run out, or the disk fails: what was
 * read before counts, and nothing in between.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/daemon/log.h"
#include "helper/keychain/service/grants/entitlements.h"
#include "lib/tap.h"

static int failure;		/* what the calls that are listed in @failing fail with */
static const char *failing = "";
static unsigned int warnings;

static bool fails(const char *call)
{
	if (!strstr(failing, call))
		return false;
	errno = failure;
	return true;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	return fails("open ") ? -1 : __real_open(path, flags);
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
	return fails("opendir") ? NULL : __real_opendir(path);
}

struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder)
{
	static unsigned int calls;

	/* In the midst of it. */
	return calls++ % 4 == 3 && fails("readdir") ? NULL : __real_readdir(folder);
}

/* Whoever runs the test is root here. */
int __real_fstat(int fd, struct stat *ret_status);
int __wrap_fstat(int fd, struct stat *ret_status);
int __wrap_fstat(int fd, struct stat *ret_status)
{
	int result = __real_fstat(fd, ret_status);

	ret_status->st_uid = 0;
	ret_status->st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
	return result;
}

void log_line(int priority, const char *format, ...)
{
	(void)format;
	warnings += priority <= 4;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	check(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* The first group of a unit's; "": none. NULL: that is an error. */
static const char *group_of(const char *unit)
{
	static char group[64];
	struct connection connection = { 0 };
	struct identity identity = { .uid = 1000, .kind = PEER_UNIT };

	snprintf(identity.name, sizeof(identity.name), "%s", unit);
	if (entitlements_apply(&identity, &connection) < 0)
		return NULL;
	snprintf(group, sizeof(group), "%s", identity.groups[0] ? identity.groups[0] : "");
	for (size_t i = 0; identity.groups[i]; i++)
		free(identity.groups[i]);
	free(identity.groups);
	free(identity.sources);
	free(identity.file);
	free(identity.application);
	free(identity.prefix);
	return group;
}

static bool is(const char *unit, const char *group)
{
	const char *found = group_of(unit);

	if (found && !strcmp(found, group))
		return true;
	printf("# %s has %s\n", unit, found ? found : "no answer");
	return false;
}

static void test_never_read(void)
{
	failure = EMFILE;
	failing = "opendir";
	warnings = 0;
	check(!group_of("a.service") && !group_of("a.service"));
	check(warnings == 1);
	failing = "";
	check(is("a.service", "narrow") && is("b.service", "wide"));
	tap_test("none was read yet: nobody is granted anything");
}

static void test_read_before(void)
{
	static const struct {
		const char *call;
		int error;
	} cases[] = {
		{ "opendir", ENFILE }, { "open ", EMFILE }, { "open ", EIO }, { "readdir", EIO }, { "open ", ENOMEM },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int before = entitlements_generation();

		failure = cases[i].error;
		failing = cases[i].call;
		warnings = 0;
		write_file("etc.d/z.conf", "[Match]\nUnit=z.service\n[Grant]\nKeychainAccessGroups=late\n");
		if (!check(is("a.service", "narrow") && is("b.service", "wide") && is("z.service", "wide")) ||
		    !check(entitlements_generation() == before && warnings == 1))
			printf("# %s, %s: %u warnings\n", cases[i].call, strerrorname_np(cases[i].error), warnings);
		failing = "";
		check(is("z.service", "late") && is("a.service", "narrow") && entitlements_generation() != before);
		unlink("etc.d/z.conf");
		check(is("z.service", "wide"));
	}
	tap_test("those that were read before count, and the new ones as soon as they can be read");
}

/* Errors of the file itself are no reason to wait. */
static void test_of_the_file(void)
{
	unsigned int before;

	check(symlink("etc.d/loop.conf", "etc.d/loop.conf") == 0 && symlink("nowhere", "etc.d/gone.conf") == 0);
	write_file("etc.d/z.conf", "[Match]\nUnit=z.service\n[Grant]\nKeychainAccessGroups=late\n");
	check(is("z.service", "late") && is("a.service", "narrow"));
	unlink("etc.d/z.conf");
	check(is("z.service", "wide"));
	before = entitlements_generation();
	for (int i = 0; i < 20; i++)
		check(entitlements_generation() == before);
	tap_test("a file that cannot be read as it is");
}

int main(void)
{
	static const char *const left[] = { "etc.d/a.conf", "etc.d/loop.conf", "etc.d/gone.conf", "usr.d/b.conf", "usr.d/zz.conf",
					    "etc.d", "usr.d" };
	char folder[] = "/tmp/entitlements-XXXXXX";

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0 && mkdir("etc.d", 0755) == 0 && mkdir("usr.d", 0755) == 0);
	write_file("etc.d/a.conf", "[Match]\nUnit=a.service\n[Grant]\nKeychainAccessGroups=narrow\n");
	write_file("usr.d/b.conf", "[Match]\nUnit=b.service\n[Grant]\nKeychainAccessGroups=wide\n");
	write_file("usr.d/zz.conf", "[Match]\nUnit=z.service\n[Grant]\nKeychainAccessGroups=wide\n");
	test_never_read();
	test_read_before();
	test_of_the_file();
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		check(remove(left[i]) == 0);
	check(rmdir(folder) == 0);
	return tap_end();
}
