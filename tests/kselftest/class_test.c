// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which class can be used in which lock state, by each operation.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

static const __u8 secret[32] = "the secret that is wrapped .....";
static const struct aad aad = { "associated", 10 };

#define LONGEST	(sizeof(secret) + KEYBAG_BLOB_OVERHEAD_B)

static int size_of(__u32 class)
{
	return (int)(sizeof(secret) + blob_overhead(class));
}

FIXTURE(availability)
{
	struct bag bag;
	int fd;
	__u8 blobs[CLASS_COUNT][LONGEST];	/* made while everything was available */
	__u8 child_blobs[CLASS_COUNT][CHILD_BLOB];
	int children[CLASS_COUNT];
	__u32 available;			/* now */
	__u32 absent;				/* classes the bag has no key of */
};

FIXTURE_VARIANT(availability)
{
	__u32 kind;		/* of the protector */
	__u32 type;
	int (*steps[3])(struct bag *bag);
	__u32 state;
	__u32 available;
	__u32 absent;
};

static int unlock_first_only(struct bag *bag)
{
	return bag_unlock_with(bag, &bag->secret, KEYBAG_UNLOCK_FIRST_ONLY);
}

/* Nothing but what the device key opens. */
/* clang-format off */
FIXTURE_VARIANT_ADD(availability, before_first_unlock) {
	.kind = KEYBAG_PROTECTOR_PASSCODE,
	.type = KEYBAG_TYPE_USER,
	.steps = { bag_lock_full },
	.state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK,
	.available = ALWAYS_CLASSES,
};

FIXTURE_VARIANT_ADD(availability, locked) {
	.kind = KEYBAG_PROTECTOR_PASSCODE,
	.type = KEYBAG_TYPE_USER,
	.steps = { bag_lock },
	.state = KEYBAG_STATE_LOCKED,
	.available = ALWAYS_CLASSES | AFTER_FIRST_CLASSES,
};

/* Reaches locked without ever having been unlocked. */
FIXTURE_VARIANT_ADD(availability, first_unlock_only) {
	.kind = KEYBAG_PROTECTOR_PASSCODE,
	.type = KEYBAG_TYPE_USER,
	.steps = { bag_lock_full, unlock_first_only },
	.state = KEYBAG_STATE_LOCKED,
	.available = ALWAYS_CLASSES | AFTER_FIRST_CLASSES,
};

FIXTURE_VARIANT_ADD(availability, unlocked) {
	.kind = KEYBAG_PROTECTOR_PASSCODE,
	.type = KEYBAG_TYPE_USER,
	.state = KEYBAG_STATE_UNLOCKED,
	.available = ALWAYS_CLASSES | AFTER_FIRST_CLASSES | WHEN_UNLOCKED_CLASSES,
};

FIXTURE_VARIANT_ADD(availability, unlocked_again) {
	.kind = KEYBAG_PROTECTOR_PASSCODE,
	.type = KEYBAG_TYPE_USER,
	.steps = { bag_lock, bag_unlock },
	.state = KEYBAG_STATE_UNLOCKED,
	.available = ALWAYS_CLASSES | AFTER_FIRST_CLASSES | WHEN_UNLOCKED_CLASSES,
};

/* Always unlocked, and without the class that wants a passcode. */
FIXTURE_VARIANT_ADD(availability, no_passcode) {
	.kind = KEYBAG_PROTECTOR_NONE,
	.type = KEYBAG_TYPE_USER,
	.state = KEYBAG_STATE_UNLOCKED,
	.available = (ALWAYS_CLASSES | AFTER_FIRST_CLASSES | WHEN_UNLOCKED_CLASSES) &
		     ~KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU),
	.absent = KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU),
};

FIXTURE_VARIANT_ADD(availability, system) {
	.kind = KEYBAG_PROTECTOR_NONE,
	.type = KEYBAG_TYPE_SYSTEM,
	.state = KEYBAG_STATE_UNLOCKED,
	.available = (ALWAYS_CLASSES | AFTER_FIRST_CLASSES | WHEN_UNLOCKED_CLASSES) &
		     ~KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU),
	.absent = KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU),
};
/* clang-format on */

