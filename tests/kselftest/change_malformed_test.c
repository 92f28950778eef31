// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of protectors that mean nothing: refused, nothing is tried, nothing prepared.
 */
#define _GNU_SOURCE
#include "change_fixture.h"

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
	change = (struct keybag_change){ .action = KEYBAG_ACTION_RENEW_PROTECTOR + 1 };
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

TEST_HARNESS_MAIN
