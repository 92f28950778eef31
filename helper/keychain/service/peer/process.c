// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define CAPABILITIES	"CapEff:\t"

/* PIDFD_THREAD of Linux 6.9: the flag stays with the file, and nobody can take it away. */
#define PIDFD_OF_THREAD	O_EXCL

bool process_runs(int pidfd)
{
	struct pollfd item = { .fd = pidfd, .events = POLLIN };

	return poll(&item, 1, 0) == 0;
}

/* The start of a file of /proc. Returns 0, -ESRCH (the process is gone) or another negative errno. */
static int read_start(const char *path, char *ret_text, size_t size)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, ret_text, size - 1);

	if (length < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	ret_text[length] = 0;
	return 0;
}

/* No line before it has text that its owner chose. */
static int read_number(int pidfd, pid_t *ret_pid)
{
	char path[64], text[512];
	const char *line;
	int number, result;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	result = read_start(path, text, sizeof(text));
	if (result < 0)
		return result;
	line = strstr(text, "\nPid:\t");
	/* A folder of /proc is taken for a pidfd by pidfd_send_signal(2). */
	if (!line || sscanf(line, "\nPid:\t%d", &number) != 1)
		return -EBADF;
	if (number <= 0)
		return number ? -ESRCH : -EPERM;
	*ret_pid = number;
	return 0;
}

int process_of_pidfd(int descriptor, pid_t *ret_pid)
{
	/* No signal is sent: the kernel says whether it could be. */
	int error = pidfd_send_signal(descriptor, 0, NULL, 0) < 0 ? errno : 0;
	int flags;

	if (error == EBADF || error == ESRCH)
		return -error;
	if (error == EINVAL)
		return -EPERM;
	if (error && error != EPERM && error != EACCES)
		return -error;
	flags = fcntl(descriptor, F_GETFL);
	if (flags < 0 || flags & PIDFD_OF_THREAD)
		return flags < 0 ? -errno : -EINVAL;
	return read_number(descriptor, ret_pid);
}

int process_belongs_to(pid_t pid, uid_t uid)
{
	unsigned int real, effective, saved;
	char path[64], text[1024];
	const char *line;
	int result;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	result = read_start(path, text, sizeof(text));
	if (result < 0)
		return result;
	line = strstr(text, "\nUid:\t");
	if (!line || sscanf(line, "\nUid:\t%u\t%u\t%u", &real, &effective, &saved) != 3)
		return -EIO;
	return real == uid && effective == uid && saved == uid ? 0 : -EACCES;
}

/* The line stands behind that of its groups, of up to 65536. */
int process_has_capability(pid_t pid, unsigned int capability)
{
	FILE *status CLEANUP_FILE = NULL;
	char *line CLEANUP_FREE = NULL, path[64];
	uint64_t effective;
	size_t capacity = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	if (!status)
		return errno == ENOENT ? -ESRCH : -errno;
	while (getline(&line, &capacity, status) > 0) {
		if (sscanf(line, CAPABILITIES "%" SCNx64, &effective) == 1)
			return effective >> capability & 1 ? 0 : -EACCES;
	}
	/* The file is empty, or cannot be read, where the process has ended. */
	return -ESRCH;
}
