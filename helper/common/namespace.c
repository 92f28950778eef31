// SPDX-License-Identifier: LGPL-2.1-or-later
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define NUMBERS	"NSpid:\t"

/* A kernel without PID namespaces. */
static bool has_no_pid_namespaces(void)
{
	return access("/proc/self/ns/pid", F_OK) && errno == ENOENT;
}

/* The line has its number in each namespace, from ours inwards; it stands behind that of its groups, of up to 65536. */
bool in_inner_pid_namespace(pid_t pid)
{
	FILE *status CLEANUP_FILE = NULL;
	char *line CLEANUP_FREE = NULL, path[64];
	size_t capacity = 0;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	if (!status)
		return true;
	while ((length = getline(&line, &capacity, status)) > 0) {
		if (!strncmp(line, NUMBERS, strlen(NUMBERS)))
			return strpbrk(line + strlen(NUMBERS), " \t") || line[length - 1] != '\n';
	}
	return ferror(status) || !has_no_pid_namespaces();
}

struct map {
	unsigned int inside;
	unsigned int outside;
	unsigned int count;
};

enum map_outcome {
	MAP_READ,
	MAP_OTHER,		/* not of one range */
	MAP_HIDDEN,		/* cannot be read */
};

/* Its only range. It can be read without a right to look into the process. */
static enum map_outcome read_map(pid_t pid, struct map *ret_map)
{
	char path[64] = "/proc/self/uid_map", text[128];
	CLEANUP_FD int fd = -1;
	ssize_t length;
	int end = 0;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return MAP_HIDDEN;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return MAP_HIDDEN;
	text[length] = 0;
	return sscanf(text, "%u %u %u %n", &ret_map->inside, &ret_map->outside, &ret_map->count, &end) == 3 && end == length ?
	       MAP_READ : MAP_OTHER;
}

/* The initial namespace has the identity as its map. */
static bool is_initial(const struct map *map)
{
	return !map->inside && !map->outside && map->count == UINT32_MAX;
}

bool in_user_namespace(pid_t pid)
{
	struct map map;

	return read_map(pid, &map) != MAP_READ || !is_initial(&map);
}

bool surely_in_user_namespace(void)
{
	struct map map;

	switch (read_map(0, &map)) {
	case MAP_READ:
		return !is_initial(&map);
	case MAP_OTHER:
		return true;
	case MAP_HIDDEN:
		break;
	}
	return false;
}

bool in_others_user_namespace(pid_t pid, uid_t uid)
{
	struct map map;

	return read_map(pid, &map) != MAP_READ || (!is_initial(&map) && (map.outside != uid || map.count != 1));
}
