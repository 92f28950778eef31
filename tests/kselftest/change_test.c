// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of protectors: prepared, committed or given up; what each of them keeps and destroys.
 */
#define _GNU_SOURCE
#include "change_fixture.h"

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
	/* Its number is not given again. */
	EXPECT_EQ(3, change.generation);
	EXPECT_EQ(0, bag_commit(&self->bag, 3));
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

/*
 * A lock takes the new akpu key away, which only the new passcode brings back: it is there after
 * that, and never is a class open that cannot be used.
 */
TEST_F(change, passcode_by_recovery_code_under_a_lock)
{
	struct keybag_change change = to_passcode(&self->passcode);

	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	ASSERT_EQ(0, bag_change(&self->bag, &self->code, &change));
	ASSERT_EQ(0, bag_lock(&self->bag));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(-ECANCELED, bag_commit(&self->bag, change.generation));
	EXPECT_EQ(ALL_OPENING, opening(self));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_PENDING);
	ASSERT_EQ(0, bag_abort(&self->bag, change.generation));
	EXPECT_EQ(ALL_OPENING, opening(self));

	/* The same where it was locked before. */
	ASSERT_EQ(0, bag_lock(&self->bag));
	change = to_passcode(&self->passcode);
	ASSERT_EQ(0, bag_change(&self->bag, &self->code, &change));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(-ECANCELED, bag_commit(&self->bag, change.generation));
	ASSERT_EQ(0, bag_abort(&self->bag, change.generation));

	/* While it is locked there is nothing to miss. */
	change = to_passcode(&self->passcode);
	ASSERT_EQ(0, bag_change(&self->bag, &self->code, &change));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(0, bag_commit(&self->bag, change.generation));
	ASSERT_EQ(0, bag_unlock_with(&self->bag, &self->passcode, 0));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
	EXPECT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AKPU, plaintext, sizeof(plaintext), NO_AAD,
				  self->blobs[0]));
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

/*
 * The mark is of the very passcode that a login has verified: one set with it inherits that, one
 * set with a recovery code does not.
 */
TEST_F(change, login_verified)
{
	struct keybag_change change = { .action = KEYBAG_ACTION_LOGIN_VERIFIED };
	struct secret next = secret_new(KEYBAG_PROTECTOR_PASSCODE);

	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->code, &change));
	EXPECT_EQ(-EKEYREJECTED, bag_change(&self->bag, &self->passcode, &change));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);
	EXPECT_EQ(0, choose(self, KEYBAG_ACTION_LOGIN_VERIFIED));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);
	EXPECT_EQ(0, reload(self, &self->bag.secret));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);
	EXPECT_EQ(ALL_OPENING, opening(self));

	EXPECT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &self->passcode));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);
	EXPECT_EQ(0, reload(self, &self->passcode));
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);
	EXPECT_EQ(0, bag_set_passcode(&self->bag, &self->code, &next));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);

	ASSERT_EQ(0, bag_remove_passcode(&self->bag, &next));
	EXPECT_FALSE(flags(self) & KEYBAG_STATUS_LOGIN_VERIFIED);
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

/* One code for another, in one change: whenever the power goes, one of the two is good. */
TEST_F(change, exchanged)
{
	struct secret second = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct secret escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
	struct keybag_change change = { .action = KEYBAG_ACTION_ADD_PROTECTOR };
	struct bag before;

	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &escrow));
	ASSERT_EQ(0, choose(self, KEYBAG_ACTION_RECOVERY_CONFIRMED));
	before = self->bag;
	change.protector = protector_for_kernel(&second);
	change.secret = secret_for_kernel(&second);

	change.target = 42;
	EXPECT_EQ(-ENOENT, bag_change(&self->bag, &self->bag.secret, &change));
	change.target = 1;
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	change.target = self->code.id;
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->code, &change));
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &escrow, &change));

	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	/* Prepared, nothing has changed. */
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->code, 0));
	ASSERT_EQ(0, bag_commit(&self->bag, change.generation));
	second.id = change.target_id;
	EXPECT_LT(escrow.id, second.id);
	EXPECT_TRUE(flags(self) & KEYBAG_STATUS_RECOVERY);
	EXPECT_FALSE(flags(self) & (KEYBAG_STATUS_RECOVERY_CONFIRMED | KEYBAG_STATUS_ESCROW));

	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &self->code, 0));
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &escrow, 0));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &second, 0));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
	EXPECT_EQ(0, reload(self, &self->bag.secret));
	EXPECT_EQ(ALL_OPENING, opening(self));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&before));
}

/*
 * A secret that was used once makes room for another, by itself: the passcode is not at hand, and no other code is
 * lost.
 */
TEST_F(change, renewed)
{
	struct secret escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
	struct secret second = secret_new(KEYBAG_PROTECTOR_ESCROW);
	struct secret recovery = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct keybag_change change = { .action = KEYBAG_ACTION_RENEW_PROTECTOR };
	struct bag before;

	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &escrow));
	ASSERT_EQ(0, choose(self, KEYBAG_ACTION_RECOVERY_CONFIRMED));
	before = self->bag;
	change.protector = protector_for_kernel(&second);
	change.secret = secret_for_kernel(&second);

	/* A passcode is changed in another way, a secret of another kind is another protector, and none is named. */
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &self->code, &change));
	change.target = escrow.id;
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &escrow, &change));
	change.target = 0;
	change.secret = secret_for_kernel(&recovery);
	EXPECT_EQ(-EINVAL, bag_change(&self->bag, &escrow, &change));
	change.secret = secret_for_kernel(&second);

	ASSERT_EQ(0, bag_change(&self->bag, &escrow, &change));
	ASSERT_EQ(0, bag_commit(&self->bag, change.generation));
	second.id = change.target_id;
	EXPECT_LT(escrow.id, second.id);
	EXPECT_EQ(KEYBAG_STATUS_RECOVERY_CONFIRMED | KEYBAG_STATUS_ESCROW,
		  flags(self) & (KEYBAG_STATUS_RECOVERY_CONFIRMED | KEYBAG_STATUS_ESCROW));

	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &escrow, 0));
	escrow.id = second.id;
	EXPECT_EQ(-EKEYREJECTED, bag_unlock_with(&self->bag, &escrow, 0));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &second, 0));
	EXPECT_EQ(ALL_OPENING & ~AKPU, opening(self));
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &self->code, 0));
	EXPECT_EQ(0, reload(self, &self->bag.secret));
	EXPECT_EQ(ALL_OPENING, opening(self));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&before));
}

/* A recovery code that was renewed is one that nobody has confirmed. */
TEST_F(change, code_renewed)
{
	struct secret second = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct keybag_change change = { .action = KEYBAG_ACTION_RENEW_PROTECTOR };

	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	ASSERT_EQ(0, choose(self, KEYBAG_ACTION_RECOVERY_CONFIRMED));
	change.protector = protector_for_kernel(&second);
	change.secret = secret_for_kernel(&second);
	ASSERT_EQ(0, bag_change(&self->bag, &self->code, &change));
	ASSERT_EQ(0, bag_commit(&self->bag, change.generation));
	EXPECT_EQ(KEYBAG_STATUS_RECOVERY,
		  flags(self) & (KEYBAG_STATUS_RECOVERY | KEYBAG_STATUS_RECOVERY_CONFIRMED));
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
