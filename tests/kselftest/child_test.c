// SPDX-License-Identifier: GPL-2.0-only
/* vm: cpus=2 */
/*
 * Child keys: made and kept in the kernel, used there, and wiped with their class.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"
#include "hold.h"

static const __u8 plaintext[32] = "an attribute of some item ......";
static const struct aad aad = { "attributes", 10 };

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(child)
{
	struct bag bag;
	int fd;
	__u8 wrapped[CHILD_BLOB];
	int child;
};

FIXTURE_VARIANT(child)
{
	__u32 class;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(child, when_unlocked) {
	.class = KEYBAG_CLASS_AK,
};

FIXTURE_VARIANT_ADD(child, after_first_unlock) {
	.class = KEYBAG_CLASS_CKU,
};

FIXTURE_VARIANT_ADD(child, always) {
	.class = KEYBAG_CLASS_DK,
};
/* clang-format on */

FIXTURE_SETUP(child)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, variant->class, aad, self->wrapped));
	self->child = child_open(self->fd, self->wrapped, CHILD_BLOB, aad);
	ASSERT_LT(0, self->child);
}

FIXTURE_TEARDOWN(child)
{
	close(self->fd);
	bag_finish(&self->bag);
}

TEST_F(child, round_trip)
{
	__u8 blob[BLOB], opened[sizeof(plaintext)];

	EXPECT_EQ(1, self->wrapped[BLOB_FLAGS]);
	EXPECT_EQ(variant->class, self->wrapped[BLOB_CLASS]);
	ASSERT_EQ(BLOB,
		  child_encrypt(self->fd, self->child, plaintext, sizeof(plaintext), aad, blob));
	EXPECT_EQ(2, blob[BLOB_FLAGS]);
	EXPECT_EQ(variant->class, blob[BLOB_CLASS]);
	EXPECT_EQ(1, blob[BLOB_GENERATION]);
	EXPECT_EQ(sizeof(opened), child_decrypt(self->fd, self->child, blob, BLOB, aad, opened));
	EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(opened)));
	EXPECT_EQ(-EBADMSG, child_decrypt(self->fd, self->child, blob, BLOB, NO_AAD, opened));
}

/* Opened again, here or elsewhere, it is the same key. */
TEST_F(child, same_key)
{
	__u8 blob[BLOB], opened[sizeof(plaintext)], mac[KEYBAG_MAC_SIZE],
		other_mac[KEYBAG_MAC_SIZE];
	int fd = bag_bind(&self->bag), again;

	ASSERT_LE(0, fd);
	again = child_open(fd, self->wrapped, CHILD_BLOB, aad);
	ASSERT_LT(0, again);
	ASSERT_EQ(BLOB,
		  child_encrypt(self->fd, self->child, plaintext, sizeof(plaintext), aad, blob));
	EXPECT_EQ(sizeof(opened), child_decrypt(fd, again, blob, BLOB, aad, opened));
	EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(opened)));
	EXPECT_EQ(sizeof(mac), child_mac(self->fd, self->child, plaintext, sizeof(plaintext), mac));
	EXPECT_EQ(sizeof(mac), child_mac(fd, again, plaintext, sizeof(plaintext), other_mac));
	EXPECT_EQ(0, memcmp(mac, other_mac, sizeof(mac)));
	EXPECT_EQ(sizeof(mac), child_mac(fd, again, plaintext, sizeof(plaintext) - 1, other_mac));
	EXPECT_NE(0, memcmp(mac, other_mac, sizeof(mac)));
	close(fd);
}

TEST_F(child, other_key)
{
	__u8 wrapped[CHILD_BLOB], blob[BLOB], opened[sizeof(plaintext)], mac[2][KEYBAG_MAC_SIZE];
	int other;

	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, variant->class, aad, wrapped));
	other = child_open(self->fd, wrapped, CHILD_BLOB, aad);
	ASSERT_LT(0, other);
	EXPECT_NE(self->child, other);
	ASSERT_EQ(BLOB,
		  child_encrypt(self->fd, self->child, plaintext, sizeof(plaintext), aad, blob));
	EXPECT_EQ(-EBADMSG, child_decrypt(self->fd, other, blob, BLOB, aad, opened));
	EXPECT_EQ(sizeof(mac[0]), child_mac(self->fd, self->child, plaintext, 32, mac[0]));
	EXPECT_EQ(sizeof(mac[1]), child_mac(self->fd, other, plaintext, 32, mac[1]));
	EXPECT_NE(0, memcmp(mac[0], mac[1], sizeof(mac[0])));
}

