// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding: who may bind to whose bag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bag.h"
#include "harness.h"
#include "privilege.h"

#define WAIT_MS	5000

static int bind_by(const struct bag *bag, __u32 by)
{
	struct keybag_bind bind = { .by = by, .flags = KEYBAG_BIND_NO_UPCALL };
	int fd = device_open(), result;

	if (fd < 0)
		return fd;
	if (by == KEYBAG_BIND_UUID)
		memcpy(bind.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	if (by == KEYBAG_BIND_UID)
		bind.uid = bag->owner;
	result = command(fd, KEYBAG_IOC_BIND, &bind);
	if (!result && memcmp(bind.uuid, bag->uuid, KEYBAG_UUID_SIZE))
		result = -EIO;
	close(fd);
	return result;
}

static int bind_by_uuid(void *bag)
{
	return bind_by(bag, KEYBAG_BIND_UUID);
}

static int bind_by_uid(void *bag)
{
	return bind_by(bag, KEYBAG_BIND_UID);
}

static int bind_to_system(void *bag)
{
	return bind_by(bag, KEYBAG_BIND_SYSTEM);
}

FIXTURE(bind)
{
	struct bag bag;
};

FIXTURE_VARIANT(bind)
{
	enum privilege privilege;
	__u32 uid;
	int result;
	int system_result;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(bind, root) {
	.privilege = AS_ROOT, .result = 0, .system_result = -ENOENT,
};

FIXTURE_VARIANT_ADD(bind, owner) {
	.privilege = AS_USER, .uid = OWNER, .result = 0, .system_result = -EACCES,
};

FIXTURE_VARIANT_ADD(bind, effective_uid_of_owner) {
	.privilege = WITH_EFFECTIVE_UID, .uid = OWNER, .result = 0, .system_result = -EACCES,
};

/* The real uid is who somebody was. */
FIXTURE_VARIANT_ADD(bind, real_uid_of_owner) {
	.privilege = WITH_REAL_UID, .uid = OWNER, .result = -EACCES, .system_result = -EACCES,
};

FIXTURE_VARIANT_ADD(bind, foreign_user) {
	.privilege = AS_USER, .uid = NOBODY, .result = -EACCES, .system_result = -EACCES,
};

FIXTURE_VARIANT_ADD(bind, root_without_capability) {
	.privilege = WITHOUT_SYS_ADMIN, .result = -EACCES, .system_result = -EACCES,
};

FIXTURE_VARIANT_ADD(bind, owner_in_user_namespace) {
	.privilege = IN_USER_NAMESPACE, .uid = OWNER, .result = -EPERM, .system_result = -EPERM,
};

FIXTURE_VARIANT_ADD(bind, other_in_user_namespace) {
	.privilege = IN_USER_NAMESPACE, .uid = NOBODY, .result = -EPERM, .system_result = -EPERM,
};
/* clang-format on */

FIXTURE_SETUP(bind)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
}

FIXTURE_TEARDOWN(bind)
{
	bag_finish(&self->bag);
}

TEST_F(bind, to_a_users_bag)
{
	int result = run_with(variant->privilege, variant->uid, bind_by_uuid, &self->bag);

	if (result < PRIVILEGE_FAILED / 2)
		SKIP(return, "no user namespaces here");
	EXPECT_EQ(variant->result, result);
	EXPECT_EQ(variant->result,
		  run_with(variant->privilege, variant->uid, bind_by_uid, &self->bag));
	/* The lock state makes no difference. */
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(variant->result,
		  run_with(variant->privilege, variant->uid, bind_by_uuid, &self->bag));
}

/* Whether somebody else's bag is loaded does not show. */
TEST_F(bind, to_a_bag_that_is_not_loaded)
{
	int result;

	ASSERT_EQ(0, bag_unload(&self->bag));
	result = run_with(variant->privilege, variant->uid, bind_by_uid, &self->bag);
	if (result < PRIVILEGE_FAILED / 2)
		SKIP(return, "no user namespaces here");
	EXPECT_EQ(variant->result ? variant->result : -ENOENT, result);
}

TEST_F(bind, to_the_system_bag)
{
	struct bag bag;
	int result;

	if (foreign_bags(self->bag.device))
		SKIP(return, "this machine's own bags are loaded");
	result = run_with(variant->privilege, variant->uid, bind_to_system, &self->bag);
	if (result < PRIVILEGE_FAILED / 2)
		SKIP(return, "no user namespaces here");
	EXPECT_EQ(variant->system_result, result);

	ASSERT_EQ(0, bag_init(&bag));
	bag.type = KEYBAG_TYPE_SYSTEM;
	bag.owner = KEYBAG_UID_NONE;
	bag.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	ASSERT_EQ(0, bag_create(&bag));
	ASSERT_EQ(0, bag_load(&bag));
	result = variant->system_result == -ENOENT ? 0 : variant->system_result;
	EXPECT_EQ(result, run_with(variant->privilege, variant->uid, bind_to_system, &bag));
	EXPECT_EQ(result, run_with(variant->privilege, variant->uid, bind_by_uuid, &bag));
	bag_finish(&bag);
}

/* An epoll instance has the descriptor from before it is bound, and hears of all that comes. */
TEST(watched_before)
{
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLET }, event;
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID };
	int epoll = epoll_create1(EPOLL_CLOEXEC), fd = device_open(), i;
	struct keybag_event state;
	struct bag bag;

	ASSERT_EQ(0, bag_unlocked(&bag));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted));
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, WAIT_MS));
	EXPECT_TRUE(event.events & EPOLLERR);
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));

	memcpy(bind.uuid, bag.uuid, KEYBAG_UUID_SIZE);
	ASSERT_EQ(0, command(fd, KEYBAG_IOC_BIND, &bind));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(1, epoll_wait(epoll, &event, 1, WAIT_MS));
		EXPECT_EQ(EPOLLIN, event.events);
		EXPECT_EQ(sizeof(state), read(fd, &state, sizeof(state)));
		EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
		ASSERT_EQ(0, i % 2 ? bag_unlock(&bag) : bag_lock(&bag));
	}
	close(fd);
	close(epoll);
	bag_finish(&bag);
}

TEST_HARNESS_MAIN
