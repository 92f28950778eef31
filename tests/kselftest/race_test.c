// SPDX-License-Identifier: GPL-2.0-only
/* vm: cpus=2 */
/*
 * Lock, unload and control commands under thousands of operations on every CPU. What holds: when
 * lock has returned, nothing succeeds and not a byte is delivered any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "device.h"
#include "harness.h"

#define LENGTH		32
#define BLOB		(LENGTH + KEYBAG_BLOB_OVERHEAD)
#define WORKERS		4
#define BATCH		16
#define CANARY		0x5a

static const __u8 secret[LENGTH] = "never seen after the lock ......";

/* Between the test and its workers. */
struct shared {
	struct bag *bag;
	__u8 blob[BLOB];
	__u8 child_blob[CHILD_BLOB];
	/* Odd from when a lock has returned until the next unlock is called. */
	atomic_uint epoch;
	atomic_bool stop;
};

struct worker {
	struct shared *shared;
	unsigned int (*work)(struct worker *worker);	/* returns successes */
	unsigned int number;
	pthread_t thread;
	int fd;
	_Alignas(64) __u8 delivered[BATCH][LENGTH];
	/* Results. */
	atomic_ulong rounds;
	atomic_ulong successes;
	unsigned int late;		/* successes begun after a lock had returned */
	int unexpected;			/* an errno that must not be */
};

static bool expected(int result)
{
	return result >= 0 || result == -ENOKEY;
}

static unsigned int note(struct worker *worker, int result)
{
	if (!expected(result))
		worker->unexpected = result;
	return result >= 0;
}

static unsigned int do_unwrap(struct worker *worker)
{
	return note(worker, data_unwrap(worker->fd, worker->shared->blob, BLOB, NO_AAD,
					worker->delivered[0]));
}

static unsigned int do_wrap(struct worker *worker)
{
	__u8 blob[BLOB];

	return note(worker, data_generate(worker->fd, KEYBAG_CLASS_AK, worker->delivered[0], LENGTH,
					  NO_AAD, blob));
}

static unsigned int do_batch(struct worker *worker)
{
	struct keybag_item items[BATCH];
	unsigned int i, successes = 0;
	int result;

	for (i = 0; i < BATCH; i++)
		items[i] = item_unwrap(worker->shared->blob, BLOB, NO_AAD, worker->delivered[i],
				       LENGTH);
	result = data_batch(worker->fd, items, BATCH);
	if (result < 0)
		return note(worker, result);
	for (i = 0; i < BATCH; i++)
		successes += note(worker, items[i].result);
	if (successes != (unsigned int)result)
		worker->unexpected = -EIO;
	return successes;
}

