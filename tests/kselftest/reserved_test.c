// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reserved fields, unknown flags and values out of range: EINVAL, and nothing happened. Each
 * command is first shown to succeed, or to fail otherwise, without the offending field.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

FIXTURE(reserved)
{
	struct bag bag;
	int fd;
	__u8 blob[32 + KEYBAG_BLOB_OVERHEAD];
	__u8 child_blob[CHILD_BLOB];
	__u8 plaintext[32];
};

FIXTURE_SETUP(reserved)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(sizeof(self->blob),
		  data_wrap(self->fd, KEYBAG_CLASS_AK, self->plaintext, 32, NO_AAD, self->blob));
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_AK, NO_AAD, self->child_blob));
}

FIXTURE_TEARDOWN(reserved)
{
	close(self->fd);
	bag_finish(&self->bag);
}

TEST_F(reserved, device_key)
{
	struct keybag_device_key set = {};
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];

	if (device_key(self->bag.device, key))
		SKIP(return, "the device key is not known to the test");
	set.key = (uintptr_t)key;
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_SET_DEVICE_KEY, &set));
	set.reserved = 1;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_SET_DEVICE_KEY, &set));
	set.reserved = 0;
	/* One of address and serial, not both, not none. */
	set.serial = 1;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_SET_DEVICE_KEY, &set));
	set.key = 0;
	set.serial = 0;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_SET_DEVICE_KEY, &set));
}

TEST_F(reserved, tries)
{
	struct keybag_try try = { .reserved = 1 };

	memcpy(try.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	try.record = bag_record_buffer(&self->bag);
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_BEGIN_TRY, &try));
	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	try.reserved = 1;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_CANCEL_TRY, &try));
	EXPECT_EQ(0, bag_cancel(&self->bag, try.try_id));
}

TEST_F(reserved, unlock)
{
	static const __u32 reasons[] = { 0,
					 KEYBAG_REASON_LOAD,
					 KEYBAG_REASON_LOGOUT,
					 KEYBAG_REASON_IDLE,
					 KEYBAG_REASON_SUSPEND,
					 KEYBAG_REASON_EVICT,
					 KEYBAG_REASON_FOLLOWER,
					 16,
					 ~0U };
	struct keybag_unlock unlock = { .flags = 1U << 2, .reason = KEYBAG_REASON_REQUEST };
	struct keybag_try try;
	unsigned int i;

	ASSERT_EQ(0, bag_lock(&self->bag));
	ASSERT_EQ(0, bag_begin(&self->bag, &try));
	unlock.try_id = try.try_id;
	EXPECT_EQ(-EINVAL, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	unlock.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
	unlock.flags = 0;
	for (i = 1; i < ARRAY_SIZE(reasons); i++) {
		unlock.reason = reasons[i];
		EXPECT_EQ(-EINVAL, bag_unlock_try(&self->bag, &self->bag.secret, &unlock))
		{
			TH_LOG("reason %u", reasons[i]);
		}
	}
	/* Malformed is not tried: the same try still counts, and opens. */
	unlock.reason = KEYBAG_REASON_REQUEST;
	EXPECT_EQ(0, bag_unlock_try(&self->bag, &self->bag.secret, &unlock));
}

TEST_F(reserved, follow)
{
	struct keybag_follow follow = { .flags = 1U << 1 };

	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_FOLLOW, &follow));
	follow.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_FOLLOW, &follow));
	follow.flags = 0;
	follow.reserved = 1;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_FOLLOW, &follow));
}

TEST_F(reserved, lock)
{
	static const __u32 reasons[] = { 0,
					 KEYBAG_REASON_LOAD,
					 KEYBAG_REASON_LOGIN,
					 KEYBAG_REASON_HIBERNATE,
					 KEYBAG_REASON_PASSCODE,
					 KEYBAG_REASON_UNLOAD,
					 KEYBAG_REASON_FOLLOWER,
					 16,
					 ~0U };
	struct keybag_lock lock = { .flags = 1U << 2, .reason = KEYBAG_REASON_REQUEST };
	unsigned int i;

	memcpy(lock.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
	lock.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
	lock.flags = 0;
	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		lock.reason = reasons[i];
		EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_LOCK, &lock))
		{
			TH_LOG("reason %u", reasons[i]);
		}
	}
	/* All of them, and this one by name. */
	lock.flags = KEYBAG_LOCK_ALL;
	lock.reason = KEYBAG_REASON_REQUEST;
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	lock.flags = 0;
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
}

