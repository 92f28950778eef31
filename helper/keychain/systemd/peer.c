// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/common/namespace.h"
#include "helper/keychain/service/peer/cgroup.h"
#include "helper/keychain/service/peer/process.h"
#include "holder.h"

/* New in Linux 6.5; headers of Debian 12 do not have it. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD	77
#endif

#define refuse(why, ...) (snprintf(why, PEER_WHY_SIZE, __VA_ARGS__), false)

static int told_pidfd(int fd)
{
	socklen_t size = sizeof(int);
	int pidfd;

	return getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) < 0 ? -errno : pidfd;
}

bool peer_is_told(void)
{
	int pair[2], pidfd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	pidfd = told_pidfd(pair[0]);
	cleanup_descriptor(&pidfd);
	cleanup_descriptor(&pair[0]);
	cleanup_descriptor(&pair[1]);
	return pidfd >= 0;
}

static bool read_address(int fd, struct unit_credential *ret_wanted)
{
	struct sockaddr_un address;
	socklen_t size = sizeof(address);

	return getpeername(fd, (struct sockaddr *)&address, &size) == 0 && address.sun_family == AF_UNIX &&
	       size <= sizeof(address) && size > offsetof(struct sockaddr_un, sun_path) &&
	       unit_credential_parse(address.sun_path, size - offsetof(struct sockaddr_un, sun_path), ret_wanted);
}

/* "" where it is in the group of no unit, or cannot be looked at. */
static void read_unit(pid_t pid, char ret_unit[UNIT_NAME_SIZE])
{
	char text[8192], path[4096];
	CLEANUP_FD int fd = -1;
	ssize_t length;

	*ret_unit = 0;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0 || length == sizeof(text) - 1)
		return;
	text[length] = 0;
	if (!cgroup_path(text, path, sizeof(path)) || !unit_of_control_group(path, ret_unit))
		*ret_unit = 0;
}

/* All that is read of the process is of the one that @pidfd holds if it still runs afterwards. */
static bool look(int fd, int pidfd, bool told, struct peer *peer, char why[PEER_WHY_SIZE])
{
	/* First, as it counts in a namespace of its own, too, which it may make between the two. */
	int may_mount = process_has_capability(peer->pid, CAP_SYS_ADMIN);
	bool shut_in = in_user_namespace(peer->pid) || in_inner_pid_namespace(peer->pid);
	int holds = told ? 0 : holder_check(fd, peer->pid);

	read_unit(peer->pid, peer->unit);
	if (!process_runs(pidfd) || holds == -ESRCH) {
		*peer->unit = 0;
		return refuse(why, "the process that has connected is not there any more");
	}
	if (may_mount < 0 && may_mount != -EACCES)
		return refuse(why, "process %d cannot be seen in /proc: it has to be mounted without hidepid=", peer->pid);
	if (shut_in && access("/proc/self/uid_map", F_OK) < 0)
		return refuse(why, "the namespaces of process %d cannot be told: the kernel has no user namespaces (CONFIG_USER_NS)",
			      peer->pid);
	if (shut_in)
		return refuse(why, "process %d is in a user or PID namespace of its own, as in a container", peer->pid);
	if (holds == -ENOENT)
		return refuse(why, "the connection of process %d is of another network namespace, or the kernel has no unix_diag: "
			      "'modprobe unix_diag' loads it", peer->pid);
	if (holds < 0)
		return refuse(why, "that process %d has made the connection cannot be seen: %s", peer->pid, strerrordesc_np(-holds));
	if (may_mount < 0)
		return refuse(why, "process %d has no CAP_SYS_ADMIN, which the service manager has while it loads credentials",
			      peer->pid);
	if (!*peer->wanted.unit)
		return refuse(why, "the address of process %d%s%s names no unit and credential, as the service manager's would",
			      peer->pid, *peer->unit ? " of " : "", peer->unit);
	if (strcmp(peer->unit, peer->wanted.unit))
		return refuse(why, "process %d is not in the control group of that unit, but in that of %s", peer->pid,
			      *peer->unit ? peer->unit : "none, or of a user's manager, whose units have no system credentials");
	return true;
}

bool peer_look(int fd, struct peer *ret_peer, char ret_why[PEER_WHY_SIZE])
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	CLEANUP_FD int pidfd = -1;
	bool told;

	*ret_peer = (struct peer){ 0 };
	if (!read_address(fd, &ret_peer->wanted))
		ret_peer->wanted = (struct unit_credential){ 0 };
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return refuse(ret_why, "the kernel does not say who has connected: %s", strerrordesc_np(errno));
	ret_peer->pid = credentials.pid;
	if (credentials.uid)
		return refuse(ret_why, "process %d is of uid %u: only the system's service manager is served", credentials.pid,
			      credentials.uid);
	if (credentials.pid <= 0)
		return refuse(ret_why, "the process is in a PID namespace of its own, as in a container");
	pidfd = told_pidfd(fd);
	told = pidfd != -ENOPROTOOPT;
	if (!told)
		pidfd = pidfd_open(credentials.pid, 0);
	if (pidfd < 0)
		return refuse(ret_why, "the process that has connected is not there any more");
	return look(fd, pidfd, told, ret_peer, ret_why);
}