/* A child key does not leave the kernel, and nothing else becomes one. */
TEST_F(child, never_data)
{
	__u8 opened[64], blob[BLOB], by_child[BLOB], plain[BLOB];
	struct keybag_item item =
		item_unwrap(self->wrapped, CHILD_BLOB, aad, opened, sizeof(opened));

	memset(opened, 0x5a, sizeof(opened));
	EXPECT_EQ(-EACCES, data_unwrap(self->fd, self->wrapped, CHILD_BLOB, aad, opened));
	EXPECT_EQ(-EACCES, data_operate(self->fd, &item));
	EXPECT_EQ(0x5a, opened[0]);
	memcpy(blob, self->wrapped, CHILD_BLOB);
	blob[BLOB_FLAGS] = 0;
	EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, blob, CHILD_BLOB, aad, opened));

	ASSERT_EQ(BLOB,
		  data_wrap(self->fd, variant->class, plaintext, sizeof(plaintext), aad, plain));
	EXPECT_GT(0, child_open(self->fd, plain, BLOB, aad));
	EXPECT_GT(0, child_decrypt(self->fd, self->child, plain, BLOB, aad, opened));
	plain[BLOB_FLAGS] = 1;
	EXPECT_EQ(-EBADMSG, child_open(self->fd, plain, BLOB, aad));

	ASSERT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, sizeof(plaintext), aad,
				      by_child));
	EXPECT_GT(0, data_unwrap(self->fd, by_child, BLOB, aad, opened));
	EXPECT_GT(0, child_open(self->fd, by_child, BLOB, aad));
	by_child[BLOB_FLAGS] = 1;
	EXPECT_EQ(-EBADMSG, child_open(self->fd, by_child, BLOB, aad));
	by_child[BLOB_FLAGS] = 0;
	EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, by_child, BLOB, aad, opened));
	EXPECT_EQ(0x5a, opened[0]);
}

TEST_F(child, rewrapped)
{
	const __u32 class = variant->class == KEYBAG_CLASS_DK ? KEYBAG_CLASS_AK : KEYBAG_CLASS_DK;
	__u8 moved[CHILD_BLOB], blob[BLOB], opened[sizeof(plaintext)];
	int child;

	ASSERT_EQ(CHILD_BLOB,
		  data_rewrap(self->fd, -1, class, self->wrapped, CHILD_BLOB, aad, NO_AAD, moved));
	EXPECT_EQ(1, moved[BLOB_FLAGS]);
	EXPECT_EQ(class, moved[BLOB_CLASS]);
	EXPECT_EQ(-EACCES, data_unwrap(self->fd, moved, CHILD_BLOB, NO_AAD, opened));
	child = child_open(self->fd, moved, CHILD_BLOB, NO_AAD);
	ASSERT_LT(0, child);
	/* The same key; its MACs show it, its blobs name the class they were sealed under. */
	ASSERT_EQ(BLOB, child_encrypt(self->fd, child, plaintext, sizeof(plaintext), aad, blob));
	EXPECT_EQ(class, blob[BLOB_CLASS]);
	EXPECT_EQ(sizeof(opened), child_decrypt(self->fd, child, blob, BLOB, aad, opened));
}

TEST_F(child, closed)
{
	__u8 blob[BLOB], mac[KEYBAG_MAC_SIZE];
	int result;

	EXPECT_EQ(0, child_close(self->fd, self->child));
	result = child_encrypt(self->fd, self->child, plaintext, sizeof(plaintext), aad, blob);
	EXPECT_TRUE(result == -ENOENT || result == -EINVAL || result == -ENOKEY);
	result = child_mac(self->fd, self->child, plaintext, sizeof(plaintext), mac);
	EXPECT_TRUE(result == -ENOENT || result == -EINVAL || result == -ENOKEY);
	EXPECT_GT(0, child_close(self->fd, self->child));
}

