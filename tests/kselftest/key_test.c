// SPDX-License-Identifier: GPL-2.0-only
/* vm: every-kernel */
/*
 * Handles in keyrings: who can make one, what can be done to it and by whom, and that none of it
 * touches the bag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "handle.h"
#include "harness.h"
#include "privilege.h"

#define PERM_ALL	0x3f3f3f3f
#define PERM_SEARCH_ALL	0x08080808

FIXTURE(key)
{
	struct bag bag;			/* of OWNER, unlocked */
	char description[32];
	char payload[PAYLOAD_TEXT];
	int serial;			/* of a handle, set up by root unless said */
};

FIXTURE_SETUP(key)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	snprintf(self->description, sizeof(self->description), "user:%u", self->bag.owner);
	handle_payload(self->payload, self->bag.uuid);
	/* One keyring for the test, whatever the caller had. */
	ASSERT_LT(0, handle_keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0));
	self->serial = handle_add(KEYBAG_KEY_TYPE, self->description, self->payload,
				  KEY_SPEC_SESSION_KEYRING);
	ASSERT_LT(0, self->serial);
}

FIXTURE_TEARDOWN(key)
{
	handle_keyctl(KEYCTL_CLEAR, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
	bag_finish(&self->bag);
}

static int unwrap_through(int fd)
{
	__u8 blob[4 + KEYBAG_BLOB_OVERHEAD], opened[4];
	int result;

	if (fd < 0)
		return fd;
	result = data_wrap(fd, KEYBAG_CLASS_AK, "key!", 4, NO_AAD, blob);
	if (result == sizeof(blob))
		result = data_unwrap(fd, blob, sizeof(blob), NO_AAD, opened);
	close(fd);
	return result;
}

/* -- making one -- */

static int add_own(void *argument)
{
	const FIXTURE_DATA(key) *self = argument;
	int serial = handle_add(KEYBAG_KEY_TYPE, self->description, self->payload,
				KEY_SPEC_PROCESS_KEYRING);

	return serial < 0 ? serial : unwrap_through(handle_bind(serial));
}

TEST_F(key, added_by)
{
	int result;

	EXPECT_EQ(4, add_own(self));
	EXPECT_EQ(4, run_with(AS_USER, OWNER, add_own, self));
	EXPECT_EQ(-EACCES, run_with(AS_USER, NOBODY, add_own, self));
	EXPECT_EQ(-EACCES, run_with(WITHOUT_SYS_ADMIN, 0, add_own, self));
	result = run_with(IN_USER_NAMESPACE, OWNER, add_own, self);
	EXPECT_TRUE(result == -EPERM || result < PRIVILEGE_FAILED / 2);
}

TEST_F(key, malformed)
{
	static const char *const descriptions[] = {
		"",	   "user",	"user:",	   "user:x",
		"user:-1", "user:+1",	"user: 1",	   "user:01",
		"user:1 ", "user:0x10", "user:4294967295", "user:4294967296",
		"User:1",  "systems",	"system ",	   ":",
		"uuid",
	};
	const char *const payloads[] = {
		"",
		"attach",
		"attach ",
		self->payload + 7,
		"detach 00000000-0000-0000-0000-000000000000",
		"attach 00000000-0000-0000-0000-00000000000",
		"attach 00000000-0000-0000-0000-0000000000000",
		"attach 0000000000000-0000-0000-0000-0000000",
		"attach x0000000-0000-0000-0000-000000000000",
	};
	char longer[PAYLOAD_TEXT + 8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(descriptions); i++) {
		EXPECT_EQ(-EINVAL, handle_add(KEYBAG_KEY_TYPE, descriptions[i], self->payload,
					      KEY_SPEC_SESSION_KEYRING))
		{
			TH_LOG("description '%s'", descriptions[i]);
		}
	}
	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		EXPECT_EQ(-EINVAL, handle_add(KEYBAG_KEY_TYPE, self->description, payloads[i],
					      KEY_SPEC_PROCESS_KEYRING))
		{
			TH_LOG("payload '%s'", payloads[i]);
		}
	}
	snprintf(longer, sizeof(longer), "%s\n", self->payload);
	EXPECT_EQ(-EINVAL,
		  handle_add(KEYBAG_KEY_TYPE, self->description, longer, KEY_SPEC_PROCESS_KEYRING));
	EXPECT_EQ(-EINVAL,
		  handle_add(KEYBAG_KEY_TYPE, self->description, NULL, KEY_SPEC_PROCESS_KEYRING));
}

