// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connect.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "helper/common/cleanup.h"
#include "helper/common/deadline.h"
#include "helper/keychain/common/wire.h"

#define SECOND_NS		UINT64_C(1000000000)

/* How long a service that was there, or has left its socket behind, may take to start again. */
#define PATIENCE_AGAIN_NS	(10 * SECOND_NS)
#define PATIENCE_FIRST_NS	(3 * SECOND_NS)

/* What the kernel says of a uid that has none in the caller's user namespace. */
#define UID_OF_OUTSIDERS	65534

/* The map of the initial user namespace is the identity. */
static bool in_user_namespace(void)
{
	unsigned int inside, outside, count;
	FILE *file = fopen("/proc/self/uid_map", "re");
	bool initial = file && fscanf(file, "%u %u %u", &inside, &outside, &count) == 3 &&
		       !inside && !outside && count == UINT32_MAX;

	if (file)
		fclose(file);
	return !initial;
}

/*
 * Secrets go to this peer. A service manager that listens for it is root's. In a sandbox neither has
 * a uid: who made its file system has vouched for the socket.
 */
static int check_peer(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return -errno;
	if (!peer.uid || peer.uid == wire_service_uid())
		return 0;
	return peer.uid == UID_OF_OUTSIDERS && in_user_namespace() ? 0 : -EPERM;
}

static int try_connect(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = KEYCHAIN_SOCKET,
	};
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int result;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	result = check_peer(fd);
	return result < 0 ? result : take_descriptor(&fd);
}

int connect_service(bool again, uint64_t deadline)
{
	uint64_t patience = deadline_after(again ? PATIENCE_AGAIN_NS : PATIENCE_FIRST_NS);
	int result;

	if (patience > deadline)
		patience = deadline;
	for (;;) {
		result = try_connect();
		if (result >= 0)
			return result;
		switch (result) {
		case -EAGAIN:
			/* Its queue of connections is full. */
			if (deadline_pause(deadline) < 0)
				return -ETIMEDOUT;
			break;
		case -ENOENT:
			if (!again)
				return -ECONNREFUSED;
			/* fall through */
		case -ECONNREFUSED:
			if (deadline_pause(patience) < 0)
				return -ECONNREFUSED;
			break;
		case -EACCES:
			return -EPERM;
		default:
			return result;
		}
	}
}
