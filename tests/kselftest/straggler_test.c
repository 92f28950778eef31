// SPDX-License-Identifier: GPL-2.0-only
/* vm: cpus=2 append=preempt=full */
/*
 * A lock of all keybags while one of them is in use: it waits for that one alone, and last.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_alg.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"
#include "hold.h"

#define LENGTH		32
#define BLOB		(LENGTH + KEYBAG_BLOB_OVERHEAD)

static const __u8 secret[LENGTH] = "of a user who does nothing .....";

static int lock_all(int device)
{
	struct keybag_lock lock = { .flags = KEYBAG_LOCK_ALL, .reason = KEYBAG_REASON_REQUEST };

	return command(device, KEYBAG_IOC_LOCK, &lock);
}

static int evict(int device)
{
	struct keybag_evict evict = { .reason = KEYBAG_REASON_EVICT };

	return command(device, KEYBAG_IOC_EVICT, &evict);
}

struct keybags {
	struct bag busy;	/* unlocked; loaded first, so it is met first */
	struct bag idle;	/* of another user, unlocked */
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];
	int busy_fd;
	int idle_fd;
	__u8 blob[BLOB];	/* of the idle one */
	__u8 child_blob[CHILD_BLOB];
};

/* Returns the reason why the test cannot run here, or NULL. @ret_good: all is set up. */
static const char *keybags_begin(struct keybags *bags, bool *ret_good)
{
	*ret_good = !bag_unlocked(&bags->busy);
	if (!*ret_good)
		return NULL;
	if (foreign_bags(bags->busy.device))
		return "this machine's own bags are loaded";
	if (device_key(bags->busy.device, bags->key))
		return "the device key is not known to the test";
	*ret_good = !bag_init(&bags->idle);
	bags->idle.owner = OTHER_OWNER;
	*ret_good = *ret_good && !bag_create(&bags->idle) && !bag_load(&bags->idle) &&
		    !bag_unlock(&bags->idle);
	bags->busy_fd = bag_bind(&bags->busy);
	bags->idle_fd = bag_bind(&bags->idle);
	*ret_good = *ret_good && bags->busy_fd >= 0 && bags->idle_fd >= 0 &&
		    data_wrap(bags->idle_fd, KEYBAG_CLASS_AK, secret, LENGTH, NO_AAD, bags->blob) ==
			    BLOB &&
		    child_create(bags->busy_fd, KEYBAG_CLASS_AK, NO_AAD, bags->child_blob) ==
			    CHILD_BLOB;
	return NULL;
}

static void keybags_end(struct keybags *bags)
{
	close(bags->busy_fd);
	close(bags->idle_fd);
	bag_finish(&bags->idle);
	device_key_set(bags->busy.device, bags->key);
	bag_finish(&bags->busy);
}

FIXTURE(straggler)
{
	struct keybags bags;
};

FIXTURE_VARIANT(straggler)
{
	int (*take_away)(int device);
	int taken_away;		/* what operations answer then */
};

/* clang-format off */
FIXTURE_VARIANT_ADD(straggler, lock) {
	.take_away = lock_all, .taken_away = -ENOKEY,
};

FIXTURE_VARIANT_ADD(straggler, evict) {
	.take_away = evict, .taken_away = -EKEYREVOKED,
};
/* clang-format on */

FIXTURE_SETUP(straggler)
{
	bool good;
	const char *reason = keybags_begin(&self->bags, &good);

	if (reason)
		SKIP_IN_SETUP("%s", reason);
	ASSERT_TRUE(good);
}

FIXTURE_TEARDOWN(straggler)
{
	keybags_end(&self->bags);
}

/* Locks alone: an eviction has no part in these. */
FIXTURE(lock)
{
	struct keybags bags;
};

FIXTURE_SETUP(lock)
{
	bool good;
	const char *reason = keybags_begin(&self->bags, &good);

	if (reason)
		SKIP_IN_SETUP("%s", reason);
	ASSERT_TRUE(good);
}

FIXTURE_TEARDOWN(lock)
{
	keybags_end(&self->bags);
}

/* Does to all keybags what the test is about, in a thread of its own. */
struct taker {
	int (*take_away)(int device);
	int device;
	pthread_t thread;
	int result;
	atomic_bool done;
};