TEST_F(reserved, recover)
{
	const struct secret code = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct keybag_recover recover = {
		.form = (uintptr_t)self->bag.form,
		.form_length = self->bag.form_length,
		.reserved = 1,
		.authority = secret_for_kernel(&code),
		.protector = protector_for_kernel(&self->bag.secret),
		.secret = secret_for_kernel(&self->bag.secret),
		.new_form = bag_form_buffer(&self->bag),
		.new_record = bag_record_buffer(&self->bag),
	};

	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_RECOVER, &recover));
	recover.reserved = 0;
	EXPECT_NE(-EINVAL, command(self->bag.device, KEYBAG_IOC_RECOVER, &recover));
}

TEST_F(reserved, bind)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID, .flags = 2 };
	int fd = device_open();

	memcpy(bind.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_BIND, &bind));
	bind.flags = 0;
	bind.serial = 1;
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_BIND, &bind));
	bind.serial = 0;
	bind.uid = 1;
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_BIND, &bind));
	bind.uid = 0;
	bind.by = 0;
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_BIND, &bind));
	bind.by = 5;
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_BIND, &bind));
	bind.by = KEYBAG_BIND_UID;
	bind.uid = self->bag.owner;
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_BIND, &bind));
	memset(bind.uuid, 0, sizeof(bind.uuid));
	bind.uid = KEYBAG_UID_NONE;
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_BIND, &bind));
	bind.uid = self->bag.owner;
	EXPECT_EQ(0, command(fd, KEYBAG_IOC_BIND, &bind));
	EXPECT_EQ(0, memcmp(bind.uuid, self->bag.uuid, KEYBAG_UUID_SIZE));
	EXPECT_EQ(-EEXIST, command(fd, KEYBAG_IOC_BIND, &(struct keybag_bind){
						.by = KEYBAG_BIND_UID, .uid = self->bag.owner }));
	close(fd);
}

TEST_F(reserved, restrict_to)
{
	struct keybag_restrict narrow = { .rights = KEYBAG_RIGHT_ALL,
					  .known = KEYBAG_RIGHT_ALL,
					  .classes = KEYBAG_CLASSES_ALL };

	narrow.rights = KEYBAG_RIGHT_ALL + 1;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	narrow.rights = KEYBAG_RIGHT_ALL;
	narrow.classes = KEYBAG_CLASSES_ALL | 1;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	narrow.classes = ~0U;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	narrow.classes = KEYBAG_CLASSES_ALL;
	narrow.flags = 2;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	narrow.flags = 0;
	narrow.domain[0] = 1;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	narrow.domain[0] = 0;
	EXPECT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	EXPECT_EQ(32,
		  data_unwrap(self->fd, self->blob, sizeof(self->blob), NO_AAD, self->plaintext));
}

TEST_F(reserved, clone)
{
	struct keybag_clone clone = { .flags = KEYBAG_CLONE_ONCE | 2 };
	int fd;

	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CLONE, &clone));
	clone.flags = KEYBAG_CLONE_ONCE;
	clone.reserved = 1;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CLONE, &clone));
	clone.reserved = 0;
	clone.flags = 0;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CLONE, &clone));
	clone.flags = KEYBAG_CLONE_ONCE;
	fd = command(self->fd, KEYBAG_IOC_CLONE, &clone);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_F(reserved, wrap)
{
	struct keybag_wrap wrap = {
		.class_number = KEYBAG_CLASS_AK,
		.plaintext_length = 32,
		.blob_capacity = sizeof(self->blob),
		.plaintext = (uintptr_t)self->plaintext,
		.blob = (uintptr_t)self->blob,
	};
	unsigned int bit;

	for (bit = 1; bit < 32; bit++) {
		wrap.flags = 1U << bit;
		EXPECT_EQ(-EINVAL, data_wrap_raw(self->fd, &wrap, NO_AAD));
	}
	wrap.flags = 0;
	wrap.reserved = 1;
	EXPECT_EQ(-EINVAL, data_wrap_raw(self->fd, &wrap, NO_AAD));
	wrap.reserved = 0;
	EXPECT_EQ(sizeof(self->blob), data_wrap_raw(self->fd, &wrap, NO_AAD));
}

