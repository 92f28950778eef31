// SPDX-License-Identifier: GPL-2.0-only
/*
 * CLONE: a descriptor for one operation, or for a stated time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

#define MILLISECOND	1000000ULL
#define PAGE		4096
/* Time for a wake-up, on a machine that is busy. */
#define WAKE_SECONDS	60

static const __u8 plaintext[32] = "once, or for a while ...........";

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(clone)
{
	struct bag bag;
	int fd;
	__u8 blob[BLOB];
	__u8 child_blob[CHILD_BLOB];
	__u8 opened[sizeof(plaintext)];
};

FIXTURE_SETUP(clone)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, self->blob));
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_CK, NO_AAD, self->child_blob));
}

FIXTURE_TEARDOWN(clone)
{
	close(self->fd);
	bag_finish(&self->bag);
}

static int make_clone(int fd, __u32 flags, __u64 lifetime)
{
	struct keybag_clone clone = { .flags = flags, .lifetime_ns = lifetime };

	return command(fd, KEYBAG_IOC_CLONE, &clone);
}

/* It is the same kind of file as one that was opened. */
TEST_F(clone, stream)
{
	struct keybag_event event;
	int fd = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, pread(self->fd, &event, sizeof(event), 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pread(fd, &event, sizeof(event), 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	close(fd);
}

TEST_F(clone, once)
{
	int fd = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
	__u8 damaged[BLOB];

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	/* A use that fails does not count. */
	memcpy(damaged, self->blob, BLOB);
	damaged[BLOB - 1] ^= 1;
	EXPECT_EQ(-EBADMSG, data_unwrap(fd, damaged, BLOB, NO_AAD, self->opened));
	EXPECT_EQ(-EINVAL, data_wrap(fd, KEYBAG_CLASS_CK, plaintext, 0, NO_AAD, damaged));
	EXPECT_EQ(32, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));

	EXPECT_EQ(-EKEYEXPIRED, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	EXPECT_EQ(-EKEYEXPIRED, data_wrap(fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, damaged));
	EXPECT_EQ(-EKEYEXPIRED, child_open(fd, self->child_blob, CHILD_BLOB, NO_AAD));
	EXPECT_EQ(-EKEYEXPIRED, child_create(fd, KEYBAG_CLASS_CK, NO_AAD, damaged));
	EXPECT_EQ(-EKEYEXPIRED,
		  data_rewrap(fd, -1, KEYBAG_CLASS_DK, self->blob, BLOB, NO_AAD, NO_AAD, damaged));
	close(fd);
	/* The one it came from is as it was. */
	EXPECT_EQ(32, data_unwrap(self->fd, self->blob, BLOB, NO_AAD, self->opened));
	EXPECT_EQ(32, data_unwrap(self->fd, self->blob, BLOB, NO_AAD, self->opened));
}

/*
 * A blob that arrives in part, as a page is missing, was made all the same. Whoever gives such
 * addresses would get as many as they like, each without a byte.
 */
TEST_F(clone, once_in_part)
{
	int fds[5], target = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
	__u8 *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	unsigned int i;

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, munmap(pages + PAGE, PAGE));
	ASSERT_LE(0, target);
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_EQ(-EFAULT, data_wrap(fds[0], KEYBAG_CLASS_CK, plaintext, 32, NO_AAD,
				     pages + PAGE - BLOB + 1));
	EXPECT_EQ(-EFAULT, data_rewrap(fds[1], -1, KEYBAG_CLASS_DK, self->blob, BLOB, NO_AAD, NO_AAD,
				       pages + PAGE - BLOB + 1));
	EXPECT_EQ(-EFAULT, data_rewrap(fds[2], target, KEYBAG_CLASS_DK, self->blob, BLOB, NO_AAD,
				       NO_AAD, pages + PAGE - BLOB + 1));
	EXPECT_EQ(-EFAULT, child_create(fds[3], KEYBAG_CLASS_CK, NO_AAD,
					pages + PAGE - CHILD_BLOB + 1));
	/* Nothing of it arrives where the address is none at all; it was sealed. */
	EXPECT_EQ(-EFAULT, data_wrap(fds[4], KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, pages + PAGE));
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(-EKEYEXPIRED, data_unwrap(fds[i], self->blob, BLOB, NO_AAD, self->opened));
		close(fds[i]);
	}
	EXPECT_EQ(-EKEYEXPIRED, data_unwrap(target, self->blob, BLOB, NO_AAD, self->opened));
	close(target);
	munmap(pages, PAGE);
}

