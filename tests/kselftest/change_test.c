// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of protectors: prepared, committed or given up; what each of them keeps and destroys.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"

static const __u8 plaintext[32] = "what outlives every passcode ...";

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(change)
{
	struct bag bag;			/* unlocked */
	int fd;
	struct secret passcode;		/* the next one */
	struct secret code;		/* a recovery code, not added */
	__u8 blobs[CLASS_COUNT][BLOB];
};

FIXTURE_SETUP(change)
{
	unsigned int i;

	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	self->passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	self->code = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	for (i = 0; i < CLASS_COUNT; i++) {
		if (all_classes[i] == KEYBAG_CLASS_B)
			continue;
		ASSERT_EQ(BLOB, data_wrap(self->fd, all_classes[i], plaintext, sizeof(plaintext),
					  NO_AAD, self->blobs[i]));
	}
}

FIXTURE_TEARDOWN(change)
{
	close(self->fd);
	bag_finish(&self->bag);
}

/* Mask of the classes whose blobs open. */
static __u32 opening(const FIXTURE_DATA(change) *self)
{
	__u8 opened[sizeof(plaintext)];
	__u32 mask = 0;
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++)
		if (all_classes[i] != KEYBAG_CLASS_B &&
		    data_unwrap(self->fd, self->blobs[i], BLOB, NO_AAD, opened) == sizeof(opened) &&
		    !memcmp(opened, plaintext, sizeof(opened)))
			mask |= KEYBAG_CLASS_BIT(all_classes[i]);
	return mask;
}

#define ALL_OPENING	(KEYBAG_CLASSES_ALL & ~KEYBAG_CLASS_BIT(KEYBAG_CLASS_B))
#define AKPU		KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU)

static __u32 flags(FIXTURE_DATA(change) *self)
{
	struct keybag_status status;

	return bag_status(&self->bag, &status) ? ~0U : status.flags;
}

static struct keybag_change to_passcode(const struct secret *secret)
{
	return (struct keybag_change){
		.action = KEYBAG_ACTION_SET_PASSCODE,
		.protector = protector_for_kernel(secret),
		.secret = secret_for_kernel(secret),
	};
}

/* Unloads and loads the form that was last returned, and unlocks with @secret. */
static int reload(FIXTURE_DATA(change) *self, const struct secret *secret)
{
	int result = bag_unload(&self->bag);

	if (!result)
		result = bag_load(&self->bag);
	if (!result && secret->kind != KEYBAG_PROTECTOR_NONE)
		result = bag_unlock_with(&self->bag, secret, 0);
	close(self->fd);
	self->fd = bag_bind(&self->bag);
	return result;
}

TEST_F(change, prepared)
{
	struct keybag_change change = to_passcode(&self->passcode), second = change;
	const struct bag before = self->bag;
	struct keybag_read read;

	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(2, change.generation);
	EXPECT_EQ(0, change.failures);
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_PENDING);
	EXPECT_NE(0, memcmp(self->bag.form, before.form, before.form_length));

	/* Nothing has changed yet. */
	EXPECT_EQ(-EBUSY, bag_change(&self->bag, &self->bag.secret, &second));
	EXPECT_EQ(ALL_OPENING, opening(self));
	ASSERT_EQ(0, bag_read_form(&self->bag, &read));
	EXPECT_EQ(1, read.sequence);
	EXPECT_EQ(before.form_length, self->bag.form_length);
	EXPECT_EQ(0, memcmp(self->bag.form, before.form, before.form_length));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(-EKEYREJECTED, bag_unlock_with(&self->bag, &self->passcode, 0));
	EXPECT_EQ(0, bag_unlock(&self->bag));

	EXPECT_EQ(-ESTALE, bag_commit(&self->bag, 1));
	EXPECT_EQ(-ESTALE, bag_commit(&self->bag, 3));
	EXPECT_EQ(-ESTALE, bag_abort(&self->bag, 3));
	EXPECT_EQ(0, bag_commit(&self->bag, 2));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_PENDING);
	EXPECT_EQ(-ESTALE, bag_commit(&self->bag, 2));
	EXPECT_EQ(-ESTALE, bag_abort(&self->bag, 2));
}

