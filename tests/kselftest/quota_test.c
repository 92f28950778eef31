// SPDX-License-Identifier: GPL-2.0-only
/* vm: fresh */
/*
 * As many bags as there may be, and one more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

FIXTURE(quota)
{
	struct bag bag;
};

FIXTURE_SETUP(quota)
{
	ASSERT_EQ(0, bag_init(&self->bag));
	/* Each of these bags is remembered until reboot, of which there may be 4096. */
	if (foreign_bags(self->bag.device))
		SKIP_IN_SETUP("this machine's own bags are loaded");
}

FIXTURE_TEARDOWN(quota)
{
	device_unload_owner(self->bag.device, OWNER);
	bag_finish(&self->bag);
}

/* Loads another bag; without a passcode, so that it has keys from then on. */
static int load_another(struct bag *bag, __u8 uuid[KEYBAG_UUID_SIZE])
{
	struct keybag_create create = {
		.type = bag->type,
		.owner = bag->owner,
		.protector = protector_for_kernel(&bag->secret),
		.secret = secret_for_kernel(&bag->secret),
		.form = bag_form_buffer(bag),
		.record = bag_record_buffer(bag),
	};
	int result = command(bag->device, KEYBAG_IOC_CREATE, &create);

	if (result)
		return result;
	bag_keep_form(bag, &create.form);
	bag_keep_record(bag, &create.record);
	memcpy(uuid, create.uuid, KEYBAG_UUID_SIZE);
	return bag_load(bag);
}

TEST_F(quota, bags)
{
	static __u8 uuids[KEYBAG_MAX_BAGS + 1][KEYBAG_UUID_SIZE],
		listed[KEYBAG_MAX_BAGS][KEYBAG_UUID_SIZE];
	struct keybag_list list = { .uuids = (uintptr_t)listed, .capacity = 3 };
	struct keybag_unload unload = {};
	unsigned int i;
	int result;

	self->bag.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	for (i = 0; i < KEYBAG_MAX_BAGS; i++) {
		result = load_another(&self->bag, uuids[i]);
		ASSERT_EQ(0, result)
		{
			TH_LOG("bag %u", i);
		}
	}
	EXPECT_EQ(-EDQUOT, load_another(&self->bag, uuids[i]));

	/* A list that is too short says so by its count. */
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_LIST, &list));
	EXPECT_EQ(KEYBAG_MAX_BAGS, list.count);
	EXPECT_NE(0, listed[2][0] | listed[2][1] | listed[2][2] | listed[2][3]);
	EXPECT_EQ(0, listed[3][0] | listed[3][1] | listed[3][2] | listed[3][3]);

	memcpy(unload.uuid, uuids[0], KEYBAG_UUID_SIZE);
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_UNLOAD, &unload));
	EXPECT_EQ(0, bag_load(&self->bag));
	for (i = 1; i <= KEYBAG_MAX_BAGS; i++) {
		memcpy(unload.uuid, uuids[i], KEYBAG_UUID_SIZE);
		EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_UNLOAD, &unload));
	}
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_LIST, &list));
	EXPECT_EQ(0, list.count);
}

TEST_HARNESS_MAIN