/* Whether a descriptor whose time is over says so to whoever watches by it. */
static bool watches_no_more(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct keybag_status status = {};
	struct keybag_event event;

	return command(fd, KEYBAG_IOC_STATUS, &status) == -EKEYEXPIRED &&
	       read(fd, &event, sizeof(event)) == -1 && errno == EKEYEXPIRED &&
	       poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLERR;
}

/* A thread that waits for events, of which there are none: by poll(2) or by read(2). */
struct watcher {
	int fd;
	bool reads;
	pthread_t thread;
	int answer;		/* the events of poll(2), or the negative errno of read(2) */
};

static void *watch(void *argument)
{
	struct watcher *watcher = argument;
	struct pollfd poll_fd = { .fd = watcher->fd, .events = POLLIN };
	struct keybag_event event;

	if (watcher->reads)
		watcher->answer = read(watcher->fd, &event, sizeof(event)) < 0 ? -errno : 0;
	else
		watcher->answer = poll(&poll_fd, 1, -1) == 1 ? poll_fd.revents : 0;
	return NULL;
}

/* The answer it got; 0 when only an event ended its wait. */
static int watcher_end(struct watcher *watcher, struct bag *bag)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAKE_SECONDS;
	if (!pthread_clockjoin_np(watcher->thread, NULL, CLOCK_MONOTONIC, &until))
		return watcher->answer;
	bag_lock(bag);
	pthread_join(watcher->thread, NULL);
	return 0;
}

/* The use of a clone that is good once ends the wait of those that watch by it. */
TEST_F(clone, once_wakes)
{
	struct keybag_event event;
	int fd = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
	struct watcher polls = { .fd = fd }, reads = { .fd = fd, .reads = true };

	ASSERT_LE(0, fd);
	ASSERT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	ASSERT_EQ(0, pthread_create(&polls.thread, NULL, watch, &polls));
	ASSERT_EQ(0, pthread_create(&reads.thread, NULL, watch, &reads));
	/* They answer the same when they come too late for this. */
	usleep(300000);
	ASSERT_EQ(32, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	EXPECT_EQ(POLLERR, watcher_end(&polls, &self->bag));
	EXPECT_EQ(-EKEYEXPIRED, watcher_end(&reads, &self->bag));
	close(fd);
}

/* And the end of its time that of poll(2). */
TEST_F(clone, lifetime_wakes)
{
	const __u64 lifetime = 500 * MILLISECOND, begun = now();
	int fd = make_clone(self->fd, 0, lifetime);
	struct watcher polls = { .fd = fd };
	struct keybag_event event;

	ASSERT_LE(0, fd);
	ASSERT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	ASSERT_EQ(0, pthread_create(&polls.thread, NULL, watch, &polls));
	EXPECT_EQ(POLLERR, watcher_end(&polls, &self->bag));
	EXPECT_LE(begun + lifetime, now());
	close(fd);
}

/* A thread that waits for nothing, for a while: how often it was woken. */
static void *count_wakes(void *argument)
{
	struct watcher *watcher = argument;
	struct pollfd poll_fd = { .fd = watcher->fd, .events = POLLIN };
	struct rusage before, after;

	getrusage(RUSAGE_THREAD, &before);
	if (poll(&poll_fd, 1, 400))
		return NULL;
	getrusage(RUSAGE_THREAD, &after);
	watcher->answer = (int)(after.ru_nvcsw - before.ru_nvcsw);
	return NULL;
}

/* A time that the clock never reaches has no end, and wakes nobody. */
TEST_F(clone, lifetime_beyond_the_clock)
{
	const __u64 lifetimes[] = { INT64_MAX, 1ULL << 63, UINT64_MAX - 60 * 1000 * MILLISECOND, UINT64_MAX };
	struct keybag_event event;
	struct watcher watcher;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lifetimes); i++) {
		watcher = (struct watcher){ .fd = make_clone(self->fd, 0, lifetimes[i]), .answer = -1 };
		ASSERT_LE(0, watcher.fd);
		ASSERT_EQ(sizeof(event), read(watcher.fd, &event, sizeof(event)));
		ASSERT_EQ(0, pthread_create(&watcher.thread, NULL, count_wakes, &watcher));
		pthread_join(watcher.thread, NULL);
		EXPECT_LE(0, watcher.answer);
		EXPECT_GE(20, watcher.answer);
		close(watcher.fd);
	}
}