TEST_F(change, committed)
{
	struct keybag_status status;
	struct keybag_read read;

	ASSERT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &self->passcode));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(2, status.bag_generation);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, status.state);
	EXPECT_TRUE(status.flags & KEYBAG_STATUS_PASSCODE);
	EXPECT_EQ(ALL_OPENING, opening(self));
	ASSERT_EQ(0, bag_read_form(&self->bag, &read));
	EXPECT_EQ(2, read.sequence);

	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(-EKEYREJECTED, bag_unlock(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->passcode, 0));
	EXPECT_EQ(ALL_OPENING, opening(self));
	EXPECT_EQ(0, reload(self, &self->passcode));
	EXPECT_EQ(ALL_OPENING, opening(self));
}

TEST_F(change, aborted)
{
	struct keybag_change change = to_passcode(&self->passcode);
	const struct bag before = self->bag;
	struct keybag_read read;

	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	ASSERT_EQ(0, bag_abort(&self->bag, change.generation));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_PENDING);
	ASSERT_EQ(0, bag_read_form(&self->bag, &read));
	EXPECT_EQ(0, memcmp(self->bag.form, before.form, before.form_length));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(-EKEYREJECTED, bag_unlock_with(&self->bag, &self->passcode, 0));
	EXPECT_EQ(0, bag_unlock(&self->bag));
	/* And once more, this time in earnest. */
	change = to_passcode(&self->passcode);
	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(2, change.generation);
	EXPECT_EQ(0, bag_commit(&self->bag, 2));
}

/* A change is a guess like any other. */
TEST_F(change, wrong_authority)
{
	struct keybag_change change = to_passcode(&self->passcode);
	const struct secret wrong = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);

	EXPECT_EQ(-EKEYREJECTED, bag_change(&self->bag, &wrong, &change));
	EXPECT_EQ(1, change.failures);
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_PENDING);
	/* There is a passcode, so NONE opens nothing. */
	change = to_passcode(&self->passcode);
	EXPECT_EQ(-ENOENT, bag_change(&self->bag, &none, &change));
	/* Without a try nothing is tried. */
	change = to_passcode(&self->passcode);
	memcpy(change.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	change.authority = secret_for_kernel(&self->bag.secret);
	change.form = bag_form_buffer(&self->bag);
	change.record = bag_record_buffer(&self->bag);
	EXPECT_EQ(-ECANCELED, command(self->bag.device, KEYBAG_IOC_CHANGE, &change));
	change.try_id = 99999999;
	EXPECT_EQ(-ECANCELED, command(self->bag.device, KEYBAG_IOC_CHANGE, &change));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_PENDING);
}

/* The lock state neither matters nor changes. */
TEST_F(change, while_locked)
{
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &self->passcode));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));
	EXPECT_EQ(ALWAYS_CLASSES | AFTER_FIRST_CLASSES, opening(self));
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_set_passcode(&self->bag, &self->passcode, &self->bag.secret));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&self->bag));
	EXPECT_EQ(ALWAYS_CLASSES, opening(self));
	EXPECT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(ALL_OPENING, opening(self));
}

/* A lock between prepare and commit takes nothing away from either. */
TEST_F(change, locked_while_prepared)
{
	struct keybag_change change = to_passcode(&self->passcode);

	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(ALWAYS_CLASSES | AFTER_FIRST_CLASSES, opening(self));
	EXPECT_EQ(0, bag_commit(&self->bag, change.generation));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));
	EXPECT_EQ(ALWAYS_CLASSES | AFTER_FIRST_CLASSES, opening(self));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->passcode, 0));
	EXPECT_EQ(ALL_OPENING, opening(self));
}

TEST_F(change, unloaded_while_prepared)
{
	struct keybag_change change = to_passcode(&self->passcode);
	struct bag before = self->bag;

	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ENOENT, bag_commit(&self->bag, change.generation));
	EXPECT_EQ(0, bag_load(&before));
	EXPECT_EQ(0, bag_unlock(&before));
}

/* -- no passcode -- */

