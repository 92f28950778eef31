// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit of wraps, by records that say how far it had come.
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"
#include "privilege.h"

FIXTURE(wraps)
{
	struct bag bag;		/* unlocked */
};

FIXTURE_SETUP(wraps)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
}

FIXTURE_TEARDOWN(wraps)
{
	bag_finish(&self->bag);
}

/*
 * A bag that was never loaded, as the kernel remembers of others what it counted itself: with so
 * many steps of wraps by its record, open. Returns 0, -ENOKEY where the test does not know the
 * device key, or another negative errno.
 */
static int bag_with_wraps(struct bag *bag, __u32 ck, __u32 dk)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];
	struct device_subkeys device;
	struct record_content content;
	int result;

	if (device_key(bag->device, key))
		return -ENOKEY;
	device_subkeys(&device, key);
	memset(bag->uuid, 0, sizeof(bag->uuid));
	result = bag_create(bag);
	if (!result)
		result = record_open(&content, bag, &device);
	if (result)
		return result;
	content.sequence++;
	content.wraps[KEYBAG_CLASS_CK].generation = 1;
	content.wraps[KEYBAG_CLASS_CK].steps = ck;
	content.wraps[KEYBAG_CLASS_DK].generation = 1;
	content.wraps[KEYBAG_CLASS_DK].steps = dk;
	record_seal(bag, &device, &content);
	result = bag_load(bag);
	return result ? result : bag_unlock(bag);
}

/* A few wraps in each of many boots are few wraps, not a step of the record for each boot. */
TEST_F(wraps, wraps_of_many_boots)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE], blob[1 + KEYBAG_BLOB_OVERHEAD];
	struct device_subkeys device;
	struct record_content content;
	struct keybag_read read;
	__u32 ck = 4095, dk = 1;
	int boot, fd;

	if (device_key(self->bag.device, key))
		SKIP(return, "the device key is not known to the test");
	device_subkeys(&device, key);
	for (boot = 0; boot < 3; boot++) {
		ASSERT_EQ(0, bag_with_wraps(&self->bag, ck, dk));
		fd = bag_bind(&self->bag);
		ASSERT_LE(0, fd);
		EXPECT_EQ(sizeof(blob), data_wrap(fd, KEYBAG_CLASS_CK, "x", 1, NO_AAD, blob));
		EXPECT_EQ(sizeof(blob), data_wrap(fd, KEYBAG_CLASS_DK, "x", 1, NO_AAD, blob));
		close(fd);
		ASSERT_EQ(0, bag_read_record(&self->bag, &read));
		ASSERT_EQ(0, record_open(&content, &self->bag, &device));
		ck = content.wraps[KEYBAG_CLASS_CK].steps;
		dk = content.wraps[KEYBAG_CLASS_DK].steps;
		ASSERT_EQ(0, bag_unload(&self->bag));
	}
	/* It is by chance that a wrap is the first of a step: one of half a million, six times. */
	EXPECT_EQ(4095, ck);
	EXPECT_EQ(1, dk);
}

TEST_F(wraps, wrap_limit)
{
	__u8 blob[1 + KEYBAG_BLOB_OVERHEAD], old[sizeof(blob)], byte;
	int fd, result;

	result = bag_with_wraps(&self->bag, 4096, 4095);
	if (result == -ENOKEY)
		SKIP(return, "the device key is not known to the test");
	ASSERT_EQ(0, result);
	fd = bag_bind(&self->bag);
	ASSERT_LE(0, fd);

	EXPECT_EQ(sizeof(blob), data_wrap(fd, KEYBAG_CLASS_DK, "x", 1, NO_AAD, old));
	EXPECT_EQ(-EKEYEXPIRED, data_wrap(fd, KEYBAG_CLASS_CK, "x", 1, NO_AAD, blob));
	EXPECT_EQ(-EKEYEXPIRED, child_create(fd, KEYBAG_CLASS_CK, NO_AAD, blob));
	EXPECT_EQ(-EKEYEXPIRED,
		  data_rewrap(fd, -1, KEYBAG_CLASS_CK, old, sizeof(old), NO_AAD, NO_AAD, blob));
	/* A blob that is wrapped stays readable. */
	EXPECT_EQ(1, data_unwrap(fd, old, sizeof(old), NO_AAD, &byte));
	EXPECT_EQ('x', byte);
	/* It was remembered. */
	ASSERT_EQ(0, bag_unload(&self->bag));
	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	close(fd);
	fd = bag_bind(&self->bag);
	EXPECT_EQ(-EKEYEXPIRED, data_wrap(fd, KEYBAG_CLASS_CK, "x", 1, NO_AAD, blob));
	close(fd);
}