/* Clones of @parent, each with a watcher that waits for nothing. Returns how many there are before it ends. */
static unsigned int watch_clones(int parent, struct watcher *watchers, unsigned int count)
{
	struct keybag_event event;
	unsigned int i;

	for (i = 0; i < count; i++) {
		watchers[i] = (struct watcher){ .fd = make_clone(parent, 0, 1000000 * MILLISECOND),
						.reads = i % 2 };
		if (watchers[i].fd < 0)
			break;
		if (read(watchers[i].fd, &event, sizeof(event)) != sizeof(event) ||
		    pthread_create(&watchers[i].thread, NULL, watch, &watchers[i])) {
			close(watchers[i].fd);
			break;
		}
	}
	return i;
}

/* Clones of one that ends all end with it. */
TEST_F(clone, lifetime_of_many)
{
	struct watcher watchers[16];
	__u64 lifetime = 125 * MILLISECOND, begun;
	unsigned int made, i;
	int parent;

	/* A machine that is busy may not have made them all in time. */
	do {
		lifetime *= 4;
		begun = now();
		parent = make_clone(self->fd, 0, lifetime);
		ASSERT_LE(0, parent);
		made = watch_clones(parent, watchers, ARRAY_SIZE(watchers));
		for (i = 0; i < made; i++) {
			EXPECT_EQ(i % 2 ? -EKEYEXPIRED : POLLERR, watcher_end(&watchers[i], &self->bag));
			close(watchers[i].fd);
		}
		EXPECT_LE(begun + lifetime, now());
		close(parent);
	} while (made < ARRAY_SIZE(watchers) && lifetime < 100000 * MILLISECOND);
	EXPECT_EQ(ARRAY_SIZE(watchers), made);
}

