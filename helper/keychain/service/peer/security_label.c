// SPDX-License-Identifier: GPL-2.0-or-later
#include "security_label.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/common/cleanup.h"

#define SELINUX_ENFORCES	"/sys/fs/selinux/enforce"

/* AppArmor ends it with a newline, SELinux with a zero byte. Returns 0 or a negative errno. */
static int security_label_of_process(pid_t pid, char ret_label[SECURITY_LABEL_SIZE])
{
	CLEANUP_FD int fd = -1;
	char path[64];
	ssize_t length;

	*ret_label = 0;
	snprintf(path, sizeof(path), "/proc/%d/attr/current", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, ret_label, SECURITY_LABEL_SIZE);
	if (length < 0 || length == SECURITY_LABEL_SIZE) {
		*ret_label = 0;
		return length < 0 ? -errno : -ENAMETOOLONG;
	}
	ret_label[length] = 0;
	ret_label[strcspn(ret_label, "\n")] = 0;
	return 0;
}

/* False where SELinux runs and only reports: whoever likes can take on any context then. */
static bool enforced(void)
{
	CLEANUP_FD int fd = open(SELINUX_ENFORCES, O_RDONLY | O_CLOEXEC);
	char mode;

	if (fd < 0)
		return errno == ENOENT;
	return read(fd, &mode, 1) == 1 && mode == '1';
}

void security_label_of_peer(int fd, pid_t pid, char ret_label[SECURITY_LABEL_SIZE])
{
	socklen_t length = SECURITY_LABEL_SIZE - 1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERSEC, ret_label, &length) == 0)
		ret_label[length] = 0;
	else if (errno == ERANGE)
		*ret_label = 0;
	else
		security_label_of_process(pid, ret_label);
}

bool security_label_is_kept(const char *label, pid_t pid)
{
	char now[SECURITY_LABEL_SIZE];

	return enforced() && security_label_of_process(pid, now) == 0 && !strcmp(label, now);
}

bool security_label_is(const char *label, const char *wanted, const char **ret_why)
{
	size_t length = strlen(wanted);
	const char *mode = label + length;

	*ret_why = NULL;
	if (strncmp(label, wanted, length))
		return false;
	if (!strcmp(mode, " (enforce)") || !strcmp(mode, " (kill)"))
		return true;
	if (!*mode && enforced())
		return true;
	if (!*mode)
		*ret_why = "SELinux is permissive";
	else if (!strncmp(mode, " (", 2))
		*ret_why = "its profile is not enforced";
	return false;
}
