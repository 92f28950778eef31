// SPDX-License-Identifier: GPL-2.0-only
/* vm: cpus=2 */
/*
 * Events of a bound descriptor: read(2) and poll(2), and what status says of the last one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"
#include "privilege.h"

#define WAIT_MS	5000

FIXTURE(event)
{
	struct bag bag;		/* unlocked */
	int fd;			/* does not block */
};

FIXTURE_SETUP(event)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
}

FIXTURE_TEARDOWN(event)
{
	close(self->fd);
	bag_finish(&self->bag);
}

/* The next event: its state, or a negative errno. */
static int next(int fd, struct keybag_event *event)
{
	ssize_t length = read(fd, event, sizeof(*event));

	if (length < 0)
		return -errno;
	return length == sizeof(*event) ? (int)event->state : -EIO;
}

static short ready(int fd)
{
	struct pollfd poll_for = { .fd = fd, .events = POLLIN | POLLPRI };

	return poll(&poll_for, 1, 0) < 0 ? POLLERR : poll_for.revents;
}

TEST_F(event, first_is_the_state_at_bind)
{
	struct keybag_event event;
	struct keybag_status status;

	EXPECT_TRUE(ready(self->fd) & POLLIN);
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, next(self->fd, &event));
	EXPECT_EQ(status.state_seq, event.state_seq);
	EXPECT_EQ(status.state_time_ns, event.time_ns);
	EXPECT_EQ(status.reason, event.reason);
	EXPECT_EQ(KEYBAG_REASON_REQUEST, event.reason);
	EXPECT_EQ(sizeof(event), event.size);
	EXPECT_EQ(KEYBAG_EVENT_STATE, event.type);
	EXPECT_EQ(-EAGAIN, next(self->fd, &event));
	EXPECT_FALSE(ready(self->fd) & POLLIN);
}

TEST_F(event, each_change)
{
	static const struct {
		int (*step)(struct bag *bag);
		int state;
	} steps[] = {
		{ bag_lock, KEYBAG_STATE_LOCKED },
		{ bag_unlock, KEYBAG_STATE_UNLOCKED },
		{ bag_lock_full, KEYBAG_STATE_BEFORE_FIRST_UNLOCK },
		{ bag_unlock, KEYBAG_STATE_UNLOCKED },
		{ bag_lock, KEYBAG_STATE_LOCKED },
		{ bag_lock_full, KEYBAG_STATE_BEFORE_FIRST_UNLOCK },
	};
	struct keybag_event event, last;
	struct timespec begin, end;
	unsigned int i;

	ASSERT_LE(0, next(self->fd, &last));
	clock_gettime(CLOCK_REALTIME, &begin);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ASSERT_EQ(0, steps[i].step(&self->bag));
		EXPECT_TRUE(ready(self->fd) & POLLIN);
		EXPECT_EQ(steps[i].state, next(self->fd, &event));
		EXPECT_EQ(last.state_seq + 1, event.state_seq);
		EXPECT_LE(last.time_ns, event.time_ns);
		last = event;
	}
	clock_gettime(CLOCK_REALTIME, &end);
	EXPECT_LE((__u64)begin.tv_sec, event.time_ns / 1000000000);
	EXPECT_GE((__u64)end.tv_sec, event.time_ns / 1000000000);
	EXPECT_EQ(-EAGAIN, next(self->fd, &event));
}

/* A thread that waits by an epoll instance of its own, alone for its descriptor. */
struct exclusive_waiter {
	int epoll;
	pthread_t thread;
	int count;
};

static void *wait_alone(void *argument)
{
	struct exclusive_waiter *waiter = argument;
	struct epoll_event event;

	waiter->count = epoll_wait(waiter->epoll, &event, 1, WAIT_MS);
	return NULL;
}

