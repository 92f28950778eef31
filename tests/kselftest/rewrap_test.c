// SPDX-License-Identifier: GPL-2.0-only
/*
 * REWRAP: from class to class and from bag to bag without the plaintext leaving the kernel; and no
 * two of them, however they cross, wait for each other for ever.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

static const __u8 plaintext[32] = "moved without being seen .......";
static const struct aad aad = { "old", 3 }, new_aad = { "something new", 13 };

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(rewrap)
{
	struct bag first, second;
	int fd[2];
	__u8 blob[BLOB];		/* of the first, class ck */
	__u8 moved[BLOB];
	__u8 opened[sizeof(plaintext)];
};

FIXTURE_SETUP(rewrap)
{
	ASSERT_EQ(0, bag_unlocked(&self->first));
	ASSERT_EQ(0, bag_init(&self->second));
	self->second.owner = OTHER_OWNER;
	ASSERT_EQ(0, bag_create(&self->second));
	ASSERT_EQ(0, bag_load(&self->second));
	ASSERT_EQ(0, bag_unlock(&self->second));
	self->fd[0] = bag_bind(&self->first);
	self->fd[1] = bag_bind(&self->second);
	ASSERT_LE(0, self->fd[0]);
	ASSERT_LE(0, self->fd[1]);
	ASSERT_EQ(BLOB, data_wrap(self->fd[0], KEYBAG_CLASS_CK, plaintext, 32, aad, self->blob));
}

FIXTURE_TEARDOWN(rewrap)
{
	close(self->fd[0]);
	close(self->fd[1]);
	bag_finish(&self->first);
	bag_finish(&self->second);
}

TEST_F(rewrap, class_to_class)
{
	ASSERT_EQ(BLOB, data_rewrap(self->fd[0], -1, KEYBAG_CLASS_AKU, self->blob, BLOB, aad,
				    new_aad, self->moved));
	EXPECT_EQ(KEYBAG_CLASS_AKU, self->moved[BLOB_CLASS]);
	EXPECT_EQ(32, data_unwrap(self->fd[0], self->moved, BLOB, new_aad, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));
	EXPECT_EQ(-EBADMSG, data_unwrap(self->fd[0], self->moved, BLOB, aad, self->opened));
	/* The old one is as good as it was. */
	EXPECT_EQ(32, data_unwrap(self->fd[0], self->blob, BLOB, aad, self->opened));
	EXPECT_NE(0, memcmp(self->moved + BLOB_NONCE, self->blob + BLOB_NONCE, 12));
}

TEST_F(rewrap, bag_to_bag)
{
	ASSERT_EQ(BLOB, data_rewrap(self->fd[0], self->fd[1], KEYBAG_CLASS_AK, self->blob, BLOB,
				    aad, new_aad, self->moved));
	EXPECT_EQ(32, data_unwrap(self->fd[1], self->moved, BLOB, new_aad, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));
	EXPECT_EQ(-EBADMSG, data_unwrap(self->fd[0], self->moved, BLOB, new_aad, self->opened));
	/* The state of both counts. */
	ASSERT_EQ(0, bag_lock(&self->second));
	EXPECT_EQ(-ENOKEY, data_rewrap(self->fd[0], self->fd[1], KEYBAG_CLASS_AK, self->blob, BLOB,
				       aad, new_aad, self->moved));
	EXPECT_EQ(BLOB, data_rewrap(self->fd[0], self->fd[1], KEYBAG_CLASS_CK, self->blob, BLOB,
				    aad, new_aad, self->moved));
	ASSERT_EQ(0, bag_lock_full(&self->first));
	EXPECT_EQ(-ENOKEY, data_rewrap(self->fd[0], self->fd[1], KEYBAG_CLASS_CK, self->blob, BLOB,
				       aad, new_aad, self->moved));
	ASSERT_EQ(0, bag_unlock(&self->first));
	ASSERT_EQ(0, bag_unload(&self->second));
	EXPECT_EQ(-EKEYREVOKED, data_rewrap(self->fd[0], self->fd[1], KEYBAG_CLASS_DK, self->blob,
					    BLOB, aad, new_aad, self->moved));
}

TEST_F(rewrap, items)
{
	struct keybag_item item = {
		.operation = KEYBAG_OP_REWRAP, .class_number = KEYBAG_CLASS_DK,
		.target = self->fd[1],
		.input = (uintptr_t)self->blob, .input_length = BLOB,
		.aad = (uintptr_t)aad.bytes, .aad_length = (__u32)aad.length,
		.new_aad = (uintptr_t)new_aad.bytes, .new_aad_length = (__u32)new_aad.length,
		.output = (uintptr_t)self->moved, .output_capacity = BLOB,
	};

	EXPECT_EQ(BLOB, data_operate(self->fd[0], &item));
	EXPECT_EQ(32, data_unwrap(self->fd[1], self->moved, BLOB, new_aad, self->opened));
	item.output_capacity = BLOB - 1;
	EXPECT_EQ(-EMSGSIZE, data_operate(self->fd[0], &item));
	item.output_capacity = BLOB;
	item.target = -1;
	EXPECT_EQ(1, data_batch(self->fd[0], &item, 1));
	EXPECT_EQ(32, data_unwrap(self->fd[0], self->moved, BLOB, new_aad, self->opened));
}