TEST_F(clone, once_watched)
{
	struct keybag_status status = {};
	struct keybag_event event;
	int fd = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);

	/* Looking uses up nothing. */
	EXPECT_EQ(0, command(fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	EXPECT_EQ(32, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_TRUE(watches_no_more(fd));
	close(fd);
}

/* The end of its time wakes who waits. */
TEST_F(clone, lifetime_watched)
{
	const __u64 lifetime = 500 * MILLISECOND, begun = now();
	int fd = make_clone(self->fd, 0, lifetime);
	struct keybag_event event;
	ssize_t length;

	ASSERT_LE(0, fd);
	do
		length = read(fd, &event, sizeof(event));
	while (length > 0);
	EXPECT_EQ(EKEYEXPIRED, errno);
	EXPECT_LE(begun + lifetime, now());
	EXPECT_TRUE(watches_no_more(fd));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_TRUE(watches_no_more(fd));
	close(fd);
}

/* One of a batch, the first that succeeds. */
TEST_F(clone, once_in_a_batch)
{
	int fd = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
	__u8 opened[3][32] = {};
	struct keybag_item items[3];
	unsigned int i;

	ASSERT_LE(0, fd);
	for (i = 0; i < 3; i++)
		items[i] = item_unwrap(self->blob, BLOB, NO_AAD, opened[i], 32);
	items[0].output_capacity = 0;
	EXPECT_EQ(1, data_batch(fd, items, 3));
	EXPECT_EQ(-EMSGSIZE, items[0].result);
	EXPECT_EQ(32, items[1].result);
	EXPECT_EQ(-EKEYEXPIRED, items[2].result);
	EXPECT_EQ(0, opened[2][0]);
	EXPECT_GT(1, data_batch(fd, items, 3));
	close(fd);
}

/* A rewrap uses up both descriptors. */
TEST_F(clone, once_as_target)
{
	int target = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
	__u8 blob[BLOB];

	ASSERT_LE(0, target);
	EXPECT_EQ(BLOB, data_rewrap(self->fd, target, KEYBAG_CLASS_DK, self->blob, BLOB, NO_AAD,
				    NO_AAD, blob));
	EXPECT_EQ(-EKEYEXPIRED, data_rewrap(self->fd, target, KEYBAG_CLASS_DK, self->blob, BLOB,
					    NO_AAD, NO_AAD, blob));
	EXPECT_EQ(-EKEYEXPIRED, data_wrap(target, KEYBAG_CLASS_DK, plaintext, 32, NO_AAD, blob));
	close(target);
}

/* Whoever is quick with two threads has it once all the same. */
struct use {
	int fd;
	const __u8 *blob;
	int successes;
};

static void *use_up(void *argument)
{
	struct use *use = argument;
	__u8 opened[32];
	unsigned int i;

	for (i = 0; i < 100; i++)
		if (data_unwrap(use->fd, use->blob, BLOB, NO_AAD, opened) == 32)
			use->successes++;
	return NULL;
}

TEST_F(clone, once_by_two_threads)
{
	unsigned int round, i;

	for (round = 0; round < 100; round++) {
		const int fd = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
		struct use uses[2] = { { fd, self->blob, 0 }, { fd, self->blob, 0 } };
		pthread_t threads[2];

		ASSERT_LE(0, fd);
		for (i = 0; i < 2; i++) {
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, use_up, &uses[i]));
		}
		for (i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		EXPECT_EQ(1, uses[0].successes + uses[1].successes);
		close(fd);
	}
}

/*
 * A clone that lives for @lifetime, and what shall succeed within it. False when it may not have been
 * in time, so that its results mean nothing.
 */
static bool use_in_time(FIXTURE_DATA(clone) *self, __u64 lifetime, int *ret_fd, int *ret_child)
{
	const __u64 begin = now();
	unsigned int i;

	*ret_fd = make_clone(self->fd, 0, lifetime);
	*ret_child = child_open(*ret_fd, self->child_blob, CHILD_BLOB, NO_AAD);
	for (i = 0; i < 3; i++)
		if (data_unwrap(*ret_fd, self->blob, BLOB, NO_AAD, self->opened) != 32)
			*ret_child = -EIO;
	return now() - begin < lifetime;
}

TEST_F(clone, lifetime)
{
	__u64 lifetime = 300 * MILLISECOND;
	int fd, child;

	/* On a machine that is busy a longer one will do. */
	while (!use_in_time(self, lifetime, &fd, &child)) {
		close(fd);
		lifetime *= 4;
	}
	ASSERT_LE(0, fd);
	ASSERT_LT(0, child);
	usleep(lifetime / 1000 + 100000);
	EXPECT_EQ(-EKEYEXPIRED, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	EXPECT_EQ(-EKEYEXPIRED, child_encrypt(fd, child, plaintext, 32, NO_AAD, self->blob));
	EXPECT_EQ(-EKEYEXPIRED, make_clone(fd, KEYBAG_CLONE_ONCE, 0));
	EXPECT_EQ(-EKEYEXPIRED, make_clone(fd, 0, 600000 * MILLISECOND));
	close(fd);
}

TEST_F(clone, once_with_lifetime)
{
	int fd = make_clone(self->fd, KEYBAG_CLONE_ONCE, 200 * MILLISECOND);

	ASSERT_LE(0, fd);
	usleep(300000);
	EXPECT_EQ(-EKEYEXPIRED, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	close(fd);
	EXPECT_EQ(-EINVAL, make_clone(self->fd, 0, 0));
}

/* A clone of a clone has not more of anything. */
TEST_F(clone, of_a_clone)
{
	__u64 lifetime = 75 * MILLISECOND, begin;
	int first, second, once, opened;

	/* In time: before the first one can have ended. */
	do {
		lifetime *= 4;
		begin = now();
		first = make_clone(self->fd, 0, lifetime);
		ASSERT_LE(0, first);
		second = make_clone(first, 0, 600000 * MILLISECOND);
		opened = data_unwrap(second, self->blob, BLOB, NO_AAD, self->opened);
	} while (now() - begin >= lifetime);
	ASSERT_LE(0, second);
	EXPECT_EQ(32, opened);
	usleep(lifetime / 1000 + 100000);
	EXPECT_EQ(-EKEYEXPIRED, data_unwrap(second, self->blob, BLOB, NO_AAD, self->opened));
	close(second);
	close(first);

	/* A descriptor good once does not become good twice. */
	once = make_clone(self->fd, KEYBAG_CLONE_ONCE, 0);
	ASSERT_LE(0, once);
	EXPECT_EQ(-EACCES, make_clone(once, KEYBAG_CLONE_ONCE, 0));
	EXPECT_EQ(-EACCES, make_clone(once, 0, 600000 * MILLISECOND));
	EXPECT_EQ(32, data_unwrap(once, self->blob, BLOB, NO_AAD, self->opened));
	close(once);
}

TEST_F(clone, inherits)
{
	struct keybag_restrict narrow = {
		.rights = KEYBAG_RIGHT_UNWRAP | KEYBAG_RIGHT_CLONE | KEYBAG_RIGHT_WATCH,
		.known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASS_BIT(KEYBAG_CLASS_CK),
		.flags = KEYBAG_RESTRICT_SET_DOMAIN,
		.domain = "inherited",
	};
	struct keybag_restrict wide = {
		.rights = KEYBAG_RIGHT_ALL, .known = KEYBAG_RIGHT_ALL, .classes = KEYBAG_CLASSES_ALL,
		.flags = KEYBAG_RESTRICT_SET_DOMAIN, .domain = "another",
	};
	struct keybag_status status = {};
	__u8 blob[BLOB];
	int fd;

	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	fd = make_clone(self->fd, 0, 600000 * MILLISECOND);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, command(fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(0, memcmp(status.uuid, self->bag.uuid, KEYBAG_UUID_SIZE));
	EXPECT_EQ(narrow.rights, status.rights);
	EXPECT_EQ(narrow.classes, status.classes);
	EXPECT_EQ(0, memcmp(status.domain, narrow.domain, KEYBAG_DOMAIN_SIZE));
	EXPECT_EQ(-EACCES, data_wrap(fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, blob));
	EXPECT_EQ(-EACCES, command(fd, KEYBAG_IOC_RESTRICT, &wide));
	/* The other one keeps the rights that the clone gives up. */
	narrow.rights = 0;
	narrow.flags = 0;
	memset(narrow.domain, 0, sizeof(narrow.domain));
	ASSERT_EQ(0, command(fd, KEYBAG_IOC_RESTRICT, &narrow));
	memset(&status, 0, sizeof(status));
	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(KEYBAG_RIGHT_UNWRAP | KEYBAG_RIGHT_CLONE | KEYBAG_RIGHT_WATCH, status.rights);
	close(fd);
}

/* A fresh descriptor: the children of the other one are not there, and it is bound already. */
TEST_F(clone, fresh)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID };
	struct keybag_event event;
	__u8 blob[BLOB];
	int child = child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD);
	int fd = make_clone(self->fd, 0, 600000 * MILLISECOND);

	ASSERT_LT(0, child);
	ASSERT_LE(0, fd);
	EXPECT_GT(0, child_encrypt(fd, child, plaintext, 32, NO_AAD, blob));
	memcpy(bind.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(-EEXIST, command(fd, KEYBAG_IOC_BIND, &bind));
	EXPECT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, event.state);
	/* It outlives the one it came from, not the bag. */
	close(self->fd);
	EXPECT_EQ(32, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, data_unwrap(fd, self->blob, BLOB, NO_AAD, self->opened));
	close(fd);
}

TEST_HARNESS_MAIN
