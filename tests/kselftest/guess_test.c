// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guess limits: what counts, what does not, and how long to wait.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "format.h"
#include "harness.h"
#include "hold.h"

#define SECOND	1000000000ULL
#define MINUTE	(60 * SECOND)

FIXTURE(guess)
{
	struct bag bag;			/* locked */
	struct device_subkeys device;
	bool device_known;
	struct secret wrong[5];
};

FIXTURE_SETUP(guess)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];
	unsigned int i;

	ASSERT_EQ(0, bag_unlocked(&self->bag));
	ASSERT_EQ(0, bag_lock(&self->bag));
	self->device_known = !device_key(self->bag.device, key);
	if (self->device_known)
		device_subkeys(&self->device, key);
	for (i = 0; i < ARRAY_SIZE(self->wrong); i++)
		self->wrong[i] = secret_new(KEYBAG_PROTECTOR_PASSCODE);
}

FIXTURE_TEARDOWN(guess)
{
	bag_finish(&self->bag);
}

/* Begins a try and uses it up; @unlock may be looked at afterwards. */
static int guess(struct bag *bag, const struct secret *secret, struct keybag_unlock *unlock)
{
	struct keybag_try try;
	int result = bag_begin(bag, &try);

	memset(unlock, 0, sizeof(*unlock));
	if (result) {
		unlock->retry_after_ns = try.retry_after_ns;
		unlock->failures = try.failures;
		return result;
	}
	unlock->try_id = try.try_id;
	return bag_unlock_try(bag, secret, unlock);
}

static int failures(struct bag *bag)
{
	struct keybag_status status;
	int result = bag_status(bag, &status);

	return result ? result : (int)status.failures;
}

/* Failures the last record we were given speaks of, -1: not to be known. */
static int recorded(FIXTURE_DATA(guess) *self)
{
	struct record_content content;

	if (!self->device_known)
		return -1;
	return record_open(&content, &self->bag, &self->device) ? -EBADMSG : (int)content.failures;
}

#define EXPECT_RECORDED(count)							\
	do {									\
		const int __count = recorded(self);				\
										\
		EXPECT_TRUE(__count == -1 || __count == (count))		\
		{								\
			TH_LOG("the record says %d", __count);			\
		}								\
	} while (0)

TEST_F(guess, right)
{
	struct keybag_unlock unlock;
	struct keybag_try try;

	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	EXPECT_NE(0, try.try_id);
	EXPECT_EQ(0, try.failures);
	EXPECT_EQ(0, try.retry_after_ns);
	EXPECT_EQ(RECORD_SIZE, self->bag.record_length);
	/* Counted before it is known, so that pulling the plug gains nothing. */
	EXPECT_RECORDED(1);
	unlock = (struct keybag_unlock){ .try_id = try.try_id };
	EXPECT_EQ(0, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, unlock.state);
	EXPECT_EQ(0, unlock.failures);
	EXPECT_EQ(0, unlock.retry_after_ns);
	EXPECT_RECORDED(0);
}

TEST_F(guess, wrong)
{
	struct keybag_unlock unlock;

	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(1, unlock.failures);
	EXPECT_EQ(0, unlock.retry_after_ns);
	EXPECT_EQ(RECORD_SIZE, unlock.record.length);
	EXPECT_RECORDED(1);
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));
	EXPECT_EQ(1, failures(&self->bag));
}

/* A check counts as an unlock does, and opens nothing. */
TEST_F(guess, checked)
{
	struct keybag_unlock unlock = { .flags = KEYBAG_UNLOCK_CHECK };
	struct keybag_status before, status;

	ASSERT_EQ(0, bag_lock_full(&self->bag));
	ASSERT_EQ(0, bag_status(&self->bag, &before));
	EXPECT_EQ(-EKEYREJECTED, bag_unlock_with(&self->bag, &self->wrong[0], KEYBAG_UNLOCK_CHECK));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(1, status.failures);
	EXPECT_RECORDED(1);
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->bag.secret, KEYBAG_UNLOCK_CHECK));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(0, status.failures);
	EXPECT_RECORDED(0);
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, status.state);
	EXPECT_EQ(before.state_seq, status.state_seq);
	EXPECT_EQ(before.classes_available, status.classes_available);

	EXPECT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->bag.secret, KEYBAG_UNLOCK_CHECK));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
}