FIXTURE_SETUP(availability)
{
	unsigned int i;

	ASSERT_EQ(0, bag_init(&self->bag));
	if (variant->kind == KEYBAG_PROTECTOR_NONE)
		self->bag.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	if (variant->type == KEYBAG_TYPE_SYSTEM) {
		self->bag.type = KEYBAG_TYPE_SYSTEM;
		self->bag.owner = KEYBAG_UID_NONE;
		/* There is one at most. */
		if (foreign_bags(self->bag.device))
			SKIP_IN_SETUP("this machine's own bags are loaded");
	}
	ASSERT_EQ(0, bag_create(&self->bag));
	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);

	for (i = 0; i < CLASS_COUNT; i++) {
		const __u32 class = all_classes[i];

		/* Where no such blob can be made, one of another class, renamed. */
		memcpy(self->blobs[i], self->blobs[0], LONGEST);
		self->blobs[i][BLOB_CLASS] = (__u8)class;
		memcpy(self->child_blobs[i], self->child_blobs[0], CHILD_BLOB);
		self->child_blobs[i][BLOB_CLASS] = (__u8)class;
		if (variant->absent & KEYBAG_CLASS_BIT(class))
			continue;
		ASSERT_EQ(size_of(class),
			  data_wrap(self->fd, class, secret, sizeof(secret), aad, self->blobs[i]));
		if (class == KEYBAG_CLASS_B)
			continue;
		ASSERT_EQ(CHILD_BLOB, child_create(self->fd, class, aad, self->child_blobs[i]));
		self->children[i] = child_open(self->fd, self->child_blobs[i], CHILD_BLOB, aad);
		ASSERT_LT(0, self->children[i]);
	}
	for (i = 0; i < ARRAY_SIZE(variant->steps) && variant->steps[i]; i++) {
		ASSERT_EQ(0, variant->steps[i](&self->bag));
	}
	self->available = variant->available;
	self->absent = variant->absent;
}

FIXTURE_TEARDOWN(availability)
{
	close(self->fd);
	bag_finish(&self->bag);
}

/* Answer of what opens under the class, @success being the answer if it can be used. */
static int answer(const FIXTURE_DATA(availability) *self, __u32 class, int success)
{
	if (self->absent & KEYBAG_CLASS_BIT(class))
		return -ENOENT;
	return self->available & KEYBAG_CLASS_BIT(class) ? success : -ENOKEY;
}

/* The same of what seals: under B, always. */
static int seals(const FIXTURE_DATA(availability) *self, __u32 class)
{
	return class == KEYBAG_CLASS_B ? size_of(class) : answer(self, class, size_of(class));
}

TEST_F(availability, status)
{
	struct keybag_status status;

	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(variant->state, status.state);
	EXPECT_EQ(variant->available, status.classes_available);
	EXPECT_EQ(KEYBAG_CLASSES_ALL & ~variant->absent, status.classes_present);
	EXPECT_EQ(variant->kind == KEYBAG_PROTECTOR_PASSCODE,
		  !!(status.flags & KEYBAG_STATUS_PASSCODE));
}

TEST_F(availability, wrap)
{
	__u8 blob[LONGEST], plaintext[sizeof(secret)];
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		const __u32 class = all_classes[i];

		EXPECT_EQ(seals(self, class),
			  data_wrap(self->fd, class, secret, sizeof(secret), aad, blob))
		{
			TH_LOG("class %u", class);
		}
		memset(plaintext, 0, sizeof(plaintext));
		EXPECT_EQ(seals(self, class),
			  data_generate(self->fd, class, plaintext, sizeof(plaintext), aad, blob))
		{
			TH_LOG("class %u", class);
		}
	}
}