/* Exclusive is among those that wait for one descriptor: each has its own. */
TEST_F(event, exclusive_wait)
{
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct exclusive_waiter waiters[3] = {};
	struct keybag_event event;
	int fds[ARRAY_SIZE(waiters)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		fds[i] = bag_bind(&self->bag);
		waiters[i].epoll = epoll_create1(EPOLL_CLOEXEC);
		ASSERT_LE(0, next(fds[i], &event));
		ASSERT_EQ(0, epoll_ctl(waiters[i].epoll, EPOLL_CTL_ADD, fds[i], &wanted));
		ASSERT_EQ(0, pthread_create(&waiters[i].thread, NULL, wait_alone, &waiters[i]));
	}
	/* A waiter that comes too late for this finds the event as well. */
	usleep(300000);
	ASSERT_EQ(0, bag_lock(&self->bag));
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		pthread_join(waiters[i].thread, NULL);
		EXPECT_EQ(1, waiters[i].count);
		close(waiters[i].epoll);
		close(fds[i]);
	}
}

/* A command that changes no state is no event. */
TEST_F(event, no_change)
{
	struct keybag_event event;

	ASSERT_LE(0, next(self->fd, &event));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(-EAGAIN, next(self->fd, &event));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, next(self->fd, &event));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(-EAGAIN, next(self->fd, &event));
}

/* An event says who asked, and why, as the helper told it. */
TEST_F(event, requester)
{
	struct keybag_lock lock = {
		.reason = KEYBAG_REASON_SCREEN, .requester = { .uid = 4711, .pid = 815 },
	};
	struct keybag_unlock unlock = {
		.reason = KEYBAG_REASON_LOGIN, .requester = { .uid = 4712, .pid = 816 },
	};
	struct keybag_status status;
	struct keybag_event event;
	struct keybag_try try;

	ASSERT_LE(0, next(self->fd, &event));
	memcpy(lock.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	ASSERT_EQ(0, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, next(self->fd, &event));
	EXPECT_EQ(KEYBAG_REASON_SCREEN, event.reason);
	EXPECT_EQ(4711, event.requester.uid);
	EXPECT_EQ(815, event.requester.pid);
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(KEYBAG_REASON_SCREEN, status.reason);
	EXPECT_EQ(4711, status.requester.uid);

	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	unlock.try_id = try.try_id;
	ASSERT_EQ(0, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, next(self->fd, &event));
	EXPECT_EQ(KEYBAG_REASON_LOGIN, event.reason);
	EXPECT_EQ(4712, event.requester.uid);
	EXPECT_EQ(816, event.requester.pid);
}

TEST_F(event, reasons_of_the_kernel)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct keybag_event event;
	struct bag open;
	int fd;

	ASSERT_EQ(0, bag_init(&open));
	open.owner = OTHER_OWNER;
	open.secret = none;
	ASSERT_EQ(0, bag_create(&open));
	ASSERT_EQ(0, bag_load(&open));
	fd = bag_bind(&open);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, next(fd, &event));
	EXPECT_EQ(KEYBAG_REASON_LOAD, event.reason);
	close(fd);
	bag_finish(&open);

	ASSERT_LE(0, next(self->fd, &event));
	ASSERT_EQ(0, bag_lock(&self->bag));
	ASSERT_EQ(KEYBAG_STATE_LOCKED, next(self->fd, &event));
	ASSERT_EQ(0, bag_remove_passcode(&self->bag, &self->bag.secret));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, next(self->fd, &event));
	EXPECT_EQ(KEYBAG_REASON_PASSCODE, event.reason);
}

/* Slow readers see the newest, and by the numbers that something is missing. */
TEST_F(event, gap)
{
	struct keybag_event event;
	struct keybag_status status;
	__u64 first, last;
	unsigned int i, count = 0;

	ASSERT_LE(0, next(self->fd, &event));
	first = event.state_seq;
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, bag_lock(&self->bag));
		ASSERT_EQ(0, bag_unlock(&self->bag));
	}
	last = first;
	while (next(self->fd, &event) >= 0) {
		EXPECT_LT(last, event.state_seq);
		if (count) {
			EXPECT_EQ(last + 1, event.state_seq);
		}
		last = event.state_seq;
		count++;
	}
	EXPECT_LT(0, count);
	EXPECT_GT(100, count);
	EXPECT_EQ(first + 100, last);
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(last, status.state_seq);
}

