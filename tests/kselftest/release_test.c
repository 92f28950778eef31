// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of the first release, and ones newer than this kernel. This one is built with the header of
 * then, release/keybag.h, and so are the functions it calls: where structures grow in kmod/uapi, those
 * here do not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

#ifndef _KEYBAG_RELEASE_1_H
#error "not the header of the first release"
#endif

static const __u8 plaintext[32] = "from one release to the next ...";

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)
#define MORE	16	/* bytes that a newer structure has in addition */

FIXTURE(release)
{
	struct bag bag;
	int fd;
};

/* CREATE, LOAD, BEGIN_TRY, UNLOCK, BIND. */
FIXTURE_SETUP(release)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(release)
{
	close(self->fd);
	bag_finish(&self->bag);
}

TEST_F(release, control)
{
	struct secret next = secret_new(KEYBAG_PROTECTOR_PASSCODE), none;
	struct keybag_version version = {};
	struct keybag_status status;
	struct keybag_read read_from;

	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_VERSION, &version));
	EXPECT_EQ(KEYBAG_ABI_VERSION, version.abi);
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(OWNER, status.owner);
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, status.state);
	ASSERT_EQ(0, bag_read_record(&self->bag, &read_from));
	EXPECT_EQ(0, bag_record_saved(&self->bag, read_from.sequence));
	EXPECT_EQ(0, bag_read_form(&self->bag, &read_from));
	EXPECT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &next));
	EXPECT_EQ(-EKEYREJECTED, bag_unlock_with(&self->bag, &self->bag.secret, 0));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &next, 0));
	none = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	EXPECT_LT(0, bag_add_protector(&self->bag, &next, &none));
	EXPECT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(0, bag_load(&self->bag));
}

TEST_F(release, operations)
{
	__u8 blob[2][BLOB], moved[BLOB], child_blob[CHILD_BLOB], opened[32], mac[KEYBAG_MAC_SIZE];
	struct keybag_item items[2];
	int child;

	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AK, plaintext, 32, AAD_OF("aad"), *blob));
	EXPECT_EQ(32, data_unwrap(self->fd, *blob, BLOB, AAD_OF("aad"), opened));
	EXPECT_EQ(0, memcmp(plaintext, opened, 32));
	EXPECT_EQ(BLOB, data_rewrap(self->fd, -1, KEYBAG_CLASS_CK, *blob, BLOB, AAD_OF("aad"),
				    NO_AAD, moved));
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_AK, NO_AAD, child_blob));
	child = child_open(self->fd, child_blob, CHILD_BLOB, NO_AAD);
	ASSERT_LT(0, child);
	EXPECT_EQ(BLOB, child_encrypt(self->fd, child, plaintext, 32, NO_AAD, *blob));
	EXPECT_EQ(32, child_decrypt(self->fd, child, *blob, BLOB, NO_AAD, opened));
	EXPECT_EQ(KEYBAG_MAC_SIZE, child_mac(self->fd, child, plaintext, 32, mac));
	EXPECT_EQ(0, child_close(self->fd, child));

	/* Results stand at the distance that the program knows. */
	items[0] = item_wrap(KEYBAG_CLASS_DK, plaintext, 32, NO_AAD, blob[0]);
	items[1] = item_wrap(KEYBAG_CLASS_DK, plaintext, 31, NO_AAD, blob[1]);
	EXPECT_EQ(2, data_batch(self->fd, items, 2));
	EXPECT_EQ(BLOB, items[0].result);
	EXPECT_EQ(BLOB - 1, items[1].result);
	EXPECT_EQ(BLOB, data_operate(self->fd, &items[0]));
}

TEST_F(release, rights_and_events)
{
	struct keybag_restrict narrow = {
		.rights = KEYBAG_RIGHT_ALL,
		.known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL,
		.flags = KEYBAG_RESTRICT_SET_DOMAIN,
		.domain = "release",
	};
	struct keybag_clone clone = { .lifetime_ns = 600000000000ULL };
	struct keybag_status status = {};
	struct keybag_event event;
	__u8 events[8 * sizeof(event)], blob[BLOB], opened[32];
	ssize_t length, at;
	__u64 last;
	int fd;

	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &narrow));
	fd = command(self->fd, KEYBAG_IOC_CLONE, &clone);
	ASSERT_LE(0, fd);
	/* Whatever was added, what such a program had it has. */
	EXPECT_EQ(0, command(fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(KEYBAG_RIGHT_ALL, status.rights & KEYBAG_RIGHT_ALL);
	EXPECT_EQ(BLOB, data_wrap(fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, blob));
	EXPECT_EQ(32, data_unwrap(fd, blob, BLOB, NO_AAD, opened));

	/* Room for one, and for more: where the next one begins is in each. */
	ASSERT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, event.state);
	last = event.state_seq;
	ASSERT_EQ(0, bag_lock(&self->bag));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	ASSERT_EQ(0, bag_lock(&self->bag));
	length = read(fd, events, sizeof(events));
	ASSERT_LT(0, length);
	for (at = 0; at < length; at += event.size) {
		memcpy(&event, events + at, sizeof(event));
		ASSERT_LE(sizeof(event), event.size);
		EXPECT_EQ(KEYBAG_EVENT_STATE, event.type);
		EXPECT_EQ(++last, event.state_seq);
	}
	EXPECT_EQ(KEYBAG_STATE_LOCKED, event.state);
	close(fd);
}

