// SPDX-License-Identifier: GPL-2.0-only
/* vm: cpus=2 */
/*
 * RESTRICT: rights, classes and domains that are given up stay away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"
#include "hold.h"
#include "privilege.h"

static const __u8 plaintext[32] = "for some eyes only .............";

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(narrow)
{
	struct bag bag;
	int fd;			/* to be narrowed */
	int whole;		/* of the same bag, left as it is */
	__u8 blob[BLOB];
	__u8 child_blob[CHILD_BLOB];
	__u8 sealed[BLOB];	/* by the child key */
	int child;
};

FIXTURE_SETUP(narrow)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	self->whole = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	ASSERT_LE(0, self->whole);
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_CK, plaintext, sizeof(plaintext), NO_AAD,
				  self->blob));
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_CK, NO_AAD, self->child_blob));
	self->child = child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, 32, NO_AAD, self->sealed));
}

FIXTURE_TEARDOWN(narrow)
{
	close(self->fd);
	close(self->whole);
	bag_finish(&self->bag);
}

static int restrict_to(int fd, __u32 rights, __u32 classes)
{
	struct keybag_restrict narrow = {
		.rights = rights, .known = KEYBAG_RIGHT_ALL, .classes = classes,
	};

	return command(fd, KEYBAG_IOC_RESTRICT, &narrow);
}

static int set_domain(int fd, const char *name)
{
	struct keybag_restrict narrow = {
		.rights = KEYBAG_RIGHT_ALL,
		.known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL,
		.flags = KEYBAG_RESTRICT_SET_DOMAIN,
	};

	memcpy(narrow.domain, name, strnlen(name, KEYBAG_DOMAIN_SIZE));
	return command(fd, KEYBAG_IOC_RESTRICT, &narrow);
}

static int make_clone(int fd)
{
	struct keybag_clone clone = { .lifetime_ns = 60000000000ULL };
	int result = command(fd, KEYBAG_IOC_CLONE, &clone);

	if (result >= 0)
		close(result);
	return result < 0 ? result : 0;
}

/* STATUS, read(2) and poll(2): 0 where all of them may, -EACCES where none may. */
static int watch(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct keybag_status status = {};
	struct keybag_event event;
	int result = command(fd, KEYBAG_IOC_STATUS, &status), flags = fcntl(fd, F_GETFL);
	ssize_t length;

	/* One that read its first event waits for the next. */
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	length = read(fd, &event, sizeof(event));
	if (length < 0)
		length = errno == EAGAIN ? 0 : -errno;
	fcntl(fd, F_SETFL, flags);
	if (poll(&poll_fd, 1, 0) < 0 || !(poll_fd.revents & POLLERR) != !result ||
	    (length < 0 ? length != result : result))
		return -EIO;
	return result;
}

/* Which rights the operations say are held; -1 when one of them failed for another reason. */
static int held(const FIXTURE_DATA(narrow) *self)
{
	__u8 blob[BLOB], opened[sizeof(plaintext)], child_blob[CHILD_BLOB], mac[KEYBAG_MAC_SIZE];
	const struct {
		__u32 right;
		int result;
	} results[] = {
		{ KEYBAG_RIGHT_WRAP,
		  data_wrap(self->fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, blob) },
		{ KEYBAG_RIGHT_UNWRAP, data_unwrap(self->fd, self->blob, BLOB, NO_AAD, opened) },
		{ KEYBAG_RIGHT_REWRAP, data_rewrap(self->fd, -1, KEYBAG_CLASS_CK, self->blob, BLOB,
						   NO_AAD, NO_AAD, blob) },
		{ KEYBAG_RIGHT_CHILD_CREATE,
		  child_create(self->fd, KEYBAG_CLASS_CK, NO_AAD, child_blob) },
		{ KEYBAG_RIGHT_CHILD_OPEN,
		  child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD) },
		{ KEYBAG_RIGHT_CHILD_ENCRYPT,
		  child_encrypt(self->fd, self->child, plaintext, 32, NO_AAD, blob) },
		{ KEYBAG_RIGHT_CHILD_DECRYPT,
		  child_decrypt(self->fd, self->child, self->sealed, BLOB, NO_AAD, opened) },
		{ KEYBAG_RIGHT_CHILD_MAC, child_mac(self->fd, self->child, plaintext, 32, mac) },
		{ KEYBAG_RIGHT_CLONE, make_clone(self->fd) },
		{ KEYBAG_RIGHT_WATCH, watch(self->fd) },
	};
	int rights = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(results); i++) {
		if (results[i].result >= 0)
			rights |= (int)results[i].right;
		else if (results[i].result != -EACCES)
			return -1;
	}
	return rights;
}