static unsigned int do_child(struct worker *worker)
{
	__u8 blob[BLOB];
	unsigned int successes = 0;
	int child = child_open(worker->fd, worker->shared->child_blob, CHILD_BLOB, NO_AAD);
	int result;

	if (child < 0)
		return note(worker, child);
	result = child_encrypt(worker->fd, child, secret, LENGTH, NO_AAD, blob);
	successes += note(worker, result);
	if (result >= 0)
		successes += note(worker, child_decrypt(worker->fd, child, blob, BLOB, NO_AAD,
							worker->delivered[0]));
	child_close(worker->fd, child);
	return successes;
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	struct shared *shared = worker->shared;
	unsigned int before, successes;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(worker->number % (unsigned int)get_nprocs(), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	while (!atomic_load(&shared->stop)) {
		before = atomic_load(&shared->epoch);
		successes = worker->work(worker);
		/* In one locked epoch from its beginning to its end. */
		if (successes && before & 1 && atomic_load(&shared->epoch) == before)
			worker->late += successes;
		atomic_fetch_add(&worker->successes, successes);
		atomic_fetch_add(&worker->rounds, 1);
	}
	return NULL;
}

FIXTURE(race)
{
	struct bag bag;
	struct shared shared;
	struct worker workers[WORKERS];
};

FIXTURE_VARIANT(race)
{
	unsigned int (*work)(struct worker *worker);
	int (*lock)(struct bag *bag);
};

/* clang-format off */
FIXTURE_VARIANT_ADD(race, unwrap) {
	.work = do_unwrap, .lock = bag_lock,
};

FIXTURE_VARIANT_ADD(race, wrap_generated) {
	.work = do_wrap, .lock = bag_lock,
};

FIXTURE_VARIANT_ADD(race, batch) {
	.work = do_batch, .lock = bag_lock_full,
};

FIXTURE_VARIANT_ADD(race, child) {
	.work = do_child, .lock = bag_lock_full,
};
/* clang-format on */

FIXTURE_SETUP(race)
{
	int fd;

	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->shared.bag = &self->bag;
	fd = bag_bind(&self->bag);
	ASSERT_LE(0, fd);
	ASSERT_EQ(BLOB, data_wrap(fd, KEYBAG_CLASS_AK, secret, LENGTH, NO_AAD, self->shared.blob));
	ASSERT_EQ(CHILD_BLOB, child_create(fd, KEYBAG_CLASS_AK, NO_AAD, self->shared.child_blob));
	close(fd);
}

FIXTURE_TEARDOWN(race)
{
	bag_finish(&self->bag);
}

static void start(struct __test_metadata *_metadata, FIXTURE_DATA(race) *self,
		  unsigned int (*work)(struct worker *worker))
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		struct worker *worker = &self->workers[i];

		worker->shared = &self->shared;
		worker->work = work;
		worker->number = i;
		worker->fd = bag_bind(&self->bag);
		ASSERT_LE(0, worker->fd);
		ASSERT_EQ(0, pthread_create(&worker->thread, NULL, run, worker));
	}
}

static void stop(FIXTURE_DATA(race) *self)
{
	unsigned int i;

	atomic_store(&self->shared.stop, true);
	for (i = 0; i < WORKERS; i++) {
		pthread_join(self->workers[i].thread, NULL);
		close(self->workers[i].fd);
	}
}

static void clear(struct worker *workers)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		memset(workers[i].delivered, CANARY, sizeof(workers[i].delivered));
}

static bool untouched(const struct worker *workers)
{
	const __u8 *byte;
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		for (byte = workers[i].delivered[0]; byte < workers[i].delivered[BATCH]; byte++)
			if (*byte != CANARY)
				return false;
	return true;
}

/* There were many operations, and both outcomes. */
static bool went_on(struct worker *workers)
{
	unsigned long rounds = 0, successes = 0;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		rounds += atomic_load(&workers[i].rounds);
		successes += atomic_load(&workers[i].successes);
	}
	return rounds > 2000 && successes > 500 && successes < rounds * BATCH;
}

TEST_F(race, lock)
{
	unsigned int locks, i;

	start(_metadata, self, variant->work);
	for (locks = 0; locks < 200 || !went_on(self->workers); locks++) {
		usleep(3000);
		ASSERT_EQ(0, variant->lock(&self->bag));
		atomic_fetch_add(&self->shared.epoch, 1);
		/* From here on nobody but this thread writes there. */
		clear(self->workers);
		usleep(3000);
		EXPECT_TRUE(untouched(self->workers));
		atomic_fetch_add(&self->shared.epoch, 1);
		ASSERT_EQ(0, bag_unlock(&self->bag));
	}
	usleep(20000);
	stop(self);
	for (i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, self->workers[i].late);
		EXPECT_EQ(0, self->workers[i].unexpected);
	}
}

/* Waits until every worker has begun and ended an operation from now on. */
static bool all_came_round(struct worker *workers)
{
	unsigned long before[WORKERS];
	unsigned int i;
	int tries = PATIENCE_MS;

	for (i = 0; i < WORKERS; i++)
		before[i] = atomic_load(&workers[i].rounds);
	for (i = 0; i < WORKERS; i++)
		while (atomic_load(&workers[i].rounds) < before[i] + 2 && tries--)
			usleep(1000);
	return tries > 0;
}