TEST_F(change, passcode_removed)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct keybag_status status;

	ASSERT_EQ(0, bag_remove_passcode(&self->bag, &self->bag.secret));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, status.state);
	EXPECT_FALSE(status.flags & KEYBAG_STATUS_PASSCODE);
	EXPECT_EQ(KEYBAG_CLASSES_ALL & ~AKPU, status.classes_present);
	/* akpu is destroyed with the passcode, for good. */
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
	EXPECT_EQ(-ENOENT, data_unwrap(self->fd, self->blobs[CLASS_COUNT - 1], BLOB, NO_AAD,
				       self->blobs[0]));
	EXPECT_EQ(-EOPNOTSUPP, bag_lock(&self->bag));
	EXPECT_EQ(-ENOENT, bag_unlock(&self->bag));
	EXPECT_EQ(0, reload(self, &none));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
}

/* Also when nothing was open: without a passcode everything is. */
TEST_F(change, passcode_removed_while_locked)
{
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	ASSERT_EQ(0, bag_remove_passcode(&self->bag, &self->bag.secret));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
}

TEST_F(change, passcode_set_again)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct bag open;
	__u8 blob[BLOB];

	ASSERT_EQ(0, bag_remove_passcode(&self->bag, &self->bag.secret));
	open = self->bag;
	ASSERT_EQ(0, bag_set_passcode(&self->bag, &none, &self->passcode));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_PASSCODE);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	/* A new akpu, under which the old blobs mean nothing. */
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
	EXPECT_EQ(-ENOENT, data_unwrap(self->fd, self->blobs[CLASS_COUNT - 1], BLOB, NO_AAD, blob));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AKPU, plaintext, sizeof(plaintext), NO_AAD,
				  blob));
	EXPECT_EQ(2, get_u32(blob + BLOB_GENERATION));
	EXPECT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(-EKEYREJECTED, bag_unlock(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->passcode, 0));
	EXPECT_EQ(sizeof(plaintext), data_unwrap(self->fd, blob, BLOB, NO_AAD, blob));
	/* The form that anybody could open does not load any more. */
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&open));
	EXPECT_EQ(0, bag_load(&self->bag));
}

/* -- recovery -- */

TEST_F(change, recovery_code)
{
	struct keybag_status status;
	int id;

	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_RECOVERY);
	id = bag_add_protector(&self->bag, &self->bag.secret, &self->code);
	EXPECT_LT(1, id);
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_RECOVERY);
	EXPECT_EQ(ALL_OPENING, opening(self));

	/* It opens all but what needs the passcode itself. */
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->code, 0));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, status.state);
	EXPECT_EQ(ALL_OPENING & ~AKPU, status.classes_available);
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
	EXPECT_EQ(-ENOKEY, data_wrap(self->fd, KEYBAG_CLASS_AKPU, plaintext, sizeof(plaintext),
				     NO_AAD, self->blobs[0]));
	/* The passcode then brings the rest. */
	EXPECT_EQ(0, bag_unlock(&self->bag));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(ALL_OPENING, status.classes_available);
}

/* The forgotten passcode: a new one by the code. What only the old one opened is lost. */
TEST_F(change, passcode_by_recovery_code)
{
	__u8 blob[BLOB];

	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_set_passcode(&self->bag, &self->code, &self->passcode));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->passcode, 0));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
	EXPECT_EQ(-ENOENT, data_unwrap(self->fd, self->blobs[CLASS_COUNT - 1], BLOB, NO_AAD, blob));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AKPU, plaintext, sizeof(plaintext), NO_AAD,
				  blob));
	/* The code is still good. */
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->code, 0));
}

TEST_F(change, recovery_survives_a_change_of_passcode)
{
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	ASSERT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &self->passcode));
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->code, 0));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
}

static int choose(FIXTURE_DATA(change) *self, __u32 action)
{
	struct keybag_change change = { .action = action };
	int result = bag_change(&self->bag, &self->bag.secret, &change);

	return result ? result : bag_commit(&self->bag, change.generation);
}

TEST_F(change, recovery_choice)
{
	EXPECT_FALSE(flags(self) &
		     (KEYBAG_STATUS_RECOVERY_CONFIRMED | KEYBAG_STATUS_RECOVERY_REFUSED));
	EXPECT_EQ(0, choose(self, KEYBAG_ACTION_RECOVERY_REFUSED));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_RECOVERY_REFUSED);
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_RECOVERY_CONFIRMED);
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	EXPECT_EQ(0, choose(self, KEYBAG_ACTION_RECOVERY_CONFIRMED));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_RECOVERY_CONFIRMED);
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_RECOVERY_REFUSED);
	EXPECT_EQ(0, reload(self, &self->bag.secret));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_RECOVERY_CONFIRMED);
	EXPECT_EQ(ALL_OPENING, opening(self));
}