TEST_F(narrow, each_right)
{
	unsigned int right;
	int fd = self->fd;

	EXPECT_EQ(KEYBAG_RIGHT_ALL, held(self));
	for (right = 1; right & KEYBAG_RIGHT_ALL; right <<= 1) {
		self->fd = bag_bind(&self->bag);
		self->child = child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD);
		ASSERT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_ALL & ~right, KEYBAG_CLASSES_ALL));
		EXPECT_EQ(KEYBAG_RIGHT_ALL & ~right, held(self));
		close(self->fd);

		self->fd = bag_bind(&self->bag);
		self->child = child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD);
		ASSERT_EQ(0, restrict_to(self->fd, right, KEYBAG_CLASSES_ALL));
		EXPECT_EQ(right, held(self));
		close(self->fd);
	}
	self->fd = fd;
	EXPECT_EQ(KEYBAG_RIGHT_ALL, held(self));
}

TEST_F(narrow, for_good)
{
	struct keybag_status status = {};

	ASSERT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_UNWRAP | KEYBAG_RIGHT_WATCH,
				 KEYBAG_CLASSES_ALL));
	EXPECT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_ALL, KEYBAG_CLASSES_ALL));
	EXPECT_EQ(KEYBAG_RIGHT_UNWRAP | KEYBAG_RIGHT_WATCH, held(self));
	EXPECT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_WATCH | KEYBAG_RIGHT_CHILD_OPEN,
				 KEYBAG_CLASSES_ALL));
	EXPECT_EQ(KEYBAG_RIGHT_WATCH, held(self));
	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(KEYBAG_RIGHT_WATCH, status.rights);
	EXPECT_EQ(KEYBAG_CLASSES_ALL, status.classes);
	EXPECT_EQ(0, restrict_to(self->fd, 0, 0));
	EXPECT_EQ(0, held(self));
	/* A duplicate is the same descriptor; another one of the bag is not. */
	EXPECT_EQ(BLOB, data_wrap(self->whole, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, self->blob));
	memset(&status, 0, sizeof(status));
	EXPECT_EQ(-EACCES, command(self->fd, KEYBAG_IOC_STATUS, &status));
}

/* A list of rights is one of those the caller knows; this kernel may know more, or fewer. */
TEST_F(narrow, known_rights)
{
	const __u32 later = 1U << 30;
	struct keybag_restrict narrow = {
		.rights = KEYBAG_RIGHT_ALL | later,
		.known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL,
	};

	ASSERT_EQ(0, KEYBAG_RIGHT_ALL & later);
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	/* A newer program keeps what is unknown here, but cannot be promised that it is gone. */
	narrow.known = KEYBAG_RIGHT_ALL | later;
	EXPECT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	EXPECT_EQ(KEYBAG_RIGHT_ALL, held(self));
	narrow.rights = KEYBAG_RIGHT_ALL & ~KEYBAG_RIGHT_CLONE;
	EXPECT_EQ(-E2BIG, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	EXPECT_EQ(KEYBAG_RIGHT_ALL, held(self));
	/* One that knows fewer keeps none it does not name. */
	narrow.rights = KEYBAG_RIGHT_UNWRAP;
	narrow.known = KEYBAG_RIGHT_UNWRAP | KEYBAG_RIGHT_WRAP;
	EXPECT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	EXPECT_EQ(KEYBAG_RIGHT_UNWRAP, held(self));
}

struct reader {
	int fd;
	int result;
};

static void *read_blocking(void *argument)
{
	struct reader *reader = argument;
	struct keybag_event event;

	reader->result = read(reader->fd, &event, sizeof(event)) < 0 ? -errno : 0;
	return NULL;
}

/* A reader that waits in read(2) is told. */
TEST_F(narrow, watch_while_waiting)
{
	struct reader reader = { .fd = self->fd };
	struct keybag_event event;
	pthread_t thread;

	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_blocking, &reader));
	usleep(100000);
	EXPECT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_ALL & ~KEYBAG_RIGHT_WATCH,
				 KEYBAG_CLASSES_ALL));
	pthread_join(thread, NULL);
	EXPECT_EQ(-EACCES, reader.result);
}

