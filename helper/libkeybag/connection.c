// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connection.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../common/cleanup.h"
#include "../common/deadline.h"
#include "../common/paths.h"


/* Secrets go to this peer: it has to be root's. */
static int check_peer(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return -errno;
	return peer.uid ? -EPERM : 0;
}

static int try_connect(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = KEYBAG_SOCKET,
	};
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int result;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	result = check_peer(fd);
	if (result < 0)
		return result;
	return take_descriptor(&fd);
}

int connection_open(bool again, uint64_t patience, uint64_t deadline)
{
	int result;

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
			if (deadline_pause(patience < deadline ? patience : deadline) < 0)
				return -ECONNREFUSED;
			break;
		case -EACCES:
			return -EPERM;
		default:
			return result;
		}
	}
}