struct ways {
	int fd;			/* not bound; then by the owner, without a capability */
	int clone;
	int source;		/* bound with CAP_SYS_ADMIN */
	__u32 class_number;
	__u8 old[1 + KEYBAG_BLOB_OVERHEAD];
};

static int bind_ways(void *argument)
{
	struct ways *ways = argument;
	struct keybag_bind bind = { .by = KEYBAG_BIND_UID, .uid = OWNER };

	return command(ways->fd, KEYBAG_IOC_BIND, &bind);
}

/* Each way to make a blob: its answer, where all answer the same; else -EIO. */
static int wrap_each_way(struct ways *ways)
{
	__u8 blob[CHILD_BLOB];
	const int results[] = {
		data_wrap(ways->fd, ways->class_number, "x", 1, NO_AAD, blob),
		data_wrap(ways->clone, ways->class_number, "x", 1, NO_AAD, blob),
		child_create(ways->fd, ways->class_number, NO_AAD, blob),
		data_rewrap(ways->fd, -1, ways->class_number, ways->old, sizeof(ways->old),
			    NO_AAD, NO_AAD, blob),
		data_rewrap(ways->source, ways->fd, ways->class_number, ways->old,
			    sizeof(ways->old), NO_AAD, NO_AAD, blob),
	};
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(results); i++)
		if ((results[i] < 0 || results[0] < 0) && results[i] != results[0])
			return -EIO;
	return results[0] < 0 ? results[0] : 0;
}

/* Programs of the owner leave the second half to the system's own. */
TEST_F(wraps, wrap_limit_of_the_owner)
{
	__u8 blob[1 + KEYBAG_BLOB_OVERHEAD];
	struct ways ways = { .fd = device_open() };
	struct keybag_clone clone = { .lifetime_ns = 1000000000000 };
	int result;

	result = bag_with_wraps(&self->bag, 2048, 2047);
	if (result == -ENOKEY)
		SKIP(return, "the device key is not known to the test");
	ASSERT_EQ(0, result);
	ways.source = bag_bind(&self->bag);
	ASSERT_LE(0, ways.source);
	ASSERT_EQ(0, run_with(AS_USER, OWNER, bind_ways, &ways));
	/* Whoever clones it, the clone is no more than it is. */
	ways.clone = command(ways.fd, KEYBAG_IOC_CLONE, &clone);
	ASSERT_LE(0, ways.clone);
	ASSERT_EQ(sizeof(ways.old), data_wrap(ways.source, KEYBAG_CLASS_AK, "x", 1, NO_AAD,
					      ways.old));

	ways.class_number = KEYBAG_CLASS_DK;
	EXPECT_EQ(0, wrap_each_way(&ways));
	ways.class_number = KEYBAG_CLASS_CK;
	EXPECT_EQ(-EKEYEXPIRED, wrap_each_way(&ways));
	EXPECT_EQ(sizeof(blob), data_wrap(ways.source, KEYBAG_CLASS_CK, "x", 1, NO_AAD, blob));
	close(ways.clone);
	close(ways.source);
	close(ways.fd);
}

TEST_HARNESS_MAIN