TEST_F(event, several_at_a_time)
{
	struct keybag_event events[8];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, bag_lock(&self->bag));
		ASSERT_EQ(0, bag_unlock(&self->bag));
	}
	EXPECT_EQ(7 * sizeof(events[0]), read(self->fd, events, sizeof(events)));
	for (i = 1; i < 7; i++) {
		EXPECT_EQ(events[i - 1].state_seq + 1, events[i].state_seq);
	}
	EXPECT_EQ(-1, read(self->fd, events, sizeof(events)));
	EXPECT_EQ(EAGAIN, errno);
}

/* Never half an event. */
TEST_F(event, short_buffer)
{
	struct keybag_event events[2];

	EXPECT_EQ(-1, read(self->fd, events, sizeof(events[0]) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, read(self->fd, events, 0));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(sizeof(events[0]), read(self->fd, events, 2 * sizeof(events[0]) - 1));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, next(self->fd, events));
	EXPECT_EQ(-1, write(self->fd, events, sizeof(events[0])));
}

TEST_F(event, each_descriptor)
{
	struct keybag_event event;
	int other = bag_bind(&self->bag);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, fcntl(other, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, next(self->fd, &event));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, next(self->fd, &event));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, next(other, &event));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, next(other, &event));
	close(other);
	/* One that comes later begins with what is. */
	other = bag_bind(&self->bag);
	EXPECT_EQ(KEYBAG_STATE_LOCKED, next(other, &event));
	close(other);
}

struct waiter {
	int fd;
	struct keybag_event event;
	int result;
};

static void *wait_for_event(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = next(waiter->fd, &waiter->event);
	return NULL;
}

static void *wait_by_poll(void *argument)
{
	struct waiter *waiter = argument;
	struct pollfd poll_for = { .fd = waiter->fd, .events = POLLIN };

	waiter->result = poll(&poll_for, 1, PATIENCE_MS) == 1 ? poll_for.revents : -ETIME;
	return NULL;
}

TEST_F(event, wakes_reader)
{
	struct waiter waiter = { .fd = bag_bind(&self->bag) };
	pthread_t thread;

	ASSERT_LE(0, waiter.fd);
	ASSERT_LE(0, next(waiter.fd, &waiter.event));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_event, &waiter));
	usleep(100000);
	ASSERT_EQ(0, bag_lock(&self->bag));
	pthread_join(thread, NULL);
	EXPECT_EQ(KEYBAG_STATE_LOCKED, waiter.result);

	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_by_poll, &waiter));
	usleep(100000);
	ASSERT_EQ(0, bag_unlock(&self->bag));
	pthread_join(thread, NULL);
	EXPECT_TRUE(waiter.result > 0 && waiter.result & POLLIN);
	close(waiter.fd);
}

/* The end: one event says so, and after it there is nothing to wait for. */
TEST_F(event, bag_gone)
{
	struct waiter waiter = { .fd = bag_bind(&self->bag) };
	struct keybag_event event;
	struct keybag_status status = {};
	pthread_t thread;

	ASSERT_LE(0, waiter.fd);
	ASSERT_LE(0, next(waiter.fd, &waiter.event));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_event, &waiter));
	usleep(100000);
	EXPECT_FALSE(ready(self->fd) & POLLHUP);
	ASSERT_EQ(0, bag_unload(&self->bag));
	pthread_join(thread, NULL);
	EXPECT_EQ(KEYBAG_STATE_GONE, waiter.result);
	EXPECT_EQ(KEYBAG_REASON_UNLOAD, waiter.event.reason);

	EXPECT_TRUE(ready(self->fd) & POLLHUP);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, next(self->fd, &event));
	EXPECT_EQ(KEYBAG_STATE_GONE, next(self->fd, &event));
	EXPECT_EQ(-EKEYREVOKED, next(self->fd, &event));
	EXPECT_EQ(-EKEYREVOKED, next(waiter.fd, &event));
	EXPECT_TRUE(ready(self->fd) & POLLHUP);
	EXPECT_EQ(-EKEYREVOKED, command(self->fd, KEYBAG_IOC_STATUS, &status));
	/* A new load is a new bag. */
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, next(self->fd, &event));
	close(waiter.fd);
}