TEST_F(child, numbers)
{
	static const int numbers[] = { 0, -1, 2, 255, 256, 257, 65536, 0x7fffffff };
	__u8 blob[BLOB], mac[KEYBAG_MAC_SIZE];
	int other = bag_bind(&self->bag);
	unsigned int i;

	ASSERT_LE(0, other);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		EXPECT_GT(0, child_encrypt(self->fd, numbers[i], plaintext, 32, aad, blob));
		EXPECT_GT(0, child_mac(self->fd, numbers[i], plaintext, 32, mac));
		EXPECT_GT(0, child_close(self->fd, numbers[i]));
	}
	/* A number means something on its own descriptor only. */
	EXPECT_GT(0, child_encrypt(other, self->child, plaintext, 32, aad, blob));
	EXPECT_GT(0, child_close(other, self->child));
	EXPECT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, 32, aad, blob));
	close(other);
}

TEST_F(child, after_fork)
{
	__u8 blob[BLOB];
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(child_encrypt(self->fd, self->child, plaintext, 32, aad, blob) == BLOB ? 0 :
											       1);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, 32, aad, blob));
}

static void lock_and_look(struct __test_metadata *_metadata, FIXTURE_DATA(child) *self,
			  int (*lock)(struct bag *bag), bool kept)
{
	__u8 before[BLOB], blob[BLOB], opened[sizeof(plaintext)], mac[KEYBAG_MAC_SIZE];
	const int sealed = kept ? (int)BLOB : -ENOKEY;
	int again;

	ASSERT_EQ(BLOB,
		  child_encrypt(self->fd, self->child, plaintext, sizeof(plaintext), aad, before));
	ASSERT_EQ(0, lock(&self->bag));
	EXPECT_EQ(sealed, child_encrypt(self->fd, self->child, plaintext, 32, aad, blob));
	EXPECT_EQ(kept ? 32 : -ENOKEY,
		  child_decrypt(self->fd, self->child, before, BLOB, aad, opened));
	EXPECT_EQ(kept ? KEYBAG_MAC_SIZE : -ENOKEY,
		  child_mac(self->fd, self->child, plaintext, 32, mac));
	EXPECT_EQ(kept ? 1 : -ENOKEY,
		  child_open(self->fd, self->wrapped, CHILD_BLOB, aad) > 0 ? 1 : -ENOKEY);

	ASSERT_EQ(0, bag_unlock(&self->bag));
	/* Wiped for good; but what wrapped it is back. */
	EXPECT_EQ(sealed, child_encrypt(self->fd, self->child, plaintext, 32, aad, blob));
	again = child_open(self->fd, self->wrapped, CHILD_BLOB, aad);
	EXPECT_LT(0, again);
	EXPECT_NE(self->child, again);
	EXPECT_EQ(32, child_decrypt(self->fd, again, before, BLOB, aad, opened));
	EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(opened)));
	EXPECT_EQ(0, child_close(self->fd, self->child));
}

TEST_F(child, locked)
{
	lock_and_look(_metadata, self, bag_lock, variant->class != KEYBAG_CLASS_AK);
}

TEST_F(child, locked_fully)
{
	lock_and_look(_metadata, self, bag_lock_full, variant->class == KEYBAG_CLASS_DK);
}

TEST_F(child, unloaded)
{
	__u8 blob[BLOB];

	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, child_encrypt(self->fd, self->child, plaintext, 32, aad, blob));
	EXPECT_EQ(-EKEYREVOKED, child_open(self->fd, self->wrapped, CHILD_BLOB, aad));
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, child_encrypt(self->fd, self->child, plaintext, 32, aad, blob));
}

/* Many at a time, of all kinds. */
TEST_F(child, batch)
{
	struct keybag_item items[3];
	__u8 blob[BLOB], opened[sizeof(plaintext)], mac[KEYBAG_MAC_SIZE];

	ASSERT_EQ(BLOB,
		  child_encrypt(self->fd, self->child, plaintext, sizeof(plaintext), aad, blob));
	items[0] = (struct keybag_item){
		.operation = KEYBAG_OP_CHILD_ENCRYPT, .child = (__u32)self->child,
		.input = (uintptr_t)plaintext, .input_length = sizeof(plaintext),
		.aad = (uintptr_t)aad.bytes, .aad_length = (__u32)aad.length,
		.output = (uintptr_t)blob, .output_capacity = sizeof(blob),
	};
	items[1] = items[0];
	items[1].operation = KEYBAG_OP_CHILD_DECRYPT;
	items[1].input = (uintptr_t)blob;
	items[1].input_length = BLOB;
	items[1].output = (uintptr_t)opened;
	items[1].output_capacity = sizeof(opened);
	items[2] = (struct keybag_item){
		.operation = KEYBAG_OP_CHILD_MAC, .child = (__u32)self->child,
		.input = (uintptr_t)plaintext, .input_length = sizeof(plaintext),
		.output = (uintptr_t)mac, .output_capacity = sizeof(mac),
	};
	EXPECT_EQ(3, data_batch(self->fd, items, 3));
	EXPECT_EQ(BLOB, items[0].result);
	EXPECT_EQ(sizeof(opened), items[1].result);
	EXPECT_EQ(KEYBAG_MAC_SIZE, items[2].result);
	EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(opened)));
	items[2].output_capacity = KEYBAG_MAC_SIZE - 1;
	EXPECT_EQ(-EMSGSIZE, data_operate(self->fd, &items[2]));
	items[2].output_capacity = KEYBAG_MAC_SIZE;
	items[2].aad = (uintptr_t)aad.bytes;
	items[2].aad_length = (__u32)aad.length;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &items[2]));
	items[0].class_number = variant->class;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &items[0]));
}