/* A description that does not fit the bag, or no such bag. */
TEST_F(key, mismatched)
{
	EXPECT_EQ(-EACCES,
		  handle_add(KEYBAG_KEY_TYPE, "user:1", self->payload, KEY_SPEC_PROCESS_KEYRING));
	EXPECT_EQ(-EACCES,
		  handle_add(KEYBAG_KEY_TYPE, "system", self->payload, KEY_SPEC_PROCESS_KEYRING));
	EXPECT_EQ(-ENOENT, handle_add(KEYBAG_KEY_TYPE, self->description,
				      "attach 00000000-0000-4000-8000-000000000000",
				      KEY_SPEC_PROCESS_KEYRING));
}

TEST_F(key, listed)
{
	char line[512], wanted[64];
	bool found = false;
	FILE *keys = fopen("/proc/keys", "re");

	if (!keys)
		SKIP(return, "no /proc/keys");
	snprintf(wanted, sizeof(wanted), "%s: %s", self->description, self->payload + 7);
	while (fgets(line, sizeof(line), keys))
		if (strstr(line, " keybag ") && strstr(line, wanted) &&
		    strtoul(line, NULL, 16) == (unsigned int)self->serial)
			found = true;
	fclose(keys);
	EXPECT_TRUE(found);
}

/* -- what can be done to one -- */

/* Everything a user can do to a key, other than look at it. Nothing may work that harms others. */
static int attack(void *argument)
{
	FIXTURE_DATA(key) *self = argument;
	const unsigned long serial = (unsigned long)self->serial;
	char buffer[64];

	if (handle_keyctl(KEYCTL_INVALIDATE, serial, 0, 0, 0) >= 0)
		return 1;
	if (handle_keyctl(KEYCTL_REVOKE, serial, 0, 0, 0) >= 0)
		return 2;
	if (handle_keyctl(KEYCTL_UPDATE, serial, (unsigned long)self->payload,
			  strlen(self->payload), 0) >= 0)
		return 3;
	if (handle_keyctl(KEYCTL_READ, serial, (unsigned long)buffer, sizeof(buffer), 0) >= 0)
		return 4;
	if (handle_keyctl(KEYCTL_INSTANTIATE, serial, (unsigned long)self->payload,
			  strlen(self->payload), 0) >= 0)
		return 5;
	if (handle_keyctl(KEYCTL_NEGATE, serial, 60, 0, 0) >= 0)
		return 6;
	if (handle_keyctl(KEYCTL_SET_TIMEOUT, serial, 1, 0, 0) >= 0)
		return 7;
	return 0;
}

static int attack_as_stranger(void *argument)
{
	FIXTURE_DATA(key) *self = argument;
	const unsigned long serial = (unsigned long)self->serial;
	int result = attack(argument);

	if (result)
		return result;
	if (handle_keyctl(KEYCTL_SETPERM, serial, PERM_ALL, 0, 0) >= 0)
		return 8;
	if (handle_keyctl(KEYCTL_CHOWN, serial, NOBODY, (unsigned long)-1, 0) >= 0)
		return 9;
	return 0;
}

TEST_F(key, attacked_by_its_owner)
{
	EXPECT_EQ(0, attack(self));
	EXPECT_EQ(4, unwrap_through(handle_bind(self->serial)));
}

TEST_F(key, attacked_by_strangers)
{
	/* With all the bits a key can have for others; without SEARCH they do not even see it. */
	EXPECT_EQ(0, run_with(AS_USER, NOBODY, attack_as_stranger, self));
	ASSERT_EQ(0,
		  handle_keyctl(KEYCTL_SETPERM, self->serial, PERM_SEARCH_ALL | 0x3f1f0000, 0, 0));
	EXPECT_EQ(0, run_with(AS_USER, NOBODY, attack_as_stranger, self));
	EXPECT_EQ(0, run_with(AS_USER, OWNER, attack_as_stranger, self));
	EXPECT_EQ(4, unwrap_through(handle_bind(self->serial)));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
}

/* Its owner may narrow a handle, and cannot make it expire; the bag and other handles go on. */
TEST_F(key, narrowed)
{
	int second = handle_add(KEYBAG_KEY_TYPE, self->description, self->payload,
				KEY_SPEC_PROCESS_KEYRING);
	int fd = bag_bind(&self->bag);

	ASSERT_LT(0, second);
	EXPECT_NE(self->serial, second);
	ASSERT_EQ(0, handle_keyctl(KEYCTL_SETPERM, self->serial, 0x21210000, 0, 0));
	EXPECT_EQ(-EACCES, handle_bind(self->serial));
	EXPECT_EQ(4, unwrap_through(handle_bind(second)));
	ASSERT_EQ(0, handle_keyctl(KEYCTL_SETPERM, self->serial, 0x3f3f0000, 0, 0));
	EXPECT_EQ(4, unwrap_through(handle_bind(self->serial)));
	EXPECT_EQ(-EPERM, handle_keyctl(KEYCTL_SET_TIMEOUT, self->serial, 1, 0, 0));
	EXPECT_EQ(4, unwrap_through(handle_bind(self->serial)));
	EXPECT_EQ(4, unwrap_through(fd));
	EXPECT_EQ(4, unwrap_through(handle_bind(second)));
}