static void *take(void *argument)
{
	struct taker *taker = argument;

	taker->result = taker->take_away(taker->device);
	atomic_store(&taker->done, true);
	return NULL;
}

/* The answer, in the end, of an operation of the idle keybag while the other one is in use. */
static int wait_for(struct keybags *bags, int result)
{
	__u8 opened[LENGTH];
	int tries = 5000, got;

	do {
		got = data_unwrap(bags->idle_fd, bags->blob, BLOB, NO_AAD, opened);
		usleep(1000);
	} while (got != result && --tries);
	return got;
}

/* The set of keybags is nobody's to wait for. */
static int list(int device)
{
	struct keybag_list list = {};

	return command(device, KEYBAG_IOC_LIST, &list);
}

TEST_F(straggler, holds_up_nobody)
{
	struct keybags *bags = &self->bags;
	struct taker taker = { .take_away = variant->take_away, .device = bags->busy.device };
	struct held held;
	int child, result = hold_load();

	if (result == -ENOENT)
		SKIP(return, "no keybag_hold.ko here (make test-modules), or no kprobes");
	ASSERT_EQ(0, result);
	child = child_open(bags->busy_fd, bags->child_blob, CHILD_BLOB, NO_AAD);
	ASSERT_LT(0, child);
	result = held_begin(&held, bags->busy_fd, child);
	if (result == -ENXIO)
		SKIP(return, "one processor");
	ASSERT_EQ(0, result);
	ASSERT_EQ(0, pthread_create(&taker.thread, NULL, take, &taker));

	EXPECT_EQ(variant->taken_away, wait_for(bags, variant->taken_away));
	EXPECT_FALSE(atomic_load(&taker.done));
	EXPECT_EQ(0, list(bags->idle.device));
	/* A keybag that is gone already has no state, and nobody can be bound to it. */
	if (variant->take_away == evict) {
		EXPECT_EQ(-ENOENT, bag_state(&bags->idle));
		EXPECT_EQ(-ENOENT, bag_bind(&bags->idle));
	}
	/* A keybag that is unlocked by then is not one that was to be locked. */
	if (variant->take_away == lock_all) {
		EXPECT_EQ(0, bag_unlock(&bags->idle));
		EXPECT_EQ(LENGTH, wait_for(bags, LENGTH));
	}
	EXPECT_FALSE(atomic_load(&taker.done));
	EXPECT_TRUE(hold_wait(0));

	EXPECT_EQ(KEYBAG_MAC_SIZE, held_end(&held));
	pthread_join(taker.thread, NULL);
	EXPECT_EQ(0, taker.result);
	if (variant->take_away == lock_all) {
		EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&bags->busy));
		EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&bags->idle));
	}
	EXPECT_EQ(variant->taken_away,
		  child_open(bags->busy_fd, bags->child_blob, CHILD_BLOB, NO_AAD));
	close(bags->busy_fd);
	EXPECT_EQ(0, hold_unload());
}

/* -- many operations of one user that do not get a processor -- */

#define READERS		64
#define SPINNERS	8
#define ROUNDS		20
/* Far from what it takes, and from what a preempted reader waits: seconds. */
#define LIMIT_NS	1000000000ULL

struct load {
	int fd;
	__u8 blob[MAX_BLOB];
	atomic_uint begun;
	atomic_bool stop;
};

static void schedule(int policy, int priority)
{
	const struct sched_param parameter = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &parameter))
		perror("sched_setscheduler");
}

static void *read_idly(void *argument)
{
	struct load *load = argument;
	__u8 opened[KEYBAG_MAX_PAYLOAD];

	atomic_fetch_add(&load->begun, 1);
	schedule(SCHED_IDLE, 0);
	while (!atomic_load(&load->stop))
		data_unwrap(load->fd, load->blob, MAX_BLOB, NO_AAD, opened);
	return NULL;
}

static void *spin(void *argument)
{
	struct load *load = argument;

	schedule(SCHED_OTHER, 0);
	atomic_fetch_add(&load->begun, 1);
	while (!atomic_load(&load->stop))
		;
	return NULL;
}

static __u64 ns_to_lock(struct keybags *bags)
{
	__u64 before = now();

	if (lock_all(bags->busy.device))
		return UINT64_MAX;
	return now() - before;
}

