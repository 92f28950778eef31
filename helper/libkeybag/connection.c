// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connection.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "../common/cleanup.h"
#include "../common/paths.h"

#define NANOSECONDS	UINT64_C(1000000000)
#define PAUSE_NS	UINT64_C(20000000)

uint64_t connection_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

uint64_t connection_deadline(uint64_t limit_ns)
{
	uint64_t now = connection_now();

	return limit_ns > UINT64_MAX - now ? UINT64_MAX : now + limit_ns;
}

static struct timespec remaining(uint64_t deadline, uint64_t most)
{
	uint64_t now = connection_now();
	uint64_t left = deadline > now ? deadline - now : 0;

	if (left > most)
		left = most;
	return (struct timespec){
		.tv_sec = (time_t)(left / NANOSECONDS),
		.tv_nsec = (long)(left % NANOSECONDS),
	};
}

int connection_wait(int fd, short events, uint64_t deadline)
{
	struct pollfd poll = { .fd = fd, .events = events };
	struct timespec left;
	int ready;

	do {
		left = remaining(deadline, 3600 * NANOSECONDS);
		ready = ppoll(&poll, 1, &left, NULL);
	} while ((ready < 0 && errno == EINTR) || (!ready && connection_now() < deadline));
	if (ready < 0)
		return -errno;
	if (!ready)
		return -ETIMEDOUT;
	/* A peer that hung up may have left a last message: that is read first. */
	return poll.revents & (POLLERR | POLLNVAL) ? -ECONNRESET : 0;
}

int connection_pause(uint64_t deadline)
{
	struct timespec left = remaining(deadline, PAUSE_NS);

	if (connection_now() >= deadline)
		return -ETIMEDOUT;
	nanosleep(&left, NULL);
	return 0;
}

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
			if (connection_pause(deadline) < 0)
				return -ETIMEDOUT;
			break;
		case -ENOENT:
			if (!again)
				return -ECONNREFUSED;
			/* fall through */
		case -ECONNREFUSED:
			if (connection_pause(patience < deadline ? patience : deadline) < 0)
				return -ECONNREFUSED;
			break;
		case -EACCES:
			return -EPERM;
		default:
			return result;
		}
	}
}
