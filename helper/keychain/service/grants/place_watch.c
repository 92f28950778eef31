// SPDX-License-Identifier: GPL-2.0-or-later
#include "place_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define MOVES	(IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW)

/* Where a folder is absent, the one above it is where it appears. A link is refused: what it leads to may move as well. */
static bool watch_folder(int above, const char *path)
{
	return inotify_add_watch(above, path, MOVES) >= 0 || errno == ENOENT;
}

static bool is_link(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* From above, so that what moves meanwhile is seen. */
static bool watch_path(int above, const char *folder)
{
	size_t length = strlen(folder);
	char path[512];

	if (length >= sizeof(path) || (*folder != '/' && !watch_folder(above, ".")))
		return false;
	strcpy(path, folder);
	for (size_t i = 0; i < length; i++) {
		if (folder[i] != '/')
			continue;
		path[i] = 0;
		if (!watch_folder(above, i ? path : "/"))
			return false;
		path[i] = '/';
	}
	return !is_link(folder);
}

static void begin(struct place_watch *watch)
{
	cleanup_descriptor(&watch->above);
	if (watch->mounts < 0)
		watch->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	watch->above = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watch->whole = watch->above >= 0 && watch->mounts >= 0;
	for (size_t i = 0; i < watch->count && watch->whole; i++)
		watch->whole = watch_path(watch->above, watch->folders[i]);
}

void place_watch_begin(struct place_watch *watch, const char *const *folders, size_t count)
{
	watch->folders = folders;
	watch->count = count;
	watch->second = -1;
	begin(watch);
}

bool place_watch_stirred(struct place_watch *watch, int descriptor, bool *ret_ready)
{
	struct pollfd polled[] = {
		{ .fd = descriptor, .events = POLLIN },
		{ .fd = watch->above, .events = POLLIN },
		{ .fd = watch->mounts, .events = POLLPRI },
	};
	bool unknown = poll(polled, sizeof(polled) / sizeof(polled[0]), 0) < 0, moved = polled[1].revents || polled[2].revents;
	struct timespec now;
	bool stirred;

	*ret_ready = unknown || polled[0].revents;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	stirred = unknown || moved || !watch->whole || now.tv_sec != watch->second;
	watch->second = now.tv_sec;
	/* Other folders may be above now. Moves after this are seen, and those before it are looked up. */
	if (moved)
		begin(watch);
	return stirred;
}