TEST_F(lock, straggler_does_not_run)
{
	struct keybags *bags = &self->bags;
	static const __u8 payload[KEYBAG_MAX_PAYLOAD];
	static struct load load;
	pthread_t threads[READERS + SPINNERS];
	__u64 took, longest = 0;
	unsigned int i;

	load.fd = bags->busy_fd;
	ASSERT_EQ(MAX_BLOB, data_wrap(load.fd, KEYBAG_CLASS_AK, payload, sizeof(payload), NO_AAD,
				      load.blob));
	/* Before all of them, and as the daemon does that locks. */
	schedule(SCHED_FIFO, 50);
	for (i = 0; i < READERS + SPINNERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, i < READERS ? read_idly : spin,
					    &load));
	while (atomic_load(&load.begun) < READERS + SPINNERS)
		usleep(1000);

	for (i = 0; i < ROUNDS && longest < LIMIT_NS; i++) {
		usleep(20000);
		took = ns_to_lock(bags);
		if (took > longest)
			longest = took;
		EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&bags->busy));
		EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&bags->idle));
		ASSERT_EQ(0, bag_unlock(&bags->busy));
		ASSERT_EQ(0, bag_unlock(&bags->idle));
	}
	TH_LOG("the longest lock took %llu us", (unsigned long long)longest / 1000);
	EXPECT_GT(LIMIT_NS, longest);

	atomic_store(&load.stop, true);
	for (i = 0; i < READERS + SPINNERS; i++)
		pthread_join(threads[i], NULL);
}

/* -- STATUS, which is for every holder of a descriptor, in the same way -- */

struct askers {
	atomic_int fd;
	atomic_uint begun;
	atomic_bool stop;
};

static void *ask_idly(void *argument)
{
	struct askers *askers = argument;
	struct keybag_status status;

	atomic_fetch_add(&askers->begun, 1);
	schedule(SCHED_IDLE, 0);
	while (!atomic_load(&askers->stop)) {
		memset(&status, 0, sizeof(status));
		command(atomic_load(&askers->fd), KEYBAG_IOC_STATUS, &status);
	}
	return NULL;
}

static void *spin_beside(void *argument)
{
	struct askers *askers = argument;

	schedule(SCHED_OTHER, 0);
	atomic_fetch_add(&askers->begun, 1);
	while (!atomic_load(&askers->stop))
		;
	return NULL;
}

static __u64 ns_to_evict(struct keybags *bags)
{
	__u64 before = now();

	if (evict(bags->busy.device))
		return UINT64_MAX;
	return now() - before;
}

TEST_F(lock, eviction_waits_for_no_status)
{
	struct keybags *bags = &self->bags;
	static struct askers askers;
	pthread_t threads[READERS + SPINNERS];
	__u64 took, longest = 0;
	unsigned int i;
	int fd;

	atomic_store(&askers.fd, bags->busy_fd);
	schedule(SCHED_FIFO, 50);
	for (i = 0; i < READERS + SPINNERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, i < READERS ? ask_idly : spin_beside,
					    &askers));
	while (atomic_load(&askers.begun) < READERS + SPINNERS)
		usleep(1000);

	for (i = 0; i < ROUNDS && longest < LIMIT_NS; i++) {
		usleep(20000);
		took = ns_to_evict(bags);
		if (took > longest)
			longest = took;
		ASSERT_EQ(0, device_key_set(bags->busy.device, bags->key));
		ASSERT_EQ(0, bag_load(&bags->busy));
		fd = bag_bind(&bags->busy);
		ASSERT_LE(0, fd);
		dup2(fd, bags->busy_fd);
		close(fd);
	}
	TH_LOG("the longest eviction took %llu us", (unsigned long long)longest / 1000);
	EXPECT_GT(LIMIT_NS, longest);

	atomic_store(&askers.stop, true);
	for (i = 0; i < READERS + SPINNERS; i++)
		pthread_join(threads[i], NULL);
}

/* -- many descriptors of one user that end all the time -- */

#define CLONES		4000
#define WATCHES		8	/* of each clone */
#define MILLISECOND	1000000ULL
/* Between the ends of two clones: shorter than it takes to wake all that watch. */
#define STAGGER_NS	(MILLISECOND / 2)