TEST_F(availability, unwrap)
{
	static const __u8 untouched[sizeof(secret)] = { 0 };
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		const int expected = answer(self, all_classes[i], sizeof(secret));
		__u8 plaintext[sizeof(secret)] = {};

		EXPECT_EQ(expected, data_unwrap(self->fd, self->blobs[i],
						size_of(all_classes[i]), aad, plaintext))
		{
			TH_LOG("class %u", all_classes[i]);
		}
		EXPECT_EQ(0,
			  memcmp(plaintext, expected < 0 ? untouched : secret, sizeof(plaintext)));
	}
}

TEST_F(availability, batch)
{
	struct keybag_item items[2 * CLASS_COUNT];
	__u8 plaintexts[CLASS_COUNT][sizeof(secret)] = {};
	__u8 blobs[CLASS_COUNT][LONGEST];
	int successes = 0, expected;
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		items[2 * i] =
			item_unwrap(self->blobs[i], size_of(all_classes[i]), aad, plaintexts[i],
				    sizeof(secret));
		items[2 * i + 1] = item_wrap(all_classes[i], secret, sizeof(secret), aad, blobs[i]);
		successes += answer(self, all_classes[i], 1) == 1;
		successes += seals(self, all_classes[i]) > 0;
	}
	EXPECT_EQ(successes, data_batch(self->fd, items, ARRAY_SIZE(items)));
	for (i = 0; i < CLASS_COUNT; i++) {
		expected = answer(self, all_classes[i], sizeof(secret));
		EXPECT_EQ(expected, items[2 * i].result);
		EXPECT_EQ(expected >= 0, !memcmp(plaintexts[i], secret, sizeof(secret)));
		EXPECT_EQ(seals(self, all_classes[i]), items[2 * i + 1].result);
	}
}

TEST_F(availability, rewrap)
{
	__u8 blob[LONGEST], plaintext[sizeof(secret)];
	unsigned int from, to;

	for (from = 0; from < CLASS_COUNT; from++) {
		for (to = 0; to < CLASS_COUNT; to++) {
			const int source = answer(self, all_classes[from], 0);
			const int target = seals(self, all_classes[to]);
			const int result = data_rewrap(self->fd, -1, all_classes[to],
						       self->blobs[from],
						       size_of(all_classes[from]), aad, NO_AAD,
						       blob);

			/* Where both fail, either may be told. */
			EXPECT_TRUE(source < 0 && target < 0 ?
					    result == source || result == target :
					    result == (source < 0 ? source : target))
			{
				TH_LOG("class %u to %u: %d", all_classes[from], all_classes[to],
				       result);
			}
			if (result < 0)
				continue;
			EXPECT_EQ(all_classes[to], blob[BLOB_CLASS]);
			if (answer(self, all_classes[to], 0))
				continue;
			EXPECT_EQ(sizeof(secret),
				  data_unwrap(self->fd, blob, result, NO_AAD, plaintext));
			EXPECT_EQ(0, memcmp(plaintext, secret, sizeof(secret)));
		}
	}
}

TEST_F(availability, child_create)
{
	__u8 blob[CHILD_BLOB];
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		EXPECT_EQ(all_classes[i] == KEYBAG_CLASS_B ?
				  -EOPNOTSUPP :
				  answer(self, all_classes[i], CHILD_BLOB),
			  child_create(self->fd, all_classes[i], aad, blob));
	}
}

TEST_F(availability, child_open)
{
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		int child = child_open(self->fd, self->child_blobs[i], CHILD_BLOB, aad);

		EXPECT_EQ(all_classes[i] == KEYBAG_CLASS_B ? -EINVAL :
							     answer(self, all_classes[i], 1),
			  child > 0 ? 1 : child)
		{
			TH_LOG("class %u", all_classes[i]);
		}
	}
}

