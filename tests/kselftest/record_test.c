// SPDX-License-Identifier: GPL-2.0-only
/* vm: every-kernel */
/*
 * The sealed record of guesses: what it imposes at load, and what is made of one that is missing,
 * damaged, torn, or of another bag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "format.h"
#include "harness.h"

#define SECOND	1000000000ULL
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)

FIXTURE(record)
{
	struct bag bag;			/* made, not loaded */
	struct device_subkeys device;
	bool device_known;
};

FIXTURE_SETUP(record)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];

	ASSERT_EQ(0, bag_init(&self->bag));
	ASSERT_EQ(0, bag_create(&self->bag));
	self->device_known = !device_key(self->bag.device, key);
	if (self->device_known)
		device_subkeys(&self->device, key);
}

FIXTURE_TEARDOWN(record)
{
	bag_finish(&self->bag);
}

static int failures(struct bag *bag)
{
	struct keybag_status status;
	int result = bag_status(bag, &status);

	return result ? result : (int)status.failures;
}

static __u64 wait_of(struct bag *bag)
{
	struct keybag_status status;

	return bag_status(bag, &status) ? ~0ULL : status.retry_after_ns;
}

/* Whether a delay that began after @begin lacks nothing but the time that has passed. */
static bool still_all(struct bag *bag, __u64 delay, __u64 begin)
{
	const __u64 wait = wait_of(bag);

	return wait <= delay && wait + now() - begin >= delay;
}

static bool assumed(struct bag *bag)
{
	struct keybag_status status;

	return !bag_status(bag, &status) && status.flags & KEYBAG_STATUS_FAILURES_ASSUMED;
}

/* The whole table, by records that say how far it had come. */
TEST_F(record, delays)
{
	static const __u64 delays[] = { 0, 0, 0, 0, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR,
					3 * HOUR, 8 * HOUR, 8 * HOUR, 8 * HOUR, 8 * HOUR };
	struct record_content content;
	unsigned int i;
	__u64 begin;

	if (!self->device_known)
		SKIP(return, "the device key is not known to the test");
	for (i = 0; i < ARRAY_SIZE(delays); i++) {
		memset(self->bag.uuid, 0, sizeof(self->bag.uuid));
		ASSERT_EQ(0, bag_create(&self->bag));
		ASSERT_EQ(0, record_open(&content, &self->bag, &self->device));
		content.failures = i;
		content.sequence++;
		record_seal(&self->bag, &self->device, &content);
		begin = now();
		ASSERT_EQ(0, bag_load(&self->bag));
		EXPECT_EQ(i, failures(&self->bag));
		EXPECT_TRUE(still_all(&self->bag, delays[i], begin))
		{
			TH_LOG("%u failures: %llu ns", i, wait_of(&self->bag));
		}
		EXPECT_EQ(delays[i] ? -EAGAIN : 0, bag_unlock(&self->bag));
		ASSERT_EQ(0, bag_unload(&self->bag));
	}
}

/* A record that cannot be believed costs the last delay, and nothing else. */
TEST_F(record, missing)
{
	struct keybag_load load = { .form = (uintptr_t)self->bag.form,
				    .form_length = self->bag.form_length };
	const __u64 begin = now();

	ASSERT_EQ(0, bag_load_with(&self->bag, &load));
	EXPECT_EQ(KEYBAG_LOADED_RECORD_MISSING, load.flags);
	EXPECT_EQ(RECORD_SIZE, load.new_record.length);
	EXPECT_TRUE(still_all(&self->bag, 8 * HOUR, begin));
	EXPECT_GE(8 * HOUR, wait_of(&self->bag));
	EXPECT_EQ(-EAGAIN, bag_unlock(&self->bag));
	EXPECT_TRUE(assumed(&self->bag));
	/* Keys that need no secret are there all the same. */
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&self->bag));
}

TEST_F(record, damaged)
{
	struct keybag_load load = {
		.form = (uintptr_t)self->bag.form,
		.form_length = self->bag.form_length,
		.record = { (uintptr_t)self->bag.record },
		.record_length = { self->bag.record_length },
	};
	const __u64 begin = now();

	self->bag.record[100] ^= 1;
	ASSERT_EQ(0, bag_load_with(&self->bag, &load));
	EXPECT_EQ(KEYBAG_LOADED_RECORD_DAMAGED, load.flags);
	EXPECT_TRUE(still_all(&self->bag, 8 * HOUR, begin));
	EXPECT_EQ(-EAGAIN, bag_unlock(&self->bag));
}