TEST_F(narrow, classes)
{
	__u8 blob[BLOB], ak[BLOB], opened[sizeof(plaintext)];
	__u32 class;
	unsigned int i;

	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AK, plaintext, 32, NO_AAD, ak));
	ASSERT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_ALL, KEYBAG_CLASS_BIT(KEYBAG_CLASS_CK) |
							     KEYBAG_CLASS_BIT(KEYBAG_CLASS_DK)));
	for (i = 0; i < CLASS_COUNT; i++) {
		class = all_classes[i];
		EXPECT_EQ(class == KEYBAG_CLASS_CK || class == KEYBAG_CLASS_DK ? (int)BLOB :
										 -EACCES,
			  data_wrap(self->fd, class, plaintext, 32, NO_AAD, blob));
		EXPECT_EQ(class == KEYBAG_CLASS_CK || class == KEYBAG_CLASS_DK ? (int)BLOB :
										 -EACCES,
			  data_rewrap(self->fd, -1, class, self->blob, BLOB, NO_AAD, NO_AAD, blob));
	}
	EXPECT_EQ(-EACCES, data_unwrap(self->fd, ak, BLOB, NO_AAD, opened));
	EXPECT_EQ(-EACCES,
		  data_rewrap(self->fd, -1, KEYBAG_CLASS_DK, ak, BLOB, NO_AAD, NO_AAD, blob));
	EXPECT_EQ(32, data_unwrap(self->fd, self->blob, BLOB, NO_AAD, opened));
	/* A child key that was open goes with its class. */
	EXPECT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, 32, NO_AAD, blob));
	ASSERT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_ALL, KEYBAG_CLASS_BIT(KEYBAG_CLASS_DK)));
	EXPECT_EQ(-EACCES, child_encrypt(self->fd, self->child, plaintext, 32, NO_AAD, blob));
	EXPECT_EQ(-EACCES, child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD));
}

TEST_F(narrow, domain)
{
	__u8 first[BLOB], second[BLOB], child_blob[CHILD_BLOB], opened[sizeof(plaintext)];
	struct keybag_status status = {};
	int other = bag_bind(&self->bag), same = bag_bind(&self->bag);

	ASSERT_EQ(0, set_domain(self->fd, "first"));
	ASSERT_EQ(0, set_domain(other, "second"));
	ASSERT_EQ(0, set_domain(same, "first"));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, first));
	ASSERT_EQ(BLOB, data_wrap(other, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, second));
	EXPECT_EQ(0,
		  memcmp(first + BLOB_DOMAIN, "first\0\0\0\0\0\0\0\0\0\0\0", KEYBAG_DOMAIN_SIZE));

	EXPECT_EQ(32, data_unwrap(self->fd, first, BLOB, NO_AAD, opened));
	EXPECT_EQ(32, data_unwrap(same, first, BLOB, NO_AAD, opened));
	EXPECT_EQ(-EACCES, data_unwrap(other, first, BLOB, NO_AAD, opened));
	EXPECT_EQ(-EACCES, data_unwrap(self->whole, first, BLOB, NO_AAD, opened));
	EXPECT_EQ(-EACCES, data_unwrap(self->fd, second, BLOB, NO_AAD, opened));
	EXPECT_EQ(-EACCES, data_unwrap(self->fd, self->blob, BLOB, NO_AAD, opened));
	/* To change the name in the blob is to break it. */
	memcpy(first + BLOB_DOMAIN, second + BLOB_DOMAIN, KEYBAG_DOMAIN_SIZE);
	EXPECT_EQ(-EBADMSG, data_unwrap(other, first, BLOB, NO_AAD, opened));

	EXPECT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_CK, NO_AAD, child_blob));
	EXPECT_EQ(-EACCES, child_open(other, child_blob, CHILD_BLOB, NO_AAD));
	EXPECT_EQ(-EACCES, child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD));
	EXPECT_LT(0, child_open(same, child_blob, CHILD_BLOB, NO_AAD));

	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(0, memcmp(status.domain, "first\0\0\0\0\0\0\0\0\0\0\0", KEYBAG_DOMAIN_SIZE));
	close(other);
	close(same);
}

/* From one domain to another goes only who holds both. */
TEST_F(narrow, rewrap_between_domains)
{
	__u8 blob[BLOB], moved[BLOB], opened[sizeof(plaintext)];
	int other = bag_bind(&self->bag);

	ASSERT_EQ(0, set_domain(self->fd, "first"));
	ASSERT_EQ(0, set_domain(other, "second"));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, blob));
	EXPECT_EQ(-EACCES,
		  data_rewrap(other, -1, KEYBAG_CLASS_CK, blob, BLOB, NO_AAD, NO_AAD, moved));
	ASSERT_EQ(BLOB,
		  data_rewrap(self->fd, other, KEYBAG_CLASS_CK, blob, BLOB, NO_AAD, NO_AAD, moved));
	EXPECT_EQ(32, data_unwrap(other, moved, BLOB, NO_AAD, opened));
	EXPECT_EQ(-EACCES, data_unwrap(self->fd, moved, BLOB, NO_AAD, opened));
	ASSERT_EQ(0,
		  restrict_to(other, KEYBAG_RIGHT_ALL & ~KEYBAG_RIGHT_REWRAP, KEYBAG_CLASSES_ALL));
	EXPECT_EQ(-EACCES, data_rewrap(self->fd, other, KEYBAG_CLASS_CK, blob, BLOB, NO_AAD, NO_AAD,
				       moved));
	close(other);
}

