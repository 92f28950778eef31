// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static int load_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	if (fd < 0)
		return -errno;
	result = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return result;
}

int module_load(const char *name)
{
	const char *folder = getenv("KEYBAG_SELFTEST_MODULES");
	char own[PATH_MAX] = "", path[2 * PATH_MAX];
	struct utsname kernel;
	ssize_t length;
	int result;

	if (folder) {
		snprintf(path, sizeof(path), "%s/%s.ko", folder, name);
		return load_file(path);
	}
	length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	if (length <= 0 || uname(&kernel))
		return -ENOENT;
	*strrchr(own, '/') = '\0';
	snprintf(path, sizeof(path), "%s/../modules/%s/%s.ko", own, kernel.release, name);
	result = load_file(path);
	if (result != -ENOENT)
		return result;
	snprintf(path, sizeof(path), "%s/%s.ko", own, name);
	return load_file(path);
}

void module_allow_unload(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/removable", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		perror(path);
	close(fd);
}

int module_unload(const char *name)
{
	module_allow_unload(name);
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int module_users(const char *name)
{
	char path[128];
	FILE *file;
	int count;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	file = fopen(path, "re");
	if (!file)
		return -ENOENT;
	if (fscanf(file, "%d", &count) != 1)
		count = -EIO;
	fclose(file);
	return count;
}