TEST_F(record, every_byte_flipped)
{
	__u8 damaged[RECORD_SIZE];
	struct keybag_load load;
	unsigned int i;

	ASSERT_EQ(RECORD_SIZE, self->bag.record_length);
	for (i = 0; i < RECORD_SIZE; i++) {
		memcpy(damaged, self->bag.record, RECORD_SIZE);
		damaged[i] ^= 0x10;
		load = (struct keybag_load){
			.form = (uintptr_t)self->bag.form,
			.form_length = self->bag.form_length,
			.record = { (uintptr_t)damaged },
			.record_length = { RECORD_SIZE },
		};
		ASSERT_EQ(0, bag_load_with(&self->bag, &load));
		EXPECT_EQ(KEYBAG_LOADED_RECORD_DAMAGED, load.flags)
		{
			TH_LOG("byte %u", i);
		}
		ASSERT_EQ(0, bag_unload(&self->bag));
	}
	load.record_length[0] = RECORD_SIZE - 1;
	ASSERT_EQ(0, bag_load_with(&self->bag, &load));
	EXPECT_EQ(KEYBAG_LOADED_RECORD_DAMAGED, load.flags);
}

/* One slot may be torn by a power cut: the other one counts. */
TEST_F(record, two_slots)
{
	__u8 good[RECORD_SIZE], torn[RECORD_SIZE];
	struct keybag_load load = {
		.form = (uintptr_t)self->bag.form,
		.form_length = self->bag.form_length,
		.record = { (uintptr_t)torn, (uintptr_t)good },
		.record_length = { RECORD_SIZE, RECORD_SIZE },
	};

	memcpy(good, self->bag.record, RECORD_SIZE);
	memcpy(torn, self->bag.record, RECORD_SIZE);
	memset(torn + 90, 0, 90);
	ASSERT_EQ(0, bag_load_with(&self->bag, &load));
	EXPECT_EQ(KEYBAG_LOADED_RECORD_DAMAGED, load.flags);
	EXPECT_EQ(0, wait_of(&self->bag));
	EXPECT_EQ(0, bag_unlock(&self->bag));
}

/* The newer of two, in whichever slot. */
TEST_F(record, newer_slot)
{
	__u8 older[RECORD_SIZE], newer[RECORD_SIZE];
	struct record_content content;
	struct keybag_load load;
	unsigned int slot;

	if (!self->device_known)
		SKIP(return, "the device key is not known to the test");
	for (slot = 0; slot < 2; slot++) {
		memset(self->bag.uuid, 0, sizeof(self->bag.uuid));
		ASSERT_EQ(0, bag_create(&self->bag));
		memcpy(older, self->bag.record, RECORD_SIZE);
		ASSERT_EQ(0, record_open(&content, &self->bag, &self->device));
		content.sequence += 1ULL << 33;
		content.failures = 2;
		record_seal(&self->bag, &self->device, &content);
		memcpy(newer, self->bag.record, RECORD_SIZE);

		load = (struct keybag_load){
			.form = (uintptr_t)self->bag.form,
			.form_length = self->bag.form_length,
			.record_length = { RECORD_SIZE, RECORD_SIZE },
		};
		load.record[slot] = (uintptr_t)newer;
		load.record[!slot] = (uintptr_t)older;
		ASSERT_EQ(0, bag_load_with(&self->bag, &load));
		EXPECT_EQ(0, load.flags);
		EXPECT_EQ(2, failures(&self->bag));
		ASSERT_EQ(0, record_open(&content, &self->bag, &self->device));
		EXPECT_LT(1ULL << 33, content.sequence);
		EXPECT_EQ(2, content.failures);
		ASSERT_EQ(0, bag_unload(&self->bag));
	}
}

TEST_F(record, of_another_bag)
{
	struct keybag_load load = {};
	struct bag other;

	ASSERT_EQ(0, bag_init(&other));
	other.owner = OTHER_OWNER;
	ASSERT_EQ(0, bag_create(&other));
	load.form = (uintptr_t)self->bag.form;
	load.form_length = self->bag.form_length;
	load.record[0] = (uintptr_t)other.record;
	load.record_length[0] = other.record_length;
	ASSERT_EQ(0, bag_load_with(&self->bag, &load));
	EXPECT_EQ(KEYBAG_LOADED_RECORD_DAMAGED, load.flags);
	EXPECT_EQ(-EAGAIN, bag_unlock(&self->bag));
	bag_finish(&other);
}

/* Every record the kernel gives out is newer than the ones before, across loads. */
TEST_F(record, sequence)
{
	struct keybag_unlock unlock;
	struct keybag_read read;
	struct keybag_try try;
	__u64 last;

	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_read_record(&self->bag, &read));
	last = read.sequence;
	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	EXPECT_LT(last, get_u64(self->bag.record + 8));
	last = get_u64(self->bag.record + 8);
	unlock = (struct keybag_unlock){ .try_id = try.try_id };
	ASSERT_EQ(0, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	EXPECT_LT(last, get_u64(self->bag.record + 8));
	last = get_u64(self->bag.record + 8);
	ASSERT_EQ(0, bag_unload(&self->bag));
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_LT(last, get_u64(self->bag.record + 8));
	last = get_u64(self->bag.record + 8);
	ASSERT_EQ(0, bag_read_record(&self->bag, &read));
	EXPECT_LE(last, read.sequence);
	EXPECT_EQ(read.sequence, get_u64(self->bag.record + 8));
}

TEST_HARNESS_MAIN