/* Child keys that were open before: wiped with their class, for good. */
TEST_F(availability, child_use)
{
	bool kept;
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		__u8 blob[LONGEST] = {}, mac[KEYBAG_MAC_SIZE];

		if (!self->children[i])
			continue;
		/* Wiped by the lock; the unlock after it does not bring the child back. */
		kept = self->available & KEYBAG_CLASS_BIT(all_classes[i]);
		if (variant->steps[1] == bag_unlock &&
		    WHEN_UNLOCKED_CLASSES & KEYBAG_CLASS_BIT(all_classes[i]))
			kept = false;
		if (variant->steps[0] == bag_lock_full &&
		    !(ALWAYS_CLASSES & KEYBAG_CLASS_BIT(all_classes[i])))
			kept = false;
		EXPECT_EQ(kept ? size_of(all_classes[i]) : -ENOKEY,
			  child_encrypt(self->fd, self->children[i], secret, sizeof(secret), aad,
					blob))
		{
			TH_LOG("class %u", all_classes[i]);
		}
		EXPECT_EQ(kept ? KEYBAG_MAC_SIZE : -ENOKEY,
			  child_mac(self->fd, self->children[i], secret, sizeof(secret), mac));
	}
}

TEST_F(availability, invalid_class)
{
	static const __u32 classes[] = { 0, 5, 13, 14, 15, 16, 31, 32, 64, 255, 256, ~0U };
	__u8 blob[LONGEST];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		EXPECT_EQ(-EINVAL,
			  data_wrap(self->fd, classes[i], secret, sizeof(secret), aad, blob));
		EXPECT_EQ(-EINVAL, child_create(self->fd, classes[i], aad, blob));
		EXPECT_EQ(-EINVAL, data_rewrap(self->fd, -1, classes[i], self->blobs[0],
					       size_of(KEYBAG_CLASS_A), aad, NO_AAD, blob));
	}
}

FIXTURE(transition)
{
	struct bag bag;
};

FIXTURE_SETUP(transition)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
}

FIXTURE_TEARDOWN(transition)
{
	bag_finish(&self->bag);
}

TEST_F(transition, all)
{
	struct bag *bag = &self->bag;

	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(bag));
	/* An unlock of what is unlocked checks the secret and changes nothing. */
	EXPECT_EQ(0, bag_unlock(bag));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(bag));
	EXPECT_EQ(0, unlock_first_only(bag));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(bag));

	EXPECT_EQ(0, bag_lock(bag));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(bag));
	EXPECT_EQ(0, bag_lock(bag));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(bag));
	EXPECT_EQ(0, unlock_first_only(bag));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(bag));

	EXPECT_EQ(0, bag_lock_full(bag));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(bag));
	EXPECT_EQ(0, bag_lock(bag));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(bag));

	EXPECT_EQ(0, bag_unlock(bag));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(bag));
	EXPECT_EQ(0, bag_lock_full(bag));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(bag));
}

TEST_F(transition, load_is_before_first_unlock)
{
	EXPECT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ENOENT, bag_state(&self->bag));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&self->bag));
}

/* Every bag that can lock does; the others are passed over. */
TEST_F(transition, lock_all)
{
	struct keybag_lock lock = { .flags = KEYBAG_LOCK_ALL, .reason = KEYBAG_REASON_REQUEST };
	struct bag second, open;

	if (foreign_bags(self->bag.device))
		SKIP(return, "this machine's own bags are loaded");
	ASSERT_EQ(0, bag_init(&second));
	second.owner = OWNER + 1;
	ASSERT_EQ(0, bag_create(&second));
	ASSERT_EQ(0, bag_load(&second));
	ASSERT_EQ(0, bag_unlock(&second));
	ASSERT_EQ(0, bag_init(&open));
	open.owner = OWNER + 2;
	open.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	ASSERT_EQ(0, bag_create(&open));
	ASSERT_EQ(0, bag_load(&open));

	EXPECT_EQ(-EOPNOTSUPP, bag_lock(&open));
	EXPECT_EQ(-EOPNOTSUPP, bag_lock_full(&open));
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&second));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&open));
	lock.flags |= KEYBAG_LOCK_FULL;
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&second));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&open));
	bag_finish(&second);
	bag_finish(&open);
}

TEST_HARNESS_MAIN
