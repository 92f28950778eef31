// SPDX-License-Identifier: GPL-2.0-only
/* vm: cpus=2 */
/*
 * Changes of protectors while something else happens to the bag: another change, a load, a lock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bag.h"
#include "harness.h"
#include "stall.h"

#define ALL_AVAILABLE	(WHEN_UNLOCKED_CLASSES | AFTER_FIRST_CLASSES | ALWAYS_CLASSES)
#define AKPU		KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU)

FIXTURE(change_race)
{
	struct bag bag;			/* unlocked */
};

FIXTURE_SETUP(change_race)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
}

FIXTURE_TEARDOWN(change_race)
{
	bag_finish(&self->bag);
}

static struct keybag_change refusal(void)
{
	return (struct keybag_change){ .action = KEYBAG_ACTION_RECOVERY_REFUSED };
}

/* -- the form cannot be returned -- */

struct stalled {
	struct bag bag;
	struct keybag_change change;
	struct stall stall;
	pthread_t thread;
	int result;
};

static void *change_stalled(void *argument)
{
	struct stalled *stalled = argument;

	stalled->result = command(stalled->bag.device, KEYBAG_IOC_CHANGE, &stalled->change);
	return NULL;
}

/*
 * A change that was left in the bag, and waits for the first page of where its form goes; there is
 * no second one.
 */
static int stalled_begin(struct stalled *stalled, const struct bag *bag)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct keybag_try try;
	int result;

	stalled->bag = *bag;
	result = bag_begin(&stalled->bag, &try);
	if (result)
		return result;
	munmap((char *)stalled->stall.pages + page, stalled->stall.length - page);
	stalled->change = refusal();
	stalled->change.try_id = try.try_id;
	memcpy(stalled->change.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	stalled->change.authority = secret_for_kernel(&stalled->bag.secret);
	stalled->change.record = bag_record_buffer(&stalled->bag);
	stalled->change.form = (struct keybag_buffer){
		.address = (uintptr_t)stalled->stall.pages + page - 64,
		.capacity = KEYBAG_MAX_FORM,
	};
	result = pthread_create(&stalled->thread, NULL, change_stalled, stalled);
	if (result)
		return -result;
	return stall_wait(&stalled->stall, PATIENCE_MS) ? 0 : -ETIMEDOUT;
}

static int stalled_end(struct stalled *stalled)
{
	stall_release(&stalled->stall);
	pthread_join(stalled->thread, NULL);
	stall_close(&stalled->stall);
	return stalled->result;
}

/* Nobody could commit it, so it does not stay. */
TEST_F(change_race, not_returned)
{
	static struct stalled stalled;
	struct keybag_change change = refusal();

	if (stall_open(&stalled.stall, STALL_USERFAULTFD))
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, stalled_begin(&stalled, &self->bag));
	EXPECT_EQ(-EBUSY, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(-EFAULT, stalled_end(&stalled));
	EXPECT_EQ(-ESTALE, bag_commit(&self->bag, 2));
	change = refusal();
	EXPECT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(3, change.generation);
	EXPECT_EQ(0, bag_commit(&self->bag, 3));
}

/* But another one stays that took its place meanwhile. */
TEST_F(change_race, not_returned_and_given_up)
{
	static struct stalled stalled;
	struct keybag_change change = refusal();

	if (stall_open(&stalled.stall, STALL_USERFAULTFD))
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, stalled_begin(&stalled, &self->bag));
	EXPECT_EQ(0, bag_abort(&self->bag, 2));
	EXPECT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(3, change.generation);
	EXPECT_EQ(-EFAULT, stalled_end(&stalled));
	EXPECT_EQ(0, bag_commit(&self->bag, 3));
}

TEST_F(change_race, not_returned_and_loaded_again)
{
	static struct stalled stalled;
	struct keybag_change change = refusal();

	if (stall_open(&stalled.stall, STALL_USERFAULTFD))
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, stalled_begin(&stalled, &self->bag));
	EXPECT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(3, change.generation);
	EXPECT_EQ(-EFAULT, stalled_end(&stalled));
	EXPECT_EQ(0, bag_commit(&self->bag, 3));
}

/* -- a lock -- */

struct locker {
	struct bag *bag;
	atomic_bool go;
	long delay;		/* ns */
};

static long nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void *lock_after(void *argument)
{
	struct locker *locker = argument;
	long begin;
	int result;

	while (!atomic_load(&locker->go))
		;
	begin = nanoseconds();
	while (nanoseconds() - begin < locker->delay)
		;
	result = bag_lock(locker->bag);
	return (void *)(intptr_t)(result == -EOPNOTSUPP ? 0 : result);
}

/* Without a passcode everything is open, wherever in the commit a lock came before that. */
TEST_F(change_race, passcode_removed_under_a_lock)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct keybag_change change;
	struct keybag_status status;
	long begin, duration = 0;
	unsigned int round;
	pthread_t thread;
	void *result;

	for (round = 0; round < 500; round++) {
		struct locker locker = { .bag = &self->bag, .delay = duration * (round % 50) / 50 };

		change = (struct keybag_change){
			.action = KEYBAG_ACTION_REMOVE_PASSCODE,
			.protector = protector_for_kernel(&none),
			.secret = secret_for_kernel(&none),
		};
		ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
		ASSERT_EQ(0, pthread_create(&thread, NULL, lock_after, &locker));
		/* The first round says how long a commit takes. */
		atomic_store(&locker.go, round > 0);
		begin = nanoseconds();
		ASSERT_EQ(0, bag_commit(&self->bag, change.generation));
		if (!round)
			duration = nanoseconds() - begin;
		atomic_store(&locker.go, true);
		pthread_join(thread, &result);
		EXPECT_EQ(NULL, result);

		ASSERT_EQ(0, bag_status(&self->bag, &status));
		EXPECT_EQ(KEYBAG_STATE_UNLOCKED, status.state);
		ASSERT_EQ(ALL_AVAILABLE & ~AKPU, status.classes_available)
		{
			TH_LOG("round %u, %ld of %ld ns", round, locker.delay, duration);
		}
		ASSERT_EQ(0, bag_set_passcode(&self->bag, &none, &self->bag.secret));
	}
}

TEST_HARNESS_MAIN