/* Unload waits for what is running, too, and what comes later says so. */
TEST_F(race, unload)
{
	unsigned int round, i;

	for (round = 0; round < 30; round++) {
		atomic_store(&self->shared.stop, false);
		memset(self->workers, 0, sizeof(self->workers));
		start(_metadata, self, variant->work);
		EXPECT_TRUE(all_came_round(self->workers));
		ASSERT_EQ(0, bag_unload(&self->bag));
		EXPECT_TRUE(all_came_round(self->workers));
		stop(self);
		for (i = 0; i < WORKERS; i++) {
			EXPECT_LT(0, self->workers[i].successes);
			EXPECT_EQ(-EKEYREVOKED, self->workers[i].unexpected);
		}
		ASSERT_EQ(0, bag_load(&self->bag));
		ASSERT_EQ(0, bag_unlock(&self->bag));
	}
}

/* -- control commands against each other and against data -- */

struct controller {
	struct bag bag;
	atomic_bool *stop;
	unsigned int seed;
	atomic_ulong done;
	int unexpected;
	unsigned int step;	/* that had the unexpected result */
};

static bool control_expected(int result)
{
	switch (result) {
	case 0:
	case -ENOENT:		/* unloaded meanwhile */
	case -EEXIST:		/* loaded meanwhile */
	case -ESTALE:		/* changed meanwhile */
	case -ECANCELED:	/* locked, or begun, meanwhile */
	case -EBUSY:		/* changing meanwhile */
	case -EKEYREJECTED:	/* the passcode was changed meanwhile */
	case -EAGAIN:		/* and that too often */
		return true;
	default:
		return false;
	}
}

static int control_step(struct controller *controller, unsigned int step)
{
	struct bag *bag = &controller->bag;
	struct keybag_status status;
	struct keybag_read read;
	int fd;

	switch (step) {
	case 0:
		return bag_lock(bag);
	case 1:
		return bag_lock_full(bag);
	case 2:
	case 3:
		return bag_unlock(bag);
	case 4:
		return bag_status(bag, &status);
	case 5:
		return bag_read_form(bag, &read);
	case 6:
		return bag_read_record(bag, &read);
	case 7: {
		struct keybag_change change = {
			.action = KEYBAG_ACTION_SET_PASSCODE,
			.protector = protector_for_kernel(&bag->secret),
			.secret = secret_for_kernel(&bag->secret),
		};
		/* Room for the form that is given up: what was prepared would load as well. */
		static _Thread_local struct bag scratch;
		int result;

		scratch = *bag;
		result = bag_change(&scratch, &bag->secret, &change);
		return result ? result : bag_abort(bag, change.generation);
	}
	case 8: {
		int result = bag_unload(bag);

		return result ? result : bag_load(bag);
	}
	case 9:
		return bag_load(bag);
	default:
		fd = bag_bind(bag);
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : 0;
	}
}

static void *control(void *argument)
{
	struct controller *controller = argument;
	unsigned int step;
	int result;

	while (!atomic_load(controller->stop)) {
		step = (unsigned int)rand_r(&controller->seed) % 11;
		result = control_step(controller, step);
		if (!control_expected(result)) {
			controller->unexpected = result;
			controller->step = step;
		}
		atomic_fetch_add(&controller->done, 1);
	}
	return NULL;
}

static int lenient(struct worker *worker)
{
	return worker->unexpected == 0 || worker->unexpected == -EKEYREVOKED;
}

TEST_F(race, control)
{
	static struct controller controllers[3];
	pthread_t threads[3];
	unsigned int i;

	start(_metadata, self, variant->work);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		controllers[i] = (struct controller){ .bag = self->bag, .stop = &self->shared.stop,
						      .seed = i + 1 };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, control, &controllers[i]));
	}
	usleep(3000000);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		while (!atomic_load(&controllers[i].done))
			usleep(1000);
	stop(self);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, controllers[i].unexpected)
		{
			TH_LOG("step %u", controllers[i].step);
		}
	}
	for (i = 0; i < WORKERS; i++) {
		EXPECT_TRUE(lenient(&self->workers[i]));
	}
	/* And afterwards all is as it should be. */
	bag_unload(&self->bag);
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
}

