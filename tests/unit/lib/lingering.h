/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket whose last close waits for its other end, which reads nothing: as good as for ever.
 */
#ifndef TESTS_UNIT_LIB_LINGERING_H
#define TESTS_UNIT_LIB_LINGERING_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LINGER_S	100000

/* The other end stays open. */
static inline int lingering_socket(void)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = LINGER_S };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static const char bytes[65536];
	socklen_t size = sizeof(address);

	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 || connect(fd, (struct sockaddr *)&address, size) < 0 ||
	    accept(listener, NULL, NULL) < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
		abort();
	close(listener);
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	return fd;
}

/* Sends a byte with descriptors, which are closed: those of the message are the last. */
static inline void send_closing(int to, const int *descriptors, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(253 * sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec part = { (char[]){ 0 }, 1 };
	const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
					.msg_controllen = CMSG_SPACE(count * sizeof(int)) };

	memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof(int));
	if (sendmsg(to, &message, 0) != 1)
		abort();
	for (size_t at = 0; at < count; at++)
		close(descriptors[at]);
}

static inline void end_lingering(int number)
{
	(void)number;
}

/* From then on closes that linger are interrupted, so that a test of them fails instead of waiting for ever. */
static inline void lingering_ends_after(int seconds)
{
	const struct sigaction action = { .sa_handler = end_lingering };
	const struct itimerval often = { .it_value = { .tv_sec = seconds }, .it_interval = { .tv_usec = 100000 } };

	if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &often, NULL) < 0)
		abort();
}

static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif /* TESTS_UNIT_LIB_LINGERING_H */
