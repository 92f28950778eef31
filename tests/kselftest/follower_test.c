// SPDX-License-Identifier: GPL-2.0-only
/*
 * The follower: when the daemon that locks keybags is gone, the kernel locks them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bag.h"
#include "daemon.h"
#include "harness.h"

#define FOLLOWER_FLAGS	(KEYBAG_VERSION_FOLLOWED | KEYBAG_VERSION_FOLLOWER_LOST)

static int follow_with(int fd, __u32 flags)
{
	struct keybag_follow follow = { .flags = flags };

	return command(fd, KEYBAG_IOC_FOLLOW, &follow);
}

static int follow(int fd)
{
	return follow_with(fd, 0);
}

static int end(int fd)
{
	return follow_with(fd, KEYBAG_FOLLOW_END);
}

/* CLOCK_MONOTONIC, ns. */
static __u64 monotonic(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (__u64)time.tv_sec * 1000000000 + time.tv_nsec;
}

FIXTURE(follower)
{
	struct bag bag;		/* unlocked */
	struct bag open;	/* without a passcode */
	int watch;		/* bound to the first; its first event was read */
	int first;		/* open files that follow */
	int second;
};

FIXTURE_SETUP(follower)
{
	struct keybag_event event;
	int device = device_open(), foreign = foreign_bags(device);

	close(device);
	if (foreign)
		SKIP_IN_SETUP("this machine's own bags are loaded");
	daemon_stop();
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	ASSERT_EQ(0, bag_init(&self->open));
	self->open.owner = OTHER_OWNER;
	self->open.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	ASSERT_EQ(0, bag_create(&self->open));
	ASSERT_EQ(0, bag_load(&self->open));
	self->first = device_open();
	self->second = device_open();
	ASSERT_EQ(0, follow(self->first));
	ASSERT_EQ(0, end(self->first));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	self->watch = bag_bind(&self->bag);
	ASSERT_LE(0, self->watch);
	ASSERT_EQ(sizeof(event), read(self->watch, &event, sizeof(event)));
}

FIXTURE_TEARDOWN(follower)
{
	int device = device_open();

	follow(device);
	end(device);
	close(device);
	close(self->first);
	close(self->second);
	close(self->watch);
	bag_finish(&self->open);
	bag_finish(&self->bag);
	daemon_start();
}

static __u32 version_flags(int fd)
{
	struct keybag_version version = {};

	return command(fd, KEYBAG_IOC_VERSION, &version) ? ~0U : version.flags & FOLLOWER_FLAGS;
}

static ssize_t read_event(int watch)
{
	struct keybag_event event;

	return read(watch, &event, sizeof(event));
}

/* Waits for a bag to be locked because of the follower; when it was, or 0. */
static __u64 locked_at(int watch)
{
	struct pollfd poll_fd = { .fd = watch, .events = POLLIN };
	struct keybag_event event = {};
	__u64 time;

	if (poll(&poll_fd, 1, PATIENCE_MS) != 1)
		return 0;
	time = monotonic();
	if (read(watch, &event, sizeof(event)) != sizeof(event))
		return 0;
	return event.state == KEYBAG_STATE_LOCKED && event.reason == KEYBAG_REASON_FOLLOWER &&
	       !event.requester.uid && !event.requester.pid ? time : 0;
}

/* The open file counts: its last reference, and not that of another. */
TEST_F(follower, one)
{
	struct keybag_follow follow_command = {};
	int copy;

	EXPECT_EQ(0, version_flags(self->bag.device));
	EXPECT_EQ(-ENOENT, end(self->first));
	ASSERT_EQ(0, command(self->first, KEYBAG_IOC_FOLLOW, &follow_command));
	EXPECT_EQ(KEYBAG_FOLLOW_TIMEOUT_NS, follow_command.timeout_ns);
	EXPECT_EQ(KEYBAG_VERSION_FOLLOWED, version_flags(self->bag.device));
	EXPECT_EQ(0, follow(self->first));

	/* A new one takes its place. */
	ASSERT_EQ(0, follow(self->second));
	EXPECT_EQ(-ENOENT, end(self->first));
	close(self->first);
	EXPECT_EQ(KEYBAG_VERSION_FOLLOWED, version_flags(self->bag.device));

	copy = dup(self->second);
	close(self->second);
	EXPECT_EQ(KEYBAG_VERSION_FOLLOWED, version_flags(self->bag.device));
	close(copy);
	EXPECT_EQ(KEYBAG_VERSION_FOLLOWER_LOST, version_flags(self->bag.device));
	/* It may come back. */
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	self->first = device_open();
	EXPECT_EQ(0, follow(self->first));
	EXPECT_EQ(KEYBAG_VERSION_FOLLOWED, version_flags(self->bag.device));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	self->second = -1;
}

TEST_F(follower, ended)
{
	ASSERT_EQ(0, follow(self->first));
	EXPECT_EQ(-ENOENT, end(self->second));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	EXPECT_EQ(0, end(self->first));
	EXPECT_EQ(0, version_flags(self->bag.device));
	/* At once, and what cannot lock is passed over. */
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));
	EXPECT_NE(0, locked_at(self->watch));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->open));
}

/* Not renewed, though open; then unlocked with nobody there. */
TEST_F(follower, unrenewed)
{
	struct keybag_status status;
	__u64 begun, locked;

	ASSERT_EQ(0, follow(self->first));
	/* Only the last renewal counts. */
	sleep(2);
	begun = monotonic();
	ASSERT_EQ(0, follow(self->first));
	locked = locked_at(self->watch);
	EXPECT_LE(begun + KEYBAG_FOLLOW_TIMEOUT_NS, locked);
	EXPECT_EQ(KEYBAG_VERSION_FOLLOWER_LOST, version_flags(self->bag.device));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, status.state);
	EXPECT_EQ(KEYBAG_REASON_FOLLOWER, status.reason);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->open));

	begun = monotonic();
	ASSERT_EQ(0, bag_unlock(&self->bag));
	ASSERT_EQ(sizeof(struct keybag_event), read_event(self->watch));
	locked = locked_at(self->watch);
	EXPECT_LE(begun + KEYBAG_FOLLOW_TIMEOUT_NS, locked);

	/* Late, but there. */
	EXPECT_EQ(0, follow(self->first));
	EXPECT_EQ(KEYBAG_VERSION_FOLLOWED, version_flags(self->bag.device));
}

/* A keybag that is given a passcode meanwhile is waited for like one that is unlocked. */
TEST_F(follower, closed)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	__u64 begun;

	begun = monotonic();
	ASSERT_EQ(0, follow(self->first));
	close(self->first);
	self->first = -1;
	EXPECT_LE(begun + KEYBAG_FOLLOW_TIMEOUT_NS, locked_at(self->watch));

	close(self->watch);
	self->watch = bag_bind(&self->open);
	begun = monotonic();
	ASSERT_EQ(0, bag_set_passcode(&self->open, &self->open.secret, &passcode));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->open));
	ASSERT_EQ(sizeof(struct keybag_event), read_event(self->watch));
	EXPECT_LE(begun + KEYBAG_FOLLOW_TIMEOUT_NS, locked_at(self->watch));
}

TEST_HARNESS_MAIN
