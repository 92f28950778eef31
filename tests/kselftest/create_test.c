// SPDX-License-Identifier: GPL-2.0-only
/* vm: every-kernel */
/*
 * CREATE and LOAD with values out of range: EINVAL, and with the values at their limits not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "harness.h"

FIXTURE(creation)
{
	struct bag bag;
	struct keybag_create create;
};

FIXTURE_SETUP(creation)
{
	ASSERT_EQ(0, bag_init(&self->bag));
	self->create = (struct keybag_create){
		.type = KEYBAG_TYPE_USER,
		.owner = OWNER,
		.protector = protector_for_kernel(&self->bag.secret),
		.secret = secret_for_kernel(&self->bag.secret),
		.form = bag_form_buffer(&self->bag),
		.record = bag_record_buffer(&self->bag),
	};
}

FIXTURE_TEARDOWN(creation)
{
	bag_finish(&self->bag);
}

static int try_create(FIXTURE_DATA(creation) *self, const struct keybag_create *create)
{
	struct keybag_create copy = *create;

	return command(self->bag.device, KEYBAG_IOC_CREATE, &copy);
}

TEST_F(creation, type_and_owner)
{
	struct keybag_create create = self->create;

	EXPECT_EQ(0, try_create(self, &create));
	create.type = 0;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	create.type = 3;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	create.type = KEYBAG_TYPE_USER;
	create.owner = KEYBAG_UID_NONE;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	/* A system bag has no owner and no passcode. */
	create.type = KEYBAG_TYPE_SYSTEM;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	create.secret = (struct keybag_secret){ .kind = KEYBAG_PROTECTOR_NONE };
	create.protector.kdf_memory_kib = 0;
	create.protector.kdf_passes = 0;
	create.protector.kdf_lanes = 0;
	EXPECT_EQ(0, try_create(self, &create));
	create.owner = OWNER;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
}

TEST_F(creation, secret)
{
	static const __u32 lengths[] = { 0, 1, 16, 31, 33, 64, 65, ~0U };
	struct keybag_create create = self->create;
	__u8 hardware[KEYBAG_MAX_HARDWARE_SECRET + 1] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		create.secret.secret_length = lengths[i];
		EXPECT_EQ(-EINVAL, try_create(self, &create));
	}
	create = self->create;
	create.secret.kind = KEYBAG_PROTECTOR_RECOVERY;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	create.secret.kind = 0;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	create.secret.kind = 5;
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	/* NONE has no secret. */
	create.secret.kind = KEYBAG_PROTECTOR_NONE;
	EXPECT_EQ(-EINVAL, try_create(self, &create));

	create = self->create;
	create.secret.hardware = (uintptr_t)hardware;
	create.secret.hardware_length = sizeof(hardware);
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	create.secret.hardware_length = sizeof(hardware) - 1;
	EXPECT_EQ(0, try_create(self, &create));
}

TEST_F(creation, protector)
{
	static const struct {
		__u32 memory, passes, lanes;
		int result;
	} parameters[] = {
		{ 64, 1, 1, 0 }, { 262144, 100, 4, 0 }, { 63, 1, 1, -EINVAL }, { 0, 1, 1, -EINVAL },
		{ 262145, 1, 1, -EINVAL }, { ~0U, 1, 1, -EINVAL }, { 64, 0, 1, -EINVAL },
		{ 64, 101, 1, -EINVAL }, { 64, 1, 0, -EINVAL }, { 64, 1, 5, -EINVAL },
	};
	static __u8 opaque[KEYBAG_MAX_PROTECTOR_OPAQUE + 1];
	struct keybag_create create = self->create;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		create.protector.kdf_memory_kib = parameters[i].memory;
		create.protector.kdf_passes = parameters[i].passes;
		create.protector.kdf_lanes = parameters[i].lanes;
		EXPECT_EQ(parameters[i].result, try_create(self, &create));
	}
	create = self->create;
	create.protector.opaque = (uintptr_t)opaque;
	create.protector.opaque_length = sizeof(opaque);
	EXPECT_EQ(-EINVAL, try_create(self, &create));
	create.protector.opaque_length = sizeof(opaque) - 1;
	EXPECT_EQ(0, try_create(self, &create));

	/* The parameters of a passcode, and no passcode. */
	create = self->create;
	create.secret = (struct keybag_secret){ .kind = KEYBAG_PROTECTOR_NONE };
	EXPECT_EQ(-EINVAL, try_create(self, &create));
}

TEST_F(creation, buffers)
{
	struct keybag_create create = self->create;

	create.form.capacity = 64;
	EXPECT_EQ(-EMSGSIZE, try_create(self, &create));
	create = self->create;
	create.record.capacity = 179;
	EXPECT_EQ(-EMSGSIZE, try_create(self, &create));
	create.record.capacity = 180;
	EXPECT_EQ(0, try_create(self, &create));
}

TEST_F(creation, load)
{
	struct keybag_load load = {};

	ASSERT_EQ(0, bag_create(&self->bag));
	load.form = (uintptr_t)self->bag.form;
	load.form_length = KEYBAG_MAX_FORM + 1;
	EXPECT_EQ(-EINVAL, bag_load_with(&self->bag, &load));
	load.form_length = ~0U;
	EXPECT_EQ(-EINVAL, bag_load_with(&self->bag, &load));
	load.form_length = self->bag.form_length;
	load.record[1] = (uintptr_t)self->bag.record;
	load.record_length[1] = KEYBAG_MAX_RECORD + 1;
	EXPECT_EQ(-EINVAL, bag_load_with(&self->bag, &load));
	load.record_length[1] = self->bag.record_length;
	EXPECT_EQ(0, bag_load_with(&self->bag, &load));
	EXPECT_EQ(0, load.flags);
	EXPECT_EQ(0, memcmp(load.uuid, self->bag.uuid, KEYBAG_UUID_SIZE));
}

TEST_HARNESS_MAIN
