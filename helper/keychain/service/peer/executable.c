// SPDX-License-Identifier: GPL-2.0-or-later
#include "executable.h"
#include "passing.h"

#include <elf.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/common/cleanup.h"

/* Programs that do what others tell them; a script has no identity of its own. */
static const char *const interpreters[] = {
	"sh",	  "bash",    "dash",	"zsh",	  "ksh*",   "mksh",    "tcsh",	    "csh",
	"fish",	  "busybox", "python*", "pypy*",  "perl*",  "ruby*",   "node*",	    "deno",
	"bun",	  "php*",    "lua*",	"tclsh*", "wish*",  "guile*",  "gjs*",	    "java",
	"mono*",  "dotnet",  "awk",	"gawk",	  "mawk",   "sed",     "env",	    "xargs",
	"find",	  "gdb*",    "lldb*",	"strace", "ltrace", "ld.so",   "ld-linux*", "ld-2*",
	"qemu-*", "wine*",   "emacs*",	"vim*",	  "R",	    "octave*", "erl",	    "escript",
	"sbcl",	  "racket",  "julia",
};

/* By the name of the file that runs: /usr/bin/vi may be a link to vim. */
static bool is_interpreter(const char *path)
{
	CLEANUP_FREE char *file = realpath(path, NULL);
	const char *name = strrchr(file ? file : path, '/') + 1;
	size_t i;

	for (i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++)
		if (!fnmatch(interpreters[i], name, 0))
			return true;
	return false;
}

static bool is_roots(const struct stat *status)
{
	return status->st_uid == 0 && !(status->st_mode & (S_IWGRP | S_IWOTH));
}

/* Whether others than root can put something else in its place. */
static bool folders_are_roots(const char *path)
{
	char folder[PATH_MAX];
	struct stat status;
	char *slash;

	if ((size_t)snprintf(folder, sizeof(folder), "%s", path) >= sizeof(folder))
		return false;
	while ((slash = strrchr(folder, '/'))) {
		*slash = 0;
		if (stat(*folder ? folder : "/", &status) < 0 || !is_roots(&status))
			return false;
	}
	return true;
}

/* Returns 1, 0, or a negative errno. */
static int is_elf(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char start[SELFMAG];
	ssize_t length;

	if (fd < 0 && error_is_passing(errno))
		return -errno;
	/* One that may be run but not read is no script. */
	if (fd < 0)
		return errno == EACCES;
	length = read(fd, start, sizeof(start));
	if (length < 0 && error_is_passing(errno))
		return -errno;
	return length == sizeof(start) && !memcmp(start, ELFMAG, SELFMAG);
}

int executable_unfit(const char *path, char *ret_why, size_t size)
{
	struct stat status;
	const char *why = NULL;
	int result = stat(path, &status) < 0 ? -errno : 0, elf = 1;

	if (result && error_is_passing(-result))
		return result;
	if (result)
		why = strerrordesc_np(-result);
	else if (!S_ISREG(status.st_mode))
		why = "not a file";
	else if (!is_roots(&status))
		why = "it has to belong to root, and nobody else may write to it";
	else if (!folders_are_roots(path))
		why = "the folders it is in have to belong to root, and nobody else may write to "
		      "them";
	else if (is_interpreter(path) || !(elf = is_elf(path)))
		why = "an interpreter or a script cannot be told from what it runs";
	if (elf < 0)
		return elf;
	if (why)
		snprintf(ret_why, size, "Executable %s: %s", path, why);
	return why != NULL;
}

bool executable_is(const struct keybag_program *program, uid_t uid, gid_t effective_group,
		   const char *path, const char **ret_why)
{
	struct stat status;

	*ret_why = NULL;
	if (stat(path, &status) < 0 || status.st_dev != program->device ||
	    status.st_ino != program->inode)
		return false;
	if (!is_roots(&status))
		*ret_why = "others than root may write to the executable";
	else if (uid == 0)
		return true;
	else if (!(status.st_mode & S_ISGID) || !(status.st_mode & S_IXGRP))
		*ret_why = "the executable is not set-group-ID: its user can preload code and "
			   "trace it";
	else if (effective_group != status.st_gid || program->real_group == status.st_gid)
		*ret_why = "the process did not run with the group of its executable when it "
			   "connected: it was traced, or forbidden new privileges";
	else if (program->traceable)
		*ret_why = "the process lets its user look into its memory";
	return !*ret_why;
}
