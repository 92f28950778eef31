// SPDX-License-Identifier: GPL-2.0-only
/*
 * The API for the rest of the kernel, by way of a module that uses it (tests/modules).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../modules/consumer.h"
#include "bag.h"
#include "data.h"
#include "harness.h"
#include "modules.h"

#define MODULE	"keybag_consumer"

static const __u8 secret[32] = "known to kernel and program ....";

#define BLOB	(sizeof(secret) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(consumer)
{
	struct bag bag;		/* unlocked */
	int fd;			/* bound to it */
	int consumer;
	struct consumer_operation operation;
};

FIXTURE_SETUP(consumer)
{
	int result = module_load(MODULE);

	if (result == -ENOENT)
		SKIP_IN_SETUP("no " MODULE ".ko here: make test-modules");
	ASSERT_TRUE(result == 0 || result == -EEXIST)
	{
		TH_LOG(MODULE ".ko does not load: %s", strerror(-result));
	}
	self->consumer = open(CONSUMER_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->consumer);
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(consumer)
{
	command(self->consumer, CONSUMER_UNWATCH, NULL);
	command(self->consumer, CONSUMER_RELEASE, NULL);
	close(self->consumer);
	EXPECT_EQ(0, module_unload(MODULE));
	close(self->fd);
	bag_finish(&self->bag);
}

/* Lays out an operation on the bag of the fixture. */
static struct consumer_operation *operation(FIXTURE_DATA(consumer) *self, __u32 class,
					    const void *data, size_t length)
{
	self->operation = (struct consumer_operation){
		.find = CONSUMER_BY_UUID,
		.class = class,
		.length = (__u32)length,
		.capacity = CONSUMER_DATA,
	};
	memcpy(self->operation.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	memcpy(self->operation.data, data, length);
	return &self->operation;
}

static int kernel_wrap(FIXTURE_DATA(consumer) *self, __u32 class)
{
	return command(self->consumer, CONSUMER_WRAP,
		       operation(self, class, secret, sizeof(secret)));
}

static int kernel_unwrap(FIXTURE_DATA(consumer) *self, const __u8 *blob, size_t length)
{
	return command(self->consumer, CONSUMER_UNWRAP, operation(self, 0, blob, length));
}

TEST_F(consumer, round_trip)
{
	__u8 blob[sizeof(secret) + KEYBAG_BLOB_OVERHEAD_B];
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		const int size = (int)(sizeof(secret) + blob_overhead(all_classes[i]));

		EXPECT_EQ(size, kernel_wrap(self, all_classes[i]));
		memcpy(blob, self->operation.data, size);
		EXPECT_EQ(sizeof(secret), kernel_unwrap(self, blob, size));
		EXPECT_EQ(0, memcmp(self->operation.data, secret, sizeof(secret)));
	}
	EXPECT_EQ(-EINVAL, kernel_wrap(self, 5));
}

/* Blobs go both ways between a program and the kernel, within one domain. */
TEST_F(consumer, with_a_program)
{
	static const struct aad aad = { "shared", 6 };
	__u8 blob[BLOB], opened[sizeof(secret)];
	struct consumer_operation *op;

	op = operation(self, KEYBAG_CLASS_CK, secret, sizeof(secret));
	memcpy(op->aad, aad.bytes, aad.length);
	op->aad_length = (__u32)aad.length;
	ASSERT_EQ(BLOB, command(self->consumer, CONSUMER_WRAP, op));
	EXPECT_EQ(sizeof(secret), data_unwrap(self->fd, op->data, BLOB, aad, opened));
	EXPECT_EQ(0, memcmp(opened, secret, sizeof(secret)));

	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_CK, secret, sizeof(secret), aad, blob));
	op = operation(self, 0, blob, BLOB);
	EXPECT_EQ(-EBADMSG, command(self->consumer, CONSUMER_UNWRAP, op));
	memcpy(op->aad, aad.bytes, aad.length);
	op->aad_length = (__u32)aad.length;
	EXPECT_EQ(sizeof(secret), command(self->consumer, CONSUMER_UNWRAP, op));
	EXPECT_EQ(0, memcmp(op->data, secret, sizeof(secret)));

	/* In another domain it is nobody's. */
	op = operation(self, KEYBAG_CLASS_CK, secret, sizeof(secret));
	memcpy(op->domain, "kernel", 6);
	ASSERT_EQ(BLOB, command(self->consumer, CONSUMER_WRAP, op));
	memcpy(blob, op->data, BLOB);
	EXPECT_EQ(-EACCES, data_unwrap(self->fd, blob, BLOB, NO_AAD, opened));
	EXPECT_EQ(-EACCES, kernel_unwrap(self, blob, BLOB));
	op = operation(self, 0, blob, BLOB);
	memcpy(op->domain, "kernel", 6);
	EXPECT_EQ(sizeof(secret), command(self->consumer, CONSUMER_UNWRAP, op));
}