TEST_F(narrow, domain_once)
{
	EXPECT_EQ(-EINVAL, set_domain(self->fd, ""));
	EXPECT_EQ(0, set_domain(self->fd, "mine"));
	EXPECT_EQ(-EACCES, set_domain(self->fd, "yours"));
	EXPECT_EQ(-EACCES, set_domain(self->fd, "mine"));
	EXPECT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_ALL, KEYBAG_CLASSES_ALL));
	EXPECT_EQ(0, restrict_to(self->fd, KEYBAG_RIGHT_WRAP, KEYBAG_CLASSES_ALL));
	EXPECT_EQ(-EACCES, set_domain(self->fd, "yours"));
}

static int set_reserved_domain(void *fd)
{
	return set_domain(*(int *)fd, "\x80reserved");
}

static int set_free_domain(void *fd)
{
	return set_domain(*(int *)fd, "\x7f" "free");
}

TEST_F(narrow, reserved_domains)
{
	EXPECT_EQ(-EPERM, run_with(AS_USER, OWNER, set_reserved_domain, &self->fd));
	EXPECT_EQ(-EPERM, run_with(WITHOUT_SYS_ADMIN, 0, set_reserved_domain, &self->fd));
	EXPECT_EQ(0, set_reserved_domain(&self->fd));
	EXPECT_EQ(0, run_with(AS_USER, NOBODY, set_free_domain, &self->whole));
}

/* A child key opened before sets seals under the domain that holds when it is used. */
TEST_F(narrow, children_and_domain)
{
	__u8 blob[BLOB], before[BLOB], opened[sizeof(plaintext)];

	ASSERT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, 32, NO_AAD, before));
	ASSERT_EQ(0, set_domain(self->fd, "later"));
	EXPECT_EQ(-EACCES, child_decrypt(self->fd, self->child, before, BLOB, NO_AAD, opened));
	ASSERT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, 32, NO_AAD, blob));
	EXPECT_EQ(0, memcmp(blob + BLOB_DOMAIN, "later", 5));
	EXPECT_EQ(32, child_decrypt(self->fd, self->child, blob, BLOB, NO_AAD, opened));
}

/* -- while an operation is in flight -- */

struct restricting {
	int fd;
	pthread_t thread;
	int result;
	atomic_bool done;
};

static void *give_up_all(void *argument)
{
	struct restricting *restricting = argument;

	restricting->result = restrict_to(restricting->fd, 0, 0);
	atomic_store(&restricting->done, true);
	return NULL;
}

/* It waits for what runs with the rights that go, and holds up nothing else. */
TEST_F(narrow, waits_for_operations)
{
	struct restricting restricting = { .fd = self->fd };
	__u8 blob[BLOB];
	struct held held;
	int child, result = hold_load();

	if (result == -ENOENT)
		SKIP(return, "no keybag_hold.ko here (make test-modules), or no kprobes");
	ASSERT_EQ(0, result);
	child = child_open(self->fd, self->child_blob, CHILD_BLOB, NO_AAD);
	ASSERT_LT(0, child);
	result = held_begin(&held, self->fd, child);
	if (result == -ENXIO)
		SKIP(return, "one processor");
	ASSERT_EQ(0, result);
	ASSERT_EQ(0, pthread_create(&restricting.thread, NULL, give_up_all, &restricting));
	/* An operation that begins after it has none of the rights, though it waits. */
	while ((result = data_wrap(self->fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, blob)) == BLOB)
		usleep(1000);
	EXPECT_EQ(-EACCES, result);
	/* Another descriptor goes on, also where it gives up nothing. */
	EXPECT_EQ(BLOB, data_wrap(self->whole, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, blob));
	EXPECT_EQ(0, restrict_to(self->whole, KEYBAG_RIGHT_ALL, KEYBAG_CLASSES_ALL));
	EXPECT_TRUE(hold_wait(0));
	EXPECT_FALSE(atomic_load(&restricting.done));

	EXPECT_EQ(KEYBAG_MAC_SIZE, held_end(&held));
	pthread_join(restricting.thread, NULL);
	EXPECT_EQ(0, restricting.result);
	child_close(self->fd, child);
	EXPECT_EQ(0, hold_unload());
}

TEST_HARNESS_MAIN
