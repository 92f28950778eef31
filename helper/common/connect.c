// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connect.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cleanup.h"
#include "deadline.h"
#include "descriptor.h"

/* Secrets go to this peer. */
static int check_peer(int fd, int (*vouch)(uid_t uid))
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return -errno;
	return vouch(peer.uid);
}

static int try_connect(const char *path, int (*vouch)(uid_t uid))
{
	CLEANUP_FD int fd =
		descriptor_above_standard(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int result;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	result = check_peer(fd, vouch);
	return result < 0 ? result : take_descriptor(&fd);
}

int connect_service(const char *path, int (*vouch)(uid_t uid), bool again, uint64_t patience_ns, uint64_t deadline)
{
	uint64_t patience = deadline_after(patience_ns);
	int result;

	if (patience > deadline)
		patience = deadline;
	for (;;) {
		result = try_connect(path, vouch);
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
			/* One that starts removes the socket that was left behind, and makes another. */
			again = true;
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
