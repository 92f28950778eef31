// SPDX-License-Identifier: LGPL-2.1-or-later
#include "deadline.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define SECOND_NS	UINT64_C(1000000000)
#define PAUSE_NS	UINT64_C(20000000)

uint64_t deadline_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

uint64_t deadline_after(uint64_t limit_ns)
{
	uint64_t now = deadline_now();

	return limit_ns > UINT64_MAX - now ? UINT64_MAX : now + limit_ns;
}

uint64_t deadline_left(uint64_t deadline)
{
	uint64_t now = deadline_now();

	return deadline == UINT64_MAX ? UINT64_MAX : deadline > now ? deadline - now : 0;
}

static struct timespec remaining(uint64_t deadline, uint64_t most)
{
	uint64_t left = deadline_left(deadline);

	if (left > most)
		left = most;
	return (struct timespec){
		.tv_sec = (time_t)(left / SECOND_NS),
		.tv_nsec = (long)(left % SECOND_NS),
	};
}

int deadline_poll(int fd, short events, uint64_t deadline)
{
	struct pollfd wait = { .fd = fd, .events = events };
	struct timespec left;
	int ready;

	do {
		left = remaining(deadline, 3600 * SECOND_NS);
		ready = ppoll(&wait, 1, &left, NULL);
	} while ((ready < 0 && errno == EINTR) || (!ready && deadline_now() < deadline));
	if (ready < 0)
		return -errno;
	if (!ready)
		return -ETIMEDOUT;
	/* A peer that hung up may have left a last message, also where it has not read ours: that is read first. */
	return wait.revents & events || !(wait.revents & (POLLERR | POLLNVAL)) ? 0 : -ECONNRESET;
}

int deadline_pause(uint64_t deadline)
{
	struct timespec left = remaining(deadline, PAUSE_NS);

	if (deadline_now() >= deadline)
		return -ETIMEDOUT;
	nanosleep(&left, NULL);
	return 0;
}
