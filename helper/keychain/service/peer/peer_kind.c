// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/common/namespace.h"

int peer_kind_of(pid_t pid, enum peer_kind *ret_kind, char ret_name[PEER_NAME_SIZE])
{
	char text[8192], path[4096];
	CLEANUP_FD int fd = -1;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = 0;
	/* A text that may be cut off counts as a container's. */
	if (length == sizeof(text) - 1 || !cgroup_path(text, path, sizeof(path)))
		snprintf(path, sizeof(path), "?");
	*ret_kind = cgroup_classify(path, ret_name);
	/* A sandbox that was started without a control group of its own is one all the same. */
	if (*ret_kind == PEER_UNCONFINED && in_inner_pid_namespace(pid)) {
		*ret_kind = PEER_CONTAINER;
		snprintf(ret_name, PEER_NAME_SIZE, "in a PID namespace");
	}
	return 0;
}

bool peer_kind_is_foreign(pid_t pid, uid_t uid, enum peer_kind kind)
{
	return kind == PEER_FLATPAK ? in_others_user_namespace(pid, uid) :
					  in_user_namespace(pid);
}

/* FNV-1a. Two applications that share a number share their room, no more. */
uint32_t peer_application(enum peer_kind kind, const char *name)
{
	uint32_t number = 2166136261U ^ (uint32_t)kind;

	if (kind == PEER_UNCONFINED)
		return 0;
	for (; *name; name++)
		number = (number ^ (unsigned char)*name) * 16777619U;
	return number ? number : 1;
}

const char *peer_kind_name(enum peer_kind kind)
{
	static const char *const names[] = {
		[PEER_UNCONFINED] = "unconfined",	[PEER_UNIT] = "system unit",
		[PEER_FLATPAK] = "Flatpak",		[PEER_SNAP] = "Snap",
		[PEER_CONTAINER] = "container",
	};

	return names[kind];
}