/* Two locks at a time. */
static void *lock_often(void *argument)
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		bag_lock(argument);
	return NULL;
}

TEST_F(race, two_locks)
{
	pthread_t thread;
	unsigned int i;

	start(_metadata, self, variant->work);
	ASSERT_EQ(0, pthread_create(&thread, NULL, lock_often, &self->bag));
	for (i = 0; i < 200; i++) {
		EXPECT_EQ(0, bag_lock(&self->bag));
		EXPECT_NE(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	}
	pthread_join(thread, NULL);
	stop(self);
}

/* -- locks of all keybags, full ones and others, against each other -- */

/* So many that a lock of all of them takes a while between the first keybag and the last. */
#define OTHERS	64

/* Loads keybags that cannot be locked behind that of @bag. */
static int load_others(const struct bag *bag)
{
	static struct bag other;
	unsigned int i;
	int result = 0;

	other = *bag;
	other.owner = OTHER_OWNER;
	other.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	device_unload_owner(bag->device, OTHER_OWNER);
	for (i = 0; i < OTHERS && !result; i++) {
		struct keybag_create create = {
			.type = other.type,
			.owner = other.owner,
			.protector = protector_for_kernel(&other.secret),
			.secret = secret_for_kernel(&other.secret),
			.form = bag_form_buffer(&other),
			.record = bag_record_buffer(&other),
		};

		result = command(bag->device, KEYBAG_IOC_CREATE, &create);
		bag_keep_form(&other, &create.form);
		bag_keep_record(&other, &create.record);
		if (!result)
			result = bag_load(&other);
	}
	return result;
}

static int lock_all(int device, __u32 flags)
{
	struct keybag_lock lock = {
		.flags = KEYBAG_LOCK_ALL | flags, .reason = KEYBAG_REASON_REQUEST,
	};

	return command(device, KEYBAG_IOC_LOCK, &lock);
}

struct other_locker {
	int device;
	atomic_bool now;
	atomic_bool stop;
};

static void *lock_all_now(void *argument)
{
	struct other_locker *other = argument;

	while (!atomic_load(&other->stop))
		if (!atomic_load(&other->now) || lock_all(other->device, 0))
			sched_yield();
	return NULL;
}

/* A lock that goes less far, and comes later, does not do the work of a full one. */
TEST_F(race, full_lock_of_all)
{
	struct other_locker other = { .device = self->bag.device };
	unsigned int i, short_of_it = 0;
	pthread_t thread;

	if (foreign_bags(self->bag.device))
		SKIP(return, "this machine's own bags are loaded");
	ASSERT_EQ(0, load_others(&self->bag));
	start(_metadata, self, variant->work);
	ASSERT_EQ(0, pthread_create(&thread, NULL, lock_all_now, &other));
	for (i = 0; i < 500 && !short_of_it; i++) {
		int tries = PATIENCE_MS;

		/* The other lock may still be under way. */
		while (bag_unlock_with(&self->bag, &self->bag.secret, KEYBAG_UNLOCK_FIRST_ONLY) &&
		       --tries)
			usleep(1000);
		ASSERT_LT(0, tries);
		atomic_store(&other.now, true);
		ASSERT_EQ(0, lock_all(self->bag.device, KEYBAG_LOCK_FULL));
		atomic_store(&other.now, false);
		short_of_it += bag_state(&self->bag) != KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	}
	EXPECT_EQ(0, short_of_it)
	{
		TH_LOG("in round %u", i);
	}
	atomic_store(&other.stop, true);
	pthread_join(thread, NULL);
	stop(self);
	device_unload_owner(self->bag.device, OTHER_OWNER);
}

TEST_HARNESS_MAIN
