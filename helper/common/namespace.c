// SPDX-License-Identifier: LGPL-2.1-or-later
#include "namespace.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "cleanup.h"

/* The map of the initial one is the identity; it can be read without a right to look into the process. */
bool in_user_namespace(pid_t pid)
{
	char path[64] = "/proc/self/uid_map", map[128];
	unsigned int inside, outside, count;
	CLEANUP_FD int fd = -1;
	ssize_t length;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	length = read(fd, map, sizeof(map) - 1);
	if (length < 0)
		return true;
	map[length] = 0;
	return sscanf(map, "%u %u %u", &inside, &outside, &count) != 3 || inside || outside ||
	       count != UINT32_MAX;
}