TEST_F(event, unbound)
{
	struct keybag_event event;
	int fd = device_open();

	EXPECT_EQ(-ENOTCONN, next(fd, &event));
	EXPECT_TRUE(ready(fd) & (POLLERR | POLLHUP));
	close(fd);
}

/* -- the record of guesses and wraps has to be saved -- */

static int bind_unprivileged(void *argument)
{
	int *fds = argument;
	struct keybag_bind bind = { .by = KEYBAG_BIND_UID, .uid = OWNER };
	int result = command(fds[0], KEYBAG_IOC_BIND, &bind);

	/* Poll here: what was bound without the capability does not hear of it. */
	return result ? result : ready(fds[0]);
}

TEST_F(event, record_to_be_saved)
{
	struct keybag_status status;
	struct keybag_read read;
	int unprivileged = device_open();
	__u8 blob[1 + KEYBAG_BLOB_OVERHEAD];

	ASSERT_EQ(0, bag_read_record(&self->bag, &read));
	ASSERT_EQ(0, bag_record_saved(&self->bag, read.sequence));
	EXPECT_FALSE(ready(self->fd) & POLLPRI);
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_FALSE(status.flags & KEYBAG_STATUS_RECORD_DIRTY);

	/* The first wrap under a class begins a step of 2^20 of them. */
	ASSERT_EQ(sizeof(blob), data_wrap(self->fd, KEYBAG_CLASS_CK, "x", 1, NO_AAD, blob));
	EXPECT_TRUE(ready(self->fd) & POLLPRI);
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_TRUE(status.flags & KEYBAG_STATUS_RECORD_DIRTY);
	EXPECT_FALSE(run_with(AS_USER, OWNER, bind_unprivileged, &unprivileged) & POLLPRI);

	/* An older one saved is not enough. */
	EXPECT_EQ(0, bag_record_saved(&self->bag, read.sequence));
	EXPECT_TRUE(ready(self->fd) & POLLPRI);
	ASSERT_EQ(0, bag_read_record(&self->bag, &read));
	EXPECT_TRUE(ready(self->fd) & POLLPRI);
	EXPECT_EQ(0, bag_record_saved(&self->bag, read.sequence));
	EXPECT_FALSE(ready(self->fd) & POLLPRI);
	/* The second is in the same step. */
	ASSERT_EQ(sizeof(blob), data_wrap(self->fd, KEYBAG_CLASS_CK, "x", 1, NO_AAD, blob));
	EXPECT_FALSE(ready(self->fd) & POLLPRI);
	ASSERT_EQ(sizeof(blob), data_wrap(self->fd, KEYBAG_CLASS_AK, "x", 1, NO_AAD, blob));
	EXPECT_TRUE(ready(self->fd) & POLLPRI);
	close(unprivileged);
}

/* A lock that voids a try: the record on disk counts a guess that never was. */
TEST_F(event, record_after_a_voided_try)
{
	struct keybag_read read;
	struct keybag_try try;

	ASSERT_EQ(0, bag_read_record(&self->bag, &read));
	ASSERT_EQ(0, bag_record_saved(&self->bag, read.sequence));
	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_TRUE(ready(self->fd) & POLLPRI);
	ASSERT_EQ(0, bag_read_record(&self->bag, &read));
	EXPECT_EQ(0, bag_record_saved(&self->bag, read.sequence));
	EXPECT_FALSE(ready(self->fd) & POLLPRI);
}

TEST_HARNESS_MAIN