/* Child keys stay what they are for the kernel's users, too. */
TEST_F(consumer, child_keys_refused)
{
	__u8 blob[CHILD_BLOB];

	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_CK, NO_AAD, blob));
	EXPECT_EQ(-EACCES, kernel_unwrap(self, blob, CHILD_BLOB));
}

TEST_F(consumer, lengths)
{
	struct consumer_operation *op = operation(self, KEYBAG_CLASS_DK, secret, 0);
	__u8 blob[BLOB];

	EXPECT_EQ(-EINVAL, command(self->consumer, CONSUMER_WRAP, op));
	op = operation(self, KEYBAG_CLASS_DK, secret, sizeof(secret));
	op->capacity = BLOB - 1;
	EXPECT_EQ(-EMSGSIZE, command(self->consumer, CONSUMER_WRAP, op));
	op->capacity = BLOB;
	ASSERT_EQ(BLOB, command(self->consumer, CONSUMER_WRAP, op));
	memcpy(blob, op->data, BLOB);
	op = operation(self, 0, blob, BLOB);
	op->capacity = sizeof(secret) - 1;
	EXPECT_EQ(-EMSGSIZE, command(self->consumer, CONSUMER_UNWRAP, op));
	op->capacity = sizeof(secret);
	EXPECT_EQ(sizeof(secret), command(self->consumer, CONSUMER_UNWRAP, op));
	EXPECT_EQ(-EINVAL, kernel_unwrap(self, blob, KEYBAG_BLOB_OVERHEAD));
	EXPECT_EQ(-EINVAL, kernel_unwrap(self, blob, 0));
	blob[BLOB - 1] ^= 1;
	EXPECT_EQ(-EBADMSG, kernel_unwrap(self, blob, BLOB));
}

TEST_F(consumer, lock_state)
{
	__u8 ak[BLOB], dk[BLOB], pair[sizeof(secret) + KEYBAG_BLOB_OVERHEAD_B];

	ASSERT_EQ(BLOB, kernel_wrap(self, KEYBAG_CLASS_AK));
	memcpy(ak, self->operation.data, BLOB);
	ASSERT_EQ(BLOB, kernel_wrap(self, KEYBAG_CLASS_DK));
	memcpy(dk, self->operation.data, BLOB);
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(-ENOKEY, kernel_unwrap(self, ak, BLOB));
	EXPECT_EQ(-ENOKEY, kernel_wrap(self, KEYBAG_CLASS_AK));
	EXPECT_EQ(sizeof(secret), kernel_unwrap(self, dk, BLOB));
	ASSERT_EQ(sizeof(pair), kernel_wrap(self, KEYBAG_CLASS_B));
	memcpy(pair, self->operation.data, sizeof(pair));
	EXPECT_EQ(-ENOKEY, kernel_unwrap(self, pair, sizeof(pair)));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(sizeof(secret), kernel_unwrap(self, pair, sizeof(pair)));
	EXPECT_EQ(sizeof(secret), kernel_unwrap(self, ak, BLOB));
}

TEST_F(consumer, find)
{
	struct consumer_operation *op = operation(self, KEYBAG_CLASS_DK, secret, sizeof(secret));

	op->find = CONSUMER_BY_OWNER;
	op->owner = OWNER;
	EXPECT_EQ(BLOB, command(self->consumer, CONSUMER_WRAP, op));
	op = operation(self, KEYBAG_CLASS_DK, secret, sizeof(secret));
	op->find = CONSUMER_BY_OWNER;
	op->owner = NOBODY;
	EXPECT_EQ(-ENOENT, command(self->consumer, CONSUMER_WRAP, op));
	op->uuid[0] ^= 1;
	op->find = CONSUMER_BY_UUID;
	EXPECT_EQ(-ENOENT, command(self->consumer, CONSUMER_WRAP, op));
	if (!foreign_bags(self->bag.device)) {
		op->find = CONSUMER_SYSTEM;
		EXPECT_EQ(-ENOENT, command(self->consumer, CONSUMER_WRAP, op));
	}
}