/* A handle given away gives nothing away: who binds has to be permitted himself. */
static int bind_given(void *argument)
{
	const FIXTURE_DATA(key) *self = argument;

	return unwrap_through(handle_bind(self->serial));
}

/* Not by the keyring he inherited. */
static int bind_unpossessed(void *argument)
{
	int result = handle_keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);

	return result < 0 ? PRIVILEGE_FAILED + result : bind_given(argument);
}

TEST_F(key, given_away)
{
	ASSERT_EQ(0, handle_keyctl(KEYCTL_SETPERM, self->serial, 0x3f3f3f3f, 0, 0));
	EXPECT_EQ(-EACCES, run_with(AS_USER, NOBODY, bind_given, self));
	EXPECT_EQ(4, run_with(AS_USER, OWNER, bind_given, self));
	ASSERT_EQ(0, handle_keyctl(KEYCTL_CHOWN, self->serial, NOBODY, (unsigned long)-1, 0));
	EXPECT_EQ(-EACCES, run_with(AS_USER, NOBODY, bind_given, self));
	EXPECT_EQ(4, run_with(AS_USER, OWNER, bind_given, self));
	ASSERT_EQ(0, handle_keyctl(KEYCTL_CHOWN, self->serial, 0, (unsigned long)-1, 0));
	/* Without SEARCH for others. */
	ASSERT_EQ(0, handle_keyctl(KEYCTL_SETPERM, self->serial, 0x3f370000, 0, 0));
	EXPECT_EQ(-EACCES, run_with(AS_USER, OWNER, bind_unpossessed, self));
	ASSERT_EQ(0, handle_keyctl(KEYCTL_SETPERM, self->serial, 0x3f3f0008, 0, 0));
	EXPECT_EQ(4, run_with(AS_USER, OWNER, bind_unpossessed, self));
	EXPECT_EQ(-EACCES, run_with(AS_USER, NOBODY, bind_unpossessed, self));
}

/* -- by serial -- */

TEST_F(key, bind_to_no_handle)
{
	int user = handle_add("user", "keybag-selftest", "x", KEY_SPEC_PROCESS_KEYRING);
	int result;

	ASSERT_LT(0, user);
	EXPECT_EQ(-EINVAL, handle_bind(user));
	result = handle_bind(0);
	EXPECT_TRUE(result == -EINVAL || result == -ENOKEY);
	EXPECT_EQ(-ENOKEY, handle_bind(0x7ffffff0));
	/* A keyring is a key of another type. */
	EXPECT_EQ(-EINVAL, handle_bind(KEY_SPEC_SESSION_KEYRING));
}

TEST_F(key, state_does_not_matter)
{
	ASSERT_EQ(0, bag_lock_full(&self->bag));
	EXPECT_EQ(-ENOKEY, unwrap_through(handle_bind(self->serial)));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(4, unwrap_through(handle_bind(self->serial)));
}

TEST_F(key, bag_unloaded)
{
	int again;

	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, handle_bind(self->serial));
	ASSERT_EQ(0, bag_load(&self->bag));
	/* A new load is a new bag; the handle stays what it was. */
	EXPECT_EQ(-EKEYREVOKED, handle_bind(self->serial));
	again = handle_add(KEYBAG_KEY_TYPE, self->description, self->payload,
			   KEY_SPEC_SESSION_KEYRING);
	ASSERT_LT(0, again);
	ASSERT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(4, unwrap_through(handle_bind(again)));
}

/* Handles go like any key, when nobody links to them. */
TEST_F(key, unlinked)
{
	int fd = handle_bind(self->serial);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, handle_keyctl(KEYCTL_UNLINK, self->serial, KEY_SPEC_SESSION_KEYRING, 0, 0));
	EXPECT_EQ(4, unwrap_through(fd));
}

/* Many handles to one bag, and their end. */
TEST_F(key, many)
{
	char name[32];
	unsigned int i;
	int ring, serial;

	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "ring %u", i);
		ring = handle_add("keyring", name, NULL, KEY_SPEC_PROCESS_KEYRING);
		ASSERT_LT(0, ring);
		serial = handle_add(KEYBAG_KEY_TYPE, self->description, self->payload, ring);
		ASSERT_LT(0, serial);
	}
	ASSERT_EQ(0, handle_keyctl(KEYCTL_CLEAR, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0));
	EXPECT_EQ(4, unwrap_through(handle_bind(self->serial)));
	EXPECT_EQ(0, bag_unload(&self->bag));
}

TEST_HARNESS_MAIN