/* From the fourth on one has to wait; nobody is asked and nothing is counted meanwhile. */
TEST_F(guess, throttled)
{
	struct keybag_status status;
	struct keybag_unlock unlock;
	struct keybag_try try;
	__u64 first, begin;

	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[1], &unlock));
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[2], &unlock));
	EXPECT_EQ(3, unlock.failures);
	EXPECT_EQ(0, unlock.retry_after_ns);
	begin = now();
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[3], &unlock));
	EXPECT_EQ(4, unlock.failures);
	EXPECT_GE(MINUTE, unlock.retry_after_ns);
	EXPECT_LE(MINUTE, unlock.retry_after_ns + now() - begin);
	EXPECT_RECORDED(4);

	EXPECT_EQ(-EAGAIN, bag_begin(&self->bag, &try));
	EXPECT_EQ(4, try.failures);
	first = try.retry_after_ns;
	EXPECT_GE(MINUTE, first);
	EXPECT_LE(MINUTE, first + now() - begin);
	usleep(1100000);
	EXPECT_EQ(-EAGAIN, guess(&self->bag, &self->bag.secret, &unlock));
	EXPECT_GE(first - SECOND, unlock.retry_after_ns);
	EXPECT_LE(MINUTE, unlock.retry_after_ns + now() - begin);
	EXPECT_EQ(4, unlock.failures);
	/* Without a try there is nothing to be had either. */
	unlock = (struct keybag_unlock){};
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));

	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(4, status.failures);
	EXPECT_FALSE(status.flags & KEYBAG_STATUS_FAILURES_ASSUMED);
	EXPECT_LT(0, status.retry_after_ns);
	EXPECT_EQ(KEYBAG_STATE_LOCKED, status.state);
}

/* Unloading, and a record from before, do not help. */
TEST_F(guess, throttled_through_unload)
{
	const struct bag before = self->bag;
	struct keybag_unlock unlock;
	unsigned int i;
	__u64 begin;

	for (i = 0; i < 4; i++) {
		begin = now();
		EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[i], &unlock));
	}
	ASSERT_EQ(0, bag_unload(&self->bag));
	memcpy(self->bag.record, before.record, sizeof(before.record));
	self->bag.record_length = before.record_length;
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-EAGAIN, guess(&self->bag, &self->bag.secret, &unlock));
	EXPECT_EQ(4, unlock.failures);
	EXPECT_LE(MINUTE, unlock.retry_after_ns + now() - begin);
	EXPECT_RECORDED(4);
}

/* Typing the same mistake again is no guess. */
TEST_F(guess, repeats)
{
	const unsigned int order[] = { 0, 0, 0, 1, 0, 1, 1, 0 };
	struct keybag_unlock unlock;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[order[i]], &unlock));
		EXPECT_EQ(i < 3 ? 1 : 2, unlock.failures);
		EXPECT_RECORDED(i < 3 ? 1 : 2);
	}
	ASSERT_EQ(0, bag_unload(&self->bag));
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[1], &unlock));
	EXPECT_EQ(2, unlock.failures);
}

static int evict(int device)
{
	struct keybag_evict evict = { .reason = KEYBAG_REASON_EVICT };

	return command(device, KEYBAG_IOC_EVICT, &evict);
}

/* Hashes with which a thief of RAM, or of the hibernation image, could test guesses are gone. */
TEST_F(guess, eviction_forgets_repeats)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];
	struct keybag_unlock unlock;

	if (foreign_bags(self->bag.device) || device_key(self->bag.device, key))
		SKIP(return, "this machine's own keybags, or an unknown device key");
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(1, unlock.failures);
	ASSERT_EQ(0, evict(self->bag.device));
	ASSERT_EQ(0, device_key_set(self->bag.device, key));
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(2, unlock.failures);
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(2, unlock.failures);
}

TEST_F(guess, success_clears)
{
	struct keybag_unlock unlock;

	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[1], &unlock));
	EXPECT_EQ(0, guess(&self->bag, &self->bag.secret, &unlock));
	EXPECT_EQ(0, unlock.failures);
	EXPECT_EQ(0, failures(&self->bag));
	EXPECT_RECORDED(0);
	/* The next ones are free again. */
	EXPECT_EQ(-EKEYREJECTED, guess(&self->bag, &self->wrong[2], &unlock));
	EXPECT_EQ(1, unlock.failures);
}

TEST_F(guess, lock_voids_a_try)
{
	int (*const locks[])(struct bag *bag) = { bag_lock, bag_lock_full };
	struct keybag_unlock unlock;
	struct keybag_try try;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		ASSERT_EQ(0, bag_begin(&self->bag, &try));
		EXPECT_EQ(0, locks[i](&self->bag));
		unlock = (struct keybag_unlock){ .try_id = try.try_id };
		EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
		EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->wrong[0], &unlock));
		EXPECT_EQ(0, failures(&self->bag));
		EXPECT_EQ(-ECANCELED, bag_cancel(&self->bag, try.try_id));
	}
	EXPECT_NE(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	/* The record that counted it is on disk: another one has to follow. */
	EXPECT_EQ(0, bag_unlock(&self->bag));
}

/* -- a lock while the secret is being tried -- */