/* -- newer than this kernel: the same commands with more behind what there was -- */

static const struct {
	unsigned int request;
	bool bound;		/* a data command */
} commands[] = {
	{ KEYBAG_IOC_SET_DEVICE_KEY, false }, { KEYBAG_IOC_CREATE, false },
	{ KEYBAG_IOC_LOAD, false }, { KEYBAG_IOC_READ_FORM, false },
	{ KEYBAG_IOC_READ_RECORD, false }, { KEYBAG_IOC_RECORD_SAVED, false },
	{ KEYBAG_IOC_BEGIN_TRY, false }, { KEYBAG_IOC_CANCEL_TRY, false },
	{ KEYBAG_IOC_UNLOCK, false }, { KEYBAG_IOC_LOCK, false }, { KEYBAG_IOC_CHANGE, false },
	{ KEYBAG_IOC_COMMIT, false }, { KEYBAG_IOC_ABORT, false }, { KEYBAG_IOC_RECOVER, false },
	{ KEYBAG_IOC_UNLOAD, false }, { KEYBAG_IOC_EVICT, false }, { KEYBAG_IOC_LIST, false },
	{ KEYBAG_IOC_STATUS, false }, { KEYBAG_IOC_FOLLOW, false },
	{ KEYBAG_IOC_READ_PENDING, false }, { KEYBAG_IOC_BIND, false },
	{ KEYBAG_IOC_STATUS, true }, { KEYBAG_IOC_RESTRICT, true }, { KEYBAG_IOC_CLONE, true },
	{ KEYBAG_IOC_OPERATE, true }, { KEYBAG_IOC_BATCH, true },
};

static unsigned int longer(unsigned int request, unsigned int more)
{
	return _IOC(_IOC_DIR(request), _IOC_TYPE(request), _IOC_NR(request),
		    _IOC_SIZE(request) + more);
}

TEST_F(release, newer_program)
{
	__u8 argument[4096];
	unsigned int i, size;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const int fd = commands[i].bound ? self->fd : self->bag.device;

		/* More than any kernel will know. */
		size = 2048 - _IOC_SIZE(commands[i].request);
		memset(argument, 0, sizeof(argument));
		argument[2047] = 1;
		if (!commands[i].bound)
			memcpy(argument, self->bag.uuid, KEYBAG_UUID_SIZE);
		EXPECT_EQ(-E2BIG, command(fd, longer(commands[i].request, size), argument))
		{
			TH_LOG("command %#x", _IOC_NR(commands[i].request));
		}
	}
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
}

/* A newer program that leaves zero what it adds is like one of this release. */
TEST_F(release, newer_program_with_zeros)
{
	__u8 argument[2048] = {}, blob[2][BLOB];
	struct keybag_status *status = (void *)argument;
	struct keybag_batch batch = { .count = 2, .item_size = sizeof(struct keybag_item) + MORE };
	struct {
		struct keybag_item item;
		__u8 more[MORE];
	} items[2] = {};

	memset(status, 0, sizeof(argument));
	ASSERT_EQ(0, command(self->fd, longer(KEYBAG_IOC_STATUS, 1024), status));
	EXPECT_EQ(OWNER, status->owner);

	items[0].item = item_wrap(KEYBAG_CLASS_DK, plaintext, 32, NO_AAD, blob[0]);
	items[1].item = item_wrap(KEYBAG_CLASS_DK, plaintext, 31, NO_AAD, blob[1]);
	batch.items = (uintptr_t)items;
	EXPECT_EQ(2, command(self->fd, KEYBAG_IOC_BATCH, &batch));
	EXPECT_EQ(BLOB, items[0].item.result);
	EXPECT_EQ(BLOB - 1, items[1].item.result);
	EXPECT_EQ(BLOB, command(self->fd, longer(KEYBAG_IOC_OPERATE, MORE), &items[0]));
	/* Shorter than that of the first release there never was one. */
	batch.item_size = sizeof(struct keybag_item) - 8;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_BATCH, &batch));
	EXPECT_EQ(-EINVAL, command(self->fd, longer(KEYBAG_IOC_OPERATE, -8), &items[0]));
}

TEST_HARNESS_MAIN