TEST_F(child, lengths)
{
	static const size_t lengths[] = { 1, 31, 64, 511, 512, 4095, KEYBAG_MAX_PAYLOAD };
	static __u8 message[KEYBAG_MAX_PAYLOAD + 1], blob[MAX_BLOB], opened[KEYBAG_MAX_PAYLOAD];
	__u8 mac[KEYBAG_MAC_SIZE];
	unsigned int i;

	for (i = 0; i < sizeof(message); i++)
		message[i] = (__u8)(i * 11);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		const size_t length = lengths[i];

		ASSERT_EQ(length + KEYBAG_BLOB_OVERHEAD,
			  child_encrypt(self->fd, self->child, message, length, aad, blob));
		ASSERT_EQ(length, child_decrypt(self->fd, self->child, blob,
						length + KEYBAG_BLOB_OVERHEAD, aad, opened));
		EXPECT_EQ(0, memcmp(opened, message, length));
		EXPECT_EQ(sizeof(mac), child_mac(self->fd, self->child, message, length, mac));
	}
	EXPECT_EQ(-EINVAL, child_mac(self->fd, self->child, message, 0, mac));
	EXPECT_EQ(-EINVAL, child_mac(self->fd, self->child, message, sizeof(message), mac));
	EXPECT_EQ(-EINVAL, child_encrypt(self->fd, self->child, message, 0, aad, blob));
	EXPECT_EQ(-EINVAL,
		  child_encrypt(self->fd, self->child, message, sizeof(message), aad, blob));
}

struct closing {
	int fd;
	int child;
	pthread_t thread;
	int result;
	atomic_bool done;
};

static void *close_child(void *argument)
{
	struct closing *closing = argument;

	closing->result = child_close(closing->fd, closing->child);
	atomic_store(&closing->done, true);
	return NULL;
}

/* To close one waits for what uses it, and holds up nothing else. */
TEST_F(child, closed_in_use)
{
	struct closing closing = { .fd = self->fd };
	__u8 blob[BLOB], mac[KEYBAG_MAC_SIZE];
	struct held held;
	int result = hold_load();

	if (result == -ENOENT)
		SKIP(return, "no keybag_hold.ko here (make test-modules), or no kprobes");
	ASSERT_EQ(0, result);
	closing.child = child_open(self->fd, self->wrapped, CHILD_BLOB, aad);
	ASSERT_LT(0, closing.child);
	result = held_begin(&held, self->fd, closing.child);
	if (result == -ENXIO)
		SKIP(return, "one processor");
	ASSERT_EQ(0, result);
	ASSERT_EQ(0, pthread_create(&closing.thread, NULL, close_child, &closing));
	while ((result = child_mac(self->fd, closing.child, plaintext, 32, mac)) ==
	       KEYBAG_MAC_SIZE)
		usleep(1000);
	EXPECT_EQ(-ENOENT, result);
	EXPECT_EQ(BLOB, child_encrypt(self->fd, self->child, plaintext, 32, aad, blob));
	EXPECT_EQ(-EBADMSG, child_open(self->fd, self->wrapped, CHILD_BLOB, NO_AAD));
	EXPECT_TRUE(hold_wait(0));
	EXPECT_FALSE(atomic_load(&closing.done));

	EXPECT_EQ(KEYBAG_MAC_SIZE, held_end(&held));
	pthread_join(closing.thread, NULL);
	EXPECT_EQ(0, closing.result);
	EXPECT_EQ(0, hold_unload());
}

TEST_HARNESS_MAIN