/* A reference keeps the memory, not the keys. */
TEST_F(consumer, held)
{
	struct consumer_operation *op = operation(self, KEYBAG_CLASS_DK, secret, sizeof(secret));

	ASSERT_EQ(0, command(self->consumer, CONSUMER_HOLD, op));
	op->find = CONSUMER_HELD;
	EXPECT_EQ(BLOB, command(self->consumer, CONSUMER_WRAP, op));
	ASSERT_EQ(0, bag_unload(&self->bag));
	op = operation(self, KEYBAG_CLASS_DK, secret, sizeof(secret));
	op->find = CONSUMER_HELD;
	EXPECT_EQ(-EKEYREVOKED, command(self->consumer, CONSUMER_WRAP, op));
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, command(self->consumer, CONSUMER_WRAP, op));
	EXPECT_EQ(0, command(self->consumer, CONSUMER_RELEASE, NULL));
}

/* Told after the wipe, in order, with no lock held: it can use the bag there and then. */
TEST_F(consumer, notified)
{
	struct consumer_notice notice;
	__u64 number = 0;

	ASSERT_EQ(BLOB, kernel_wrap(self, KEYBAG_CLASS_AK));
	self->operation.length = BLOB;
	ASSERT_EQ(0, command(self->consumer, CONSUMER_WATCH, &self->operation));

	ASSERT_EQ(0, bag_lock(&self->bag));
	ASSERT_EQ(0, command(self->consumer, CONSUMER_NOTICE, &notice));
	EXPECT_EQ(++number, notice.number);
	EXPECT_EQ(0, memcmp(notice.uuid, self->bag.uuid, KEYBAG_UUID_SIZE));
	EXPECT_EQ(OWNER, notice.owner);
	EXPECT_EQ(KEYBAG_STATE_LOCKED, notice.action);
	EXPECT_EQ(KEYBAG_STATE_LOCKED, notice.state);
	EXPECT_EQ(KEYBAG_REASON_REQUEST, notice.reason);
	EXPECT_EQ(-ENOKEY, notice.unwrapped);
	EXPECT_EQ(1 + KEYBAG_BLOB_OVERHEAD, notice.wrapped);

	/* A command that changes nothing is no news. */
	ASSERT_EQ(0, bag_lock(&self->bag));
	ASSERT_EQ(0, command(self->consumer, CONSUMER_NOTICE, &notice));
	EXPECT_EQ(number, notice.number);

	ASSERT_EQ(0, bag_unlock(&self->bag));
	ASSERT_EQ(0, command(self->consumer, CONSUMER_NOTICE, &notice));
	EXPECT_EQ(++number, notice.number);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, notice.state);
	EXPECT_EQ(sizeof(secret), notice.unwrapped);

	ASSERT_EQ(0, bag_unload(&self->bag));
	ASSERT_EQ(0, command(self->consumer, CONSUMER_NOTICE, &notice));
	EXPECT_EQ(++number, notice.number);
	EXPECT_EQ(KEYBAG_STATE_GONE, notice.action);
	EXPECT_EQ(KEYBAG_REASON_UNLOAD, notice.reason);

	/* Back: told at once, not with the first change after it. */
	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, command(self->consumer, CONSUMER_NOTICE, &notice));
	EXPECT_EQ(++number, notice.number);
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, notice.action);
	EXPECT_EQ(KEYBAG_REASON_LOAD, notice.reason);
	EXPECT_EQ(-ENOKEY, notice.unwrapped);
	EXPECT_EQ(1 + KEYBAG_BLOB_OVERHEAD, notice.wrapped);

	ASSERT_EQ(0, command(self->consumer, CONSUMER_UNWATCH, NULL));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	ASSERT_EQ(0, command(self->consumer, CONSUMER_NOTICE, &notice));
	EXPECT_EQ(number, notice.number);
}

/* As long as there is a user of the symbols, the module stays. */
TEST_F(consumer, pins_the_module)
{
	const int result = module_unload("keybag");

	EXPECT_TRUE(result == -EWOULDBLOCK || result == -EBUSY);
	EXPECT_EQ(BLOB, kernel_wrap(self, KEYBAG_CLASS_DK));
}

TEST_HARNESS_MAIN