TEST_F(reserved, unwrap)
{
	struct keybag_unwrap unwrap = {
		.blob_length = sizeof(self->blob),
		.plaintext_capacity = 32,
		.plaintext = (uintptr_t)self->plaintext,
	};
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		unwrap.flags = 1U << bit;
		EXPECT_EQ(-EINVAL, data_unwrap_raw(self->fd, &unwrap, self->blob,
						   sizeof(self->blob), NO_AAD));
	}
	unwrap.flags = 0;
	EXPECT_EQ(32, data_unwrap_raw(self->fd, &unwrap, self->blob, sizeof(self->blob), NO_AAD));
}

TEST_F(reserved, rewrap_and_children)
{
	__u8 new_blob[sizeof(self->blob)], buffer[256];
	struct keybag_rewrap *rewrap = (void *)buffer;
	struct keybag_child_create *create = (void *)buffer;
	struct keybag_child_open *open = (void *)buffer;
	const size_t rewrap_size = sizeof(*rewrap) + sizeof(self->blob);
	const size_t open_size = sizeof(*open) + CHILD_BLOB;

	*rewrap = (struct keybag_rewrap){
		.class_number = KEYBAG_CLASS_CK,
		.target = -1,
		.blob_length = sizeof(self->blob),
		.new_blob_capacity = sizeof(new_blob),
		.new_blob = (uintptr_t)new_blob,
	};
	memcpy(rewrap->data, self->blob, sizeof(self->blob));
	EXPECT_EQ(sizeof(new_blob), command(self->fd, KEYBAG_IOC_REWRAP(rewrap_size), rewrap));
	rewrap->flags = 1;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_REWRAP(rewrap_size), rewrap));
	rewrap->flags = 0;
	rewrap->reserved = 1;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_REWRAP(rewrap_size), rewrap));
	rewrap->reserved = 0;
	rewrap->new_blob_capacity--;
	EXPECT_EQ(-EMSGSIZE, command(self->fd, KEYBAG_IOC_REWRAP(rewrap_size), rewrap));

	*create = (struct keybag_child_create){
		.class_number = KEYBAG_CLASS_AK,
		.flags = 1,
		.blob_capacity = CHILD_BLOB,
		.blob = (uintptr_t)self->child_blob,
	};
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CHILD_CREATE(sizeof(*create)), create));
	create->flags = 0;
	create->blob_capacity--;
	EXPECT_EQ(-EMSGSIZE, command(self->fd, KEYBAG_IOC_CHILD_CREATE(sizeof(*create)), create));
	create->blob_capacity++;
	EXPECT_EQ(CHILD_BLOB, command(self->fd, KEYBAG_IOC_CHILD_CREATE(sizeof(*create)), create));

	*open = (struct keybag_child_open){ .blob_length = CHILD_BLOB, .flags = 1 };
	memcpy(open->data, self->child_blob, CHILD_BLOB);
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CHILD_OPEN(open_size), open));
	open->flags = 0;
	open->reserved = 1;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CHILD_OPEN(open_size), open));
	open->reserved = 0;
	EXPECT_LT(0, command(self->fd, KEYBAG_IOC_CHILD_OPEN(open_size), open));
}

/* Fields of an item that its operation does not use. */
TEST_F(reserved, items)
{
	struct keybag_item good, item;

	good = item_unwrap(self->blob, sizeof(self->blob), NO_AAD, self->plaintext, 32);
	item = good;
	EXPECT_EQ(32, data_operate(self->fd, &item));
	item = good;
	item.class_number = KEYBAG_CLASS_AK;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	item.child = 1;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	item.flags = KEYBAG_WRAP_GENERATE;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	item.target = -1;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	item.new_aad_length = 1;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	item.operation = 0;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item.operation = 7;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));

	good = item_wrap(KEYBAG_CLASS_AK, self->plaintext, 32, NO_AAD, self->blob);
	item = good;
	item.child = 1;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	item.target = 3;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	item.flags = 2;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = good;
	EXPECT_EQ(sizeof(self->blob), data_operate(self->fd, &item));
}

TEST_HARNESS_MAIN
