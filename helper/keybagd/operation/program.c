// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Facts about a process that keychaind has to know and may not find out by itself: it runs without the
 * capability to look into others'.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/protocol.h"
#include "handlers.h"

struct program {
	struct statx executable;
	uint32_t real_group;
	bool traceable;
	char path[512];
};

static int real_group(int folder, uint32_t *ret_group)
{
	CLEANUP_FD int fd = openat(folder, "status", O_RDONLY | O_CLOEXEC);
	char text[2048];
	const char *line;
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = 0;
	line = strstr(text, "\nGid:\t");
	return line && sscanf(line, "\nGid: %u", ret_group) == 1 ? 0 : -EPROTO;
}

static int program_look(pid_t pid, struct program *ret_program)
{
	CLEANUP_FD int folder = -1;
	CLEANUP_FD int fd = -1;
	struct stat own;
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	fd = openat(folder, "exe", O_PATH | O_CLOEXEC);
	/* Not synchronised: a file system of the user's own must not hold us up. */
	if (fd < 0 || fstatat(folder, "status", &own, 0) < 0 ||
	    statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS,
		  &ret_program->executable) < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	/* The kernel gives the files of a process that may not be traced to root. */
	ret_program->traceable = own.st_uid != 0;
	length = readlinkat(folder, "exe", ret_program->path, sizeof(ret_program->path) - 1);
	ret_program->path[length < 0 ? 0 : length] = 0;
	return real_group(folder, &ret_program->real_group);
}

static int program_prepare(struct operation *operation)
{
	struct program program;
	int result = program_look((pid_t)operation->pid, &program);

	if (result < 0)
		return operation_fail(operation, result, "process %u cannot be looked at",
				      operation->pid);
	return 0;
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void program_reply(struct operation *operation, struct writer *writer)
{
	struct program program = { 0 };
	const struct statx *executable = &program.executable;

	/* Gone since: an answer without fields, which the client takes for an error. */
	if (program_look((pid_t)operation->pid, &program) < 0)
		return;
	message_add_unsigned(writer, KEY_DEVICE,
			     makedev(executable->stx_dev_major, executable->stx_dev_minor));
	message_add_unsigned(writer, KEY_INODE, executable->stx_ino);
	message_add_unsigned(writer, KEY_MODE, executable->stx_mode);
	message_add_unsigned(writer, KEY_OWNER, executable->stx_uid);
	message_add_unsigned(writer, KEY_GROUP, executable->stx_gid);
	message_add_unsigned(writer, KEY_REAL_GROUP, program.real_group);
	message_add_boolean(writer, KEY_TRACEABLE, program.traceable);
	/* Paths are bytes, messages text: one that is not plain stays untold. */
	message_add_text(writer, KEY_PATH, is_plain(program.path) ? program.path : "");
}

const struct handler handle_program = {
	.name = "program",
	.properties = TAKES_PID | KEYCHAIN_ONLY,
	.prepare = program_prepare,
	.reply = program_reply,
};