struct trying {
	struct bag bag;
	struct keybag_unlock unlock;
	struct keybag_change change;
	unsigned long request;
	void *argument;
	int result;
};

static void *try_held(void *argument)
{
	struct trying *trying = argument;

	hold_me();
	trying->result = command(trying->bag.device, trying->request, trying->argument);
	return NULL;
}

struct locking {
	struct bag *bag;
	atomic_int thread;	/* once it runs */
	atomic_bool done;
	int result;
};

static void *lock_bag(void *argument)
{
	struct locking *locking = argument;

	atomic_store(&locking->thread, gettid());
	locking->result = bag_lock(locking->bag);
	atomic_store(&locking->done, true);
	return NULL;
}

/* Waits until the thread sleeps in the kernel, for something other than an event, or is done. */
static void wait_until_it_waits(struct locking *locking)
{
	char path[64], state = 'R';
	int tries = PATIENCE_MS;
	FILE *file;

	while (state != 'D' && !atomic_load(&locking->done) && tries--) {
		usleep(1000);
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", atomic_load(&locking->thread));
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 'R';
		fclose(file);
	}
}

/*
 * Locks when the kernel has begun to look at the secret. The lock is not over before that is: what
 * the other one has opened by then is in memory.
 */
static int lock_meanwhile(struct trying *trying)
{
	struct locking locking = { .bag = &trying->bag };
	pthread_t thread, locker;
	int result;

	result = pthread_create(&thread, NULL, try_held, trying);
	if (result)
		return -result;
	if (!hold_wait(PATIENCE_MS) || pthread_create(&locker, NULL, lock_bag, &locking)) {
		hold_release();
		pthread_join(thread, NULL);
		return -ETIMEDOUT;
	}
	wait_until_it_waits(&locking);
	result = atomic_load(&locking.done) ? -EINPROGRESS : 0;
	hold_release();
	pthread_join(thread, NULL);
	pthread_join(locker, NULL);
	return result ? result : locking.result;
}

static void try_to_unlock(struct __test_metadata *_metadata, FIXTURE_DATA(guess) *self,
			  struct trying *trying, const struct secret *secret)
{
	struct keybag_try try;

	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	*trying = (struct trying){
		.bag = self->bag,
		.unlock = {
			.try_id = try.try_id,
			.secret = secret_for_kernel(secret),
			.reason = KEYBAG_REASON_REQUEST,
			.record = bag_record_buffer(&self->bag),
		},
		.request = KEYBAG_IOC_UNLOCK,
		.argument = &trying->unlock,
	};
	memcpy(trying->unlock.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	ASSERT_EQ(0, lock_meanwhile(trying));
	bag_keep_record(&self->bag, &trying->unlock.record);
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));
	/* However it ended, it is used up. */
	EXPECT_EQ(-ECANCELED, bag_cancel(&self->bag, try.try_id));
}

static void try_to_change(struct __test_metadata *_metadata, FIXTURE_DATA(guess) *self,
			  struct trying *trying, const struct secret *secret)
{
	struct keybag_try try;

	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	*trying = (struct trying){
		.bag = self->bag,
		.change = {
			.try_id = try.try_id,
			.action = KEYBAG_ACTION_RECOVERY_REFUSED,
			.authority = secret_for_kernel(secret),
		},
		.request = KEYBAG_IOC_CHANGE,
		.argument = &trying->change,
	};
	trying->change.form = bag_form_buffer(&trying->bag);
	trying->change.record = bag_record_buffer(&trying->bag);
	memcpy(trying->change.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	ASSERT_EQ(0, lock_meanwhile(trying));
}

TEST_F(guess, lock_while_it_is_tried)
{
	struct keybag_status status;
	struct keybag_read read;
	static struct trying trying;
	int result = hold_load();

	if (result == -ENOENT)
		SKIP(return, "no keybag_hold.ko here (make test-modules), or no kprobes");
	ASSERT_EQ(0, result);

	/* A wrong one counts: else it could be tried for nothing. */
	try_to_unlock(_metadata, self, &trying, &self->wrong[0]);
	EXPECT_EQ(-EKEYREJECTED, trying.result);
	EXPECT_EQ(1, trying.unlock.failures);
	EXPECT_EQ(1, failures(&self->bag));
	EXPECT_RECORDED(1);

	/* A right one neither counts nor opens; the record that counts it is not the last. */
	try_to_unlock(_metadata, self, &trying, &self->bag.secret);
	EXPECT_EQ(-ECANCELED, trying.result);
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(1, status.failures);
	EXPECT_TRUE(status.flags & KEYBAG_STATUS_RECORD_DIRTY);
	EXPECT_EQ(0, bag_read_record(&self->bag, &read));
	EXPECT_RECORDED(1);

	/* The same of a change. */
	try_to_change(_metadata, self, &trying, &self->wrong[1]);
	EXPECT_EQ(-EKEYREJECTED, trying.result);
	EXPECT_EQ(2, failures(&self->bag));
	try_to_change(_metadata, self, &trying, &self->bag.secret);
	EXPECT_EQ(-ECANCELED, trying.result);
	EXPECT_EQ(2, failures(&self->bag));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_FALSE(status.flags & KEYBAG_STATUS_PENDING);

	EXPECT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(0, failures(&self->bag));
	EXPECT_EQ(0, hold_unload());
}

TEST_F(guess, no_such_try)
{
	struct keybag_unlock unlock = {};
	struct keybag_try first, second;

	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	unlock.try_id = 12345678901ULL;
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->wrong[0], &unlock));
	EXPECT_EQ(-ECANCELED, bag_cancel(&self->bag, 0));
	EXPECT_EQ(-ECANCELED, bag_cancel(&self->bag, 12345678901ULL));

	/* The second voids the first. */
	ASSERT_EQ(0, bag_begin(&self->bag, &first));
	ASSERT_EQ(0, bag_begin(&self->bag, &second));
	EXPECT_NE(first.try_id, second.try_id);
	unlock.try_id = first.try_id;
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	unlock.try_id = second.try_id;
	EXPECT_EQ(0, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	/* Used up. */
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	EXPECT_EQ(-ECANCELED, bag_cancel(&self->bag, second.try_id));
	EXPECT_EQ(0, failures(&self->bag));
}