struct clones {
	int fds[CLONES];
	int epolls[WATCHES];
};

static int clone_for(int fd, __u64 lifetime_ns)
{
	struct keybag_clone clone = { .lifetime_ns = lifetime_ns };

	return command(fd, KEYBAG_IOC_CLONE, &clone);
}

/* Makes them, each watched by all. They end one after the other, from @first on. */
static bool make_clones(struct clones *clones, int fd, __u64 first)
{
	struct epoll_event wanted = { .events = EPOLLPRI };
	unsigned int i, j;

	for (j = 0; j < WATCHES; j++)
		clones->epolls[j] = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < CLONES; i++) {
		__u64 end = first + i * STAGGER_NS, time = now();

		clones->fds[i] = clone_for(fd, end > time ? end - time : 1);
		if (clones->fds[i] < 0)
			return false;
		for (j = 0; j < WATCHES; j++)
			if (epoll_ctl(clones->epolls[j], EPOLL_CTL_ADD, clones->fds[i], &wanted))
				return false;
	}
	return true;
}

static void drop_clones(struct clones *clones)
{
	unsigned int i;

	for (i = 0; i < WATCHES; i++)
		close(clones->epolls[i]);
	for (i = 0; i < CLONES; i++)
		close(clones->fds[i]);
}

/* A lock of another user's keybag tells what there was to tell when it was called, and returns. */
TEST_F(lock, ends_of_clones)
{
	struct keybags *bags = &self->bags;
	struct rlimit files = { 2 * CLONES, 2 * CLONES };
	static struct clones clones;
	__u64 took, longest = 0, made = 500 * MILLISECOND, begun;
	unsigned int i;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	/* A machine that is busy may not have made them all in time. */
	do {
		made *= 2;
		begun = now();
		ASSERT_TRUE(make_clones(&clones, bags->busy_fd, begun + made));
		if (now() > begun + made)
			drop_clones(&clones);
	} while (now() > begun + made);

	while (now() < begun + made + CLONES * STAGGER_NS / 4)
		usleep(1000);
	for (i = 0; i < ROUNDS && longest < LIMIT_NS; i++) {
		took = now();
		ASSERT_EQ(0, bag_lock(&bags->idle));
		took = now() - took;
		if (took > longest)
			longest = took;
		ASSERT_EQ(0, bag_unlock(&bags->idle));
	}
	TH_LOG("the longest lock took %llu us", (unsigned long long)longest / 1000);
	EXPECT_GT(LIMIT_NS, longest);
	drop_clones(&clones);
}

/*
 * Any user can have a driver put over the best one that leaves each request to another thread;
 * operations do not take to it.
 */
TEST_F(lock, driver_of_other_threads)
{
	struct keybags *bags = &self->bags;
	struct sockaddr_alg address = { .salg_family = AF_ALG, .salg_type = "aead" };
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), child;
	struct keybag_version version = {};
	__u8 blob[BLOB], opened[LENGTH];

	ASSERT_EQ(0, command(bags->idle.device, KEYBAG_IOC_VERSION, &version));
	/* A name that is cut off is refused below. */
	snprintf((char *)address.salg_name, sizeof(address.salg_name), "pcrypt(%.55s)",
		 version.aead_driver);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		SKIP(return, "no AF_ALG or pcrypt here");
	}
	/* New ciphers, for new keys. */
	ASSERT_EQ(0, bag_lock_full(&bags->idle));
	ASSERT_EQ(0, bag_unlock(&bags->idle));
	EXPECT_EQ(LENGTH, data_unwrap(bags->idle_fd, bags->blob, BLOB, NO_AAD, opened));
	EXPECT_EQ(BLOB, data_wrap(bags->idle_fd, KEYBAG_CLASS_AK, secret, LENGTH, NO_AAD, blob));
	child = child_open(bags->busy_fd, bags->child_blob, CHILD_BLOB, NO_AAD);
	EXPECT_LT(0, child);
	EXPECT_EQ(BLOB, child_encrypt(bags->busy_fd, child, secret, LENGTH, NO_AAD, blob));
	EXPECT_EQ(LENGTH, child_decrypt(bags->busy_fd, child, blob, BLOB, NO_AAD, opened));
	close(fd);
}

TEST_HARNESS_MAIN