static int revoke_protector(FIXTURE_DATA(change) *self, const struct secret *authority, __u32 id)
{
	struct keybag_change change = { .action = KEYBAG_ACTION_REVOKE_PROTECTOR, .target = id };
	int result = bag_change(&self->bag, authority, &change);

	return result ? result : bag_commit(&self->bag, change.generation);
}

/*
 * Revoking makes a new K_bag: every protector that is not at hand is dropped with the one revoked.
 */
TEST_F(change, revoked)
{
	struct secret escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
	struct secret second = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct bag before;

	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &escrow));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_ESCROW);
	before = self->bag;
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &escrow, 0));

	EXPECT_EQ(0, revoke_protector(self, &self->bag.secret, self->code.id));
	EXPECT_FALSE(flags(self) & (KEYBAG_STATUS_RECOVERY | KEYBAG_STATUS_ESCROW));
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &self->code, 0));
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &escrow, 0));
	EXPECT_EQ(0, bag_unlock(&self->bag));
	/* The class keys are the same. */
	EXPECT_EQ(ALL_OPENING, opening(self));
	EXPECT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &second));
	EXPECT_EQ(0, reload(self, &self->bag.secret));
	EXPECT_EQ(ALL_OPENING, opening(self));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&before));
}

/* Replacing NONE makes a new K_bag as well, for anybody could have had the old one. */
TEST_F(change, none_replaced)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);

	ASSERT_EQ(0, bag_remove_passcode(&self->bag, &self->bag.secret));
	ASSERT_LT(0, bag_add_protector(&self->bag, &none, &self->code));
	ASSERT_EQ(0, bag_set_passcode(&self->bag, &none, &self->passcode));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_RECOVERY);
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &self->code, 0));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
}

TEST_F(change, nothing_to_revoke)
{
	struct keybag_change change = { .action = KEYBAG_ACTION_REVOKE_PROTECTOR, .target = 42 };

	EXPECT_EQ(-ENOENT, bag_change(&self->bag, &self->bag.secret, &change));
	/* The passcode is replaced or removed, not revoked. */
	change = (struct keybag_change){ .action = KEYBAG_ACTION_REVOKE_PROTECTOR, .target = 1 };
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_PENDING);
	EXPECT_EQ(ALL_OPENING, opening(self));
}

TEST_F(change, malformed)
{
	static const __u32 lengths[] = { 0, KEYBAG_MIN_SECRET - 1, KEYBAG_MAX_SECRET + 1, ~0U };
	struct keybag_change change = { .action = 0 };
	unsigned int i;

	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	change = (struct keybag_change){ .action = 7 };
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		change = (struct keybag_change){
			.action = KEYBAG_ACTION_ADD_PROTECTOR,
			.protector = protector_for_kernel(&self->code),
			.secret = secret_for_kernel(&self->code),
		};
		change.secret.secret_length = lengths[i];
		EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	}
	/* A passcode is set, not added; a code is added, not set. */
	change = to_passcode(&self->passcode);
	change.action = KEYBAG_ACTION_ADD_PROTECTOR;
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	change = to_passcode(&self->code);
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	/* Malformed is not tried. */
	EXPECT_EQ(0, change.failures);
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_PENDING);
}

TEST_F(change, shortest_and_longest_code)
{
	struct secret escrow;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
		escrow.length = i ? KEYBAG_MAX_SECRET : KEYBAG_MIN_SECRET;
		ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &escrow));
		ASSERT_EQ(0, bag_lock(&self->bag));
		EXPECT_EQ(0, bag_unlock_with(&self->bag, &escrow, 0));
	}
}

/* Eight at most. */
TEST_F(change, too_many)
{
	struct secret escrow;
	unsigned int i;

	for (i = 1; i < 8; i++) {
		escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
		EXPECT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &escrow));
	}
	escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
	EXPECT_EQ(-EDQUOT, bag_add_protector(&self->bag, &self->bag.secret, &escrow));
	/* Without a number it is not clear which one is meant. */
	escrow.id = 0;
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &escrow, 0));
}

TEST_HARNESS_MAIN