TEST_F(guess, try_of_another_bag)
{
	struct keybag_unlock unlock = {};
	struct keybag_try try;
	struct bag other;

	ASSERT_EQ(0, bag_init(&other));
	other.owner = OTHER_OWNER;
	ASSERT_EQ(0, bag_create(&other));
	ASSERT_EQ(0, bag_load(&other));
	ASSERT_EQ(0, bag_begin(&other, &try));
	unlock.try_id = try.try_id;
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	/* And a lock of one bag leaves the tries of others alone. */
	EXPECT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(0, bag_unlock_try(&other, &other.secret, &unlock));
	bag_finish(&other);
}

/* A try does not survive its bag. */
TEST_F(guess, unload_voids_a_try)
{
	struct keybag_unlock unlock = {};
	struct keybag_try try;

	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	ASSERT_EQ(0, bag_unload(&self->bag));
	unlock.try_id = try.try_id;
	EXPECT_EQ(-ENOENT, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-ECANCELED, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
}

TEST_F(guess, cancelled)
{
	struct keybag_try try;

	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	EXPECT_RECORDED(1);
	EXPECT_EQ(0, bag_cancel(&self->bag, try.try_id));
	EXPECT_RECORDED(0);
	EXPECT_EQ(0, failures(&self->bag));
	EXPECT_EQ(-ECANCELED, bag_cancel(&self->bag, try.try_id));
}

/* A secret for a protector that is not there is no guess: the try still stands. */
TEST_F(guess, no_such_protector)
{
	const struct secret code = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct keybag_unlock unlock = {};
	struct secret named = self->bag.secret;
	struct keybag_try try;

	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	unlock.try_id = try.try_id;
	EXPECT_EQ(-ENOENT, bag_unlock_try(&self->bag, &code, &unlock));
	named.id = 77;
	EXPECT_EQ(-ENOENT, bag_unlock_try(&self->bag, &named, &unlock));
	EXPECT_EQ(0, failures(&self->bag));
	named.id = 1;
	EXPECT_EQ(0, bag_unlock_try(&self->bag, &named, &unlock));
}

/* Two that share one try: one of them has it. */
struct race {
	struct bag bag;
	struct keybag_unlock unlock;
	int result;
};

static void *use_try(void *argument)
{
	struct race *race = argument;

	race->result = bag_unlock_try(&race->bag, &race->bag.secret, &race->unlock);
	return NULL;
}

TEST_F(guess, shared_try)
{
	static struct race races[2];
	pthread_t threads[2];
	struct keybag_try try;
	unsigned int round, i;

	for (round = 0; round < 50; round++) {
		ASSERT_EQ(0, bag_begin(&self->bag, &try));
		for (i = 0; i < 2; i++) {
			races[i] = (struct race){ .bag = self->bag,
						  .unlock = { .try_id = try.try_id } };
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, use_try, &races[i]));
		}
		for (i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		EXPECT_TRUE((races[0].result == 0 && races[1].result == -ECANCELED) ||
			    (races[0].result == -ECANCELED && races[1].result == 0))
		{
			TH_LOG("%d and %d", races[0].result, races[1].result);
		}
		ASSERT_EQ(0, bag_lock(&self->bag));
	}
}

TEST_HARNESS_MAIN