TEST_F(rewrap, wrong_target)
{
	int unbound = device_open(), file = open("/dev/null", O_RDWR | O_CLOEXEC);

	EXPECT_EQ(-EBADF, data_rewrap(self->fd[0], 9999, KEYBAG_CLASS_AK, self->blob, BLOB, aad,
				      new_aad, self->moved));
	EXPECT_EQ(-EINVAL, data_rewrap(self->fd[0], -2, KEYBAG_CLASS_AK, self->blob, BLOB, aad,
				       new_aad, self->moved));
	EXPECT_EQ(-EBADF, data_rewrap(self->fd[0], file, KEYBAG_CLASS_AK, self->blob, BLOB, aad,
				      new_aad, self->moved));
	EXPECT_EQ(-ENOTCONN, data_rewrap(self->fd[0], unbound, KEYBAG_CLASS_AK, self->blob, BLOB,
					 aad, new_aad, self->moved));
	/* Itself by number is itself. */
	EXPECT_EQ(BLOB, data_rewrap(self->fd[0], self->fd[0], KEYBAG_CLASS_AK, self->blob, BLOB,
				    aad, new_aad, self->moved));
	close(unbound);
	close(file);
}

TEST_F(rewrap, child_to_another_bag)
{
	__u8 wrapped[CHILD_BLOB], moved[CHILD_BLOB], mac[2][KEYBAG_MAC_SIZE];
	int child, again;

	ASSERT_EQ(CHILD_BLOB, child_create(self->fd[0], KEYBAG_CLASS_AK, aad, wrapped));
	ASSERT_EQ(CHILD_BLOB, data_rewrap(self->fd[0], self->fd[1], KEYBAG_CLASS_CK, wrapped,
					  CHILD_BLOB, aad, new_aad, moved));
	child = child_open(self->fd[0], wrapped, CHILD_BLOB, aad);
	again = child_open(self->fd[1], moved, CHILD_BLOB, new_aad);
	ASSERT_LT(0, child);
	ASSERT_LT(0, again);
	EXPECT_EQ(sizeof(mac[0]), child_mac(self->fd[0], child, plaintext, 32, mac[0]));
	EXPECT_EQ(sizeof(mac[1]), child_mac(self->fd[1], again, plaintext, 32, mac[1]));
	EXPECT_EQ(0, memcmp(mac[0], mac[1], sizeof(mac[0])));
	EXPECT_EQ(-EACCES, data_unwrap(self->fd[1], moved, CHILD_BLOB, new_aad, self->opened));
}

/* -- both directions at once, with locks between them -- */

struct crossing {
	int source, target;
	const __u8 *blob;
	atomic_bool *stop;
	atomic_ulong done;
	int unexpected;
};

static void *cross(void *argument)
{
	struct crossing *crossing = argument;
	__u8 moved[BLOB];
	int result;

	while (!atomic_load(crossing->stop)) {
		result = data_rewrap(crossing->source, crossing->target, KEYBAG_CLASS_AK,
				     crossing->blob, BLOB, aad, NO_AAD, moved);
		if (result != (int)BLOB && result != -ENOKEY)
			crossing->unexpected = result;
		atomic_fetch_add(&crossing->done, 1);
	}
	return NULL;
}

static bool all_crossed(struct crossing *crossings, unsigned int count)
{
	while (count--)
		if (atomic_load(&crossings[count].done) <= 10)
			return false;
	return true;
}

TEST_F(rewrap, both_directions)
{
	atomic_bool stop = false;
	struct crossing crossings[4];
	pthread_t threads[4];
	__u8 other_blob[BLOB];
	int same = bag_bind(&self->first);
	unsigned int i, locks;

	ASSERT_LE(0, same);
	ASSERT_EQ(BLOB, data_wrap(self->fd[1], KEYBAG_CLASS_CK, plaintext, 32, aad, other_blob));
	crossings[0] = (struct crossing){ self->fd[0], self->fd[1], self->blob, &stop, 0, 0 };
	crossings[1] = (struct crossing){ self->fd[1], self->fd[0], other_blob, &stop, 0, 0 };
	/* One bag by two descriptors: its lock must not be taken twice with a writer between. */
	crossings[2] = (struct crossing){ self->fd[0], same, self->blob, &stop, 0, 0 };
	crossings[3] = (struct crossing){ same, self->fd[0], self->blob, &stop, 0, 0 };
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, cross, &crossings[i]));
	}
	for (locks = 0; locks < 100 || !all_crossed(crossings, 4); locks++) {
		EXPECT_EQ(0, bag_lock(locks & 1 ? &self->first : &self->second));
		usleep(2000);
		EXPECT_EQ(0, bag_unlock(locks & 1 ? &self->first : &self->second));
		usleep(2000);
	}
	atomic_store(&stop, true);
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, crossings[i].unexpected);
	}
	close(same);
}

TEST_HARNESS_MAIN
