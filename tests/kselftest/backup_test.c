// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backup keybags: BACKUP_CREATE, BACKUP_OPEN, and what moves between one and its owner's keybag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"

#define SECOND		1000000000ULL
#define LIFETIME	(600 * SECOND)
#define TDO_CLASSES	(KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKU) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_CKU) | \
			 KEYBAG_CLASS_BIT(KEYBAG_CLASS_DKU))
#define MOVING_CLASSES	(KEYBAG_CLASS_BIT(KEYBAG_CLASS_AK) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_CK) | \
			 KEYBAG_CLASS_BIT(KEYBAG_CLASS_DK))
#define BACKUP_CLASSES	(TDO_CLASSES | MOVING_CLASSES)
#define BACKUP_RIGHTS	(KEYBAG_RIGHT_REWRAP | KEYBAG_RIGHT_CHILD_CREATE | KEYBAG_RIGHT_CHILD_OPEN | \
			 KEYBAG_RIGHT_CHILD_ENCRYPT | KEYBAG_RIGHT_CHILD_DECRYPT | \
			 KEYBAG_RIGHT_WATCH)

static const __u8 plaintext[32] = "kept in a file, read by nobody .";
static const __u8 other_device_key[KEYBAG_DEVICE_KEY_SIZE] = "the key of quite another machine";
static const struct aad aad = { "row", 3 };
static const struct bytes aad_bytes = { "row", 3 };

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)

/* A backup keybag: its descriptor, and its form in @bag. */
struct backup {
	int fd;
	struct bag bag;
	__u32 flags, classes;
};

FIXTURE(backup)
{
	struct bag bag;			/* unlocked */
	int fd;
	struct backup made;
	__u8 blob[BLOB], moved[BLOB], back[BLOB], opened[32];
};

static struct keybag_protector protector_of(const struct secret *secret)
{
	struct keybag_protector protector = { .kdf_memory_kib = 64, .kdf_passes = 1, .kdf_lanes = 1 };

	memcpy(protector.salt, secret->salt, sizeof(protector.salt));
	return protector;
}

static struct keybag_backup_create to_create(struct backup *backup, __u32 owner)
{
	backup->bag.secret = secret_new(KEYBAG_PROTECTOR_BACKUP);
	return (struct keybag_backup_create){
		.owner = owner,
		.protector = protector_of(&backup->bag.secret),
		.secret = secret_for_kernel(&backup->bag.secret),
		.form = bag_form_buffer(&backup->bag),
		.lifetime_ns = LIFETIME,
	};
}

static int create_with(struct backup *backup, struct keybag_backup_create *create)
{
	int result;

	backup->fd = device_open();
	result = command(backup->fd, KEYBAG_IOC_BACKUP_CREATE, create);
	memcpy(backup->bag.uuid, create->uuid, KEYBAG_UUID_SIZE);
	bag_keep_form(&backup->bag, &create->form);
	if (result) {
		close(backup->fd);
		backup->fd = -1;
	}
	return result;
}

static int create(struct backup *backup, __u32 owner)
{
	struct keybag_backup_create create = to_create(backup, owner);

	return create_with(backup, &create);
}

static struct keybag_backup_open to_open(const struct backup *backup, __u32 owner)
{
	return (struct keybag_backup_open){
		.owner = owner,
		.form = (uintptr_t)backup->bag.form,
		.form_length = backup->bag.form_length,
		.secret = secret_for_kernel(&backup->bag.secret),
		.lifetime_ns = LIFETIME,
	};
}

static int open_with(struct backup *backup, struct keybag_backup_open *open)
{
	int result;

	backup->fd = device_open();
	result = command(backup->fd, KEYBAG_IOC_BACKUP_OPEN, open);
	backup->flags = open->flags;
	backup->classes = open->classes;
	if (result) {
		close(backup->fd);
		backup->fd = -1;
	}
	return result;
}

/* Opens it from its form, as the only one. */
static int reopen(struct backup *backup, __u32 owner)
{
	struct keybag_backup_open open = to_open(backup, owner);

	close(backup->fd);
	return open_with(backup, &open);
}

static int move(int from, int to, __u32 class, const __u8 *blob, __u8 *ret_blob)
{
	return data_rewrap(from, to, class, blob, BLOB, aad, aad, ret_blob);
}

FIXTURE_SETUP(backup)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, create(&self->made, OWNER));
}

FIXTURE_TEARDOWN(backup)
{
	close(self->made.fd);
	close(self->fd);
	bag_finish(&self->bag);
}

TEST_F(backup, there_and_back)
{
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		const __u32 class = all_classes[i];

		if (!(BACKUP_CLASSES & KEYBAG_CLASS_BIT(class)))
			continue;
		ASSERT_EQ(BLOB, data_wrap(self->fd, class, plaintext, 32, aad, self->blob));
		ASSERT_EQ(BLOB, move(self->fd, self->made.fd, class, self->blob, self->moved));
		EXPECT_EQ(class, self->moved[BLOB_CLASS]);
		EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, self->moved, BLOB, aad, self->opened));
		/* In another life of both. */
		ASSERT_EQ(0, reopen(&self->made, OWNER));
		ASSERT_EQ(BLOB, move(self->made.fd, self->fd, class, self->moved, self->back));
		EXPECT_EQ(32, data_unwrap(self->fd, self->back, BLOB, aad, self->opened));
		EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));
	}
	EXPECT_EQ(0, self->made.flags);
	EXPECT_EQ(BACKUP_CLASSES, self->made.classes);
}

TEST_F(backup, another_keybag_of_the_owner)
{
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_AK, self->blob, self->moved));
	close(self->fd);
	bag_finish(&self->bag);
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	EXPECT_EQ(-EKEYREVOKED, move(self->made.fd, self->fd, KEYBAG_CLASS_AK, self->moved,
				     self->back));
	ASSERT_EQ(0, reopen(&self->made, OWNER));
	ASSERT_EQ(BLOB, move(self->made.fd, self->fd, KEYBAG_CLASS_AK, self->moved, self->back));
	EXPECT_EQ(32, data_unwrap(self->fd, self->back, BLOB, aad, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));
}

TEST_F(backup, keeps_the_class)
{
	__u8 long_blob[32 + KEYBAG_BLOB_OVERHEAD_B];

	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AKU, plaintext, 32, aad, self->blob));
	EXPECT_EQ(-EACCES, move(self->fd, self->made.fd, KEYBAG_CLASS_AK, self->blob, self->moved));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_AKU, self->blob, self->moved));
	EXPECT_EQ(-EACCES, move(self->made.fd, self->fd, KEYBAG_CLASS_DK, self->moved, self->back));
	EXPECT_EQ(-EACCES, move(self->made.fd, -1, KEYBAG_CLASS_AKU, self->moved, self->back));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AKPU, plaintext, 32, aad, self->blob));
	EXPECT_EQ(-EACCES, move(self->fd, self->made.fd, KEYBAG_CLASS_AKPU, self->blob, self->moved));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_A, plaintext, 32, aad, self->blob));
	EXPECT_EQ(-EACCES, move(self->fd, self->made.fd, KEYBAG_CLASS_A, self->blob, self->moved));
	/* Secrets that were sealed while locked are of ak. */
	ASSERT_EQ(sizeof(long_blob), data_wrap(self->fd, KEYBAG_CLASS_B, plaintext, 32, aad,
					       long_blob));
	EXPECT_EQ(-EACCES, data_rewrap(self->fd, self->made.fd, KEYBAG_CLASS_CK, long_blob,
				       sizeof(long_blob), aad, aad, self->moved));
	EXPECT_EQ(BLOB, data_rewrap(self->fd, self->made.fd, KEYBAG_CLASS_AK, long_blob,
				    sizeof(long_blob), aad, aad, self->moved));
	ASSERT_EQ(BLOB, move(self->made.fd, self->fd, KEYBAG_CLASS_AK, self->moved, self->back));
	EXPECT_EQ(32, data_unwrap(self->fd, self->back, BLOB, aad, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));
}

TEST_F(backup, one_domain)
{
	struct keybag_restrict restriction = {
		.rights = KEYBAG_RIGHT_ALL, .classes = KEYBAG_CLASSES_ALL,
		.flags = KEYBAG_RESTRICT_SET_DOMAIN, .known = KEYBAG_RIGHT_ALL,
		.domain = { 0x80, 'k' },
	};
	int own = bag_bind(&self->bag);

	ASSERT_EQ(0, command(own, KEYBAG_IOC_RESTRICT, &restriction));
	ASSERT_EQ(BLOB, data_wrap(own, KEYBAG_CLASS_CK, plaintext, 32, aad, self->blob));
	EXPECT_EQ(-EACCES, move(own, self->made.fd, KEYBAG_CLASS_CK, self->blob, self->moved));
	ASSERT_EQ(0, command(self->made.fd, KEYBAG_IOC_RESTRICT, &restriction));
	ASSERT_EQ(BLOB, move(own, self->made.fd, KEYBAG_CLASS_CK, self->blob, self->moved));
	/* Nor does the backup lead from one to the other. */
	EXPECT_EQ(-EACCES, move(self->made.fd, self->fd, KEYBAG_CLASS_CK, self->moved, self->back));
	EXPECT_EQ(BLOB, move(self->made.fd, own, KEYBAG_CLASS_CK, self->moved, self->back));
	close(own);
}

TEST_F(backup, owner)
{
	struct bag second;
	int fd;

	ASSERT_EQ(0, bag_init(&second));
	second.owner = OTHER_OWNER;
	ASSERT_EQ(0, bag_create(&second));
	ASSERT_EQ(0, bag_load(&second));
	ASSERT_EQ(0, bag_unlock(&second));
	fd = bag_bind(&second);
	ASSERT_LE(0, fd);
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
	EXPECT_EQ(-EACCES, move(self->made.fd, fd, KEYBAG_CLASS_DK, self->moved, self->back));
	ASSERT_EQ(BLOB, data_wrap(fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	EXPECT_EQ(-EACCES, move(fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));

	/* For another owner who has file and password: all but what stays with device and owner. */
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DKU, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DKU, self->blob, self->back));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
	ASSERT_EQ(0, reopen(&self->made, OTHER_OWNER));
	EXPECT_EQ(KEYBAG_BACKUP_OTHER_OWNER, self->made.flags);
	EXPECT_EQ(MOVING_CLASSES, self->made.classes);
	EXPECT_EQ(-EXDEV, move(self->made.fd, fd, KEYBAG_CLASS_DKU, self->back, self->blob));
	ASSERT_EQ(BLOB, move(self->made.fd, fd, KEYBAG_CLASS_DK, self->moved, self->blob));
	EXPECT_EQ(32, data_unwrap(fd, self->blob, BLOB, aad, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));
	EXPECT_EQ(-EACCES, move(self->made.fd, self->fd, KEYBAG_CLASS_DK, self->moved, self->blob));
	close(fd);
	bag_finish(&second);
}

TEST_F(backup, another_device)
{
	struct keybag_evict evict = { .reason = KEYBAG_REASON_EVICT };
	__u8 kept[BLOB], child_blob[CHILD_BLOB], key[KEYBAG_DEVICE_KEY_SIZE];

	if (foreign_bags(self->bag.device) || device_key(self->bag.device, key))
		SKIP(return, "this machine has keybags, or a device key that is not known");
	ASSERT_EQ(CHILD_BLOB, child_create(self->made.fd, KEYBAG_CLASS_CKU, aad, child_blob));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AKU, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_AKU, self->blob, kept));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_AK, self->blob, self->moved));
	ASSERT_EQ(0, command(self->bag.device, KEYBAG_IOC_EVICT, &evict));
	EXPECT_EQ(-EKEYREVOKED, child_open(self->made.fd, child_blob, CHILD_BLOB, aad));
	EXPECT_EQ(-ENODEV, reopen(&self->made, OWNER));

	close(self->fd);
	ASSERT_EQ(0, device_key_set(self->bag.device, other_device_key));
	memset(self->bag.uuid, 0, sizeof(self->bag.uuid));
	ASSERT_EQ(0, bag_create(&self->bag));
	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_EQ(0, reopen(&self->made, OWNER));
	EXPECT_EQ(KEYBAG_BACKUP_OTHER_DEVICE, self->made.flags);
	EXPECT_EQ(MOVING_CLASSES, self->made.classes);
	EXPECT_EQ(-EXDEV, move(self->made.fd, self->fd, KEYBAG_CLASS_AKU, kept, self->back));
	EXPECT_EQ(-EXDEV, child_open(self->made.fd, child_blob, CHILD_BLOB, aad));
	EXPECT_EQ(-EXDEV, child_create(self->made.fd, KEYBAG_CLASS_CKU, aad, child_blob));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AKU, plaintext, 32, aad, self->blob));
	EXPECT_EQ(-EXDEV, move(self->fd, self->made.fd, KEYBAG_CLASS_AKU, self->blob, self->back));
	ASSERT_EQ(BLOB, move(self->made.fd, self->fd, KEYBAG_CLASS_AK, self->moved, self->back));
	EXPECT_EQ(32, data_unwrap(self->fd, self->back, BLOB, aad, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));

	ASSERT_EQ(0, command(self->bag.device, KEYBAG_IOC_EVICT, &evict));
	ASSERT_EQ(0, device_key_set(self->bag.device, key));
}

TEST_F(backup, rights)
{
	struct keybag_clone clone = { .lifetime_ns = SECOND };
	struct keybag_status status = {};
	__u8 child_blob[CHILD_BLOB], sealed[BLOB];
	int child;

	ASSERT_EQ(0, command(self->made.fd, KEYBAG_IOC_STATUS, &status));
	EXPECT_EQ(KEYBAG_TYPE_BACKUP, status.type);
	EXPECT_EQ(OWNER, status.owner);
	EXPECT_EQ(BACKUP_RIGHTS, status.rights);
	EXPECT_EQ(BACKUP_CLASSES, status.classes_present);
	EXPECT_EQ(BACKUP_CLASSES, status.classes_available);
	EXPECT_EQ(-EACCES, data_wrap(self->made.fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
	EXPECT_EQ(-EACCES, data_unwrap(self->made.fd, self->moved, BLOB, aad, self->opened));
	EXPECT_EQ(-EACCES, command(self->made.fd, KEYBAG_IOC_CLONE, &clone));
	ASSERT_EQ(CHILD_BLOB, child_create(self->made.fd, KEYBAG_CLASS_AK, aad, child_blob));
	child = child_open(self->made.fd, child_blob, CHILD_BLOB, aad);
	ASSERT_LT(0, child);
	ASSERT_EQ(BLOB, child_encrypt(self->made.fd, child, plaintext, 32, aad, sealed));
	EXPECT_EQ(32, child_decrypt(self->made.fd, child, sealed, BLOB, aad, self->opened));
	EXPECT_EQ(0, memcmp(self->opened, plaintext, 32));
}

/* By no way but its descriptor. */
TEST_F(backup, is_found_by_nobody)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID };
	struct keybag_read read = { .buffer = bag_form_buffer(&self->bag) };
	struct keybag_unload unload = {};
	struct keybag_try try = { .record = bag_record_buffer(&self->bag) };
	struct keybag_status status = {};
	__u8 uuids[KEYBAG_MAX_BAGS][KEYBAG_UUID_SIZE];
	struct keybag_list list = { .uuids = (uintptr_t)uuids, .capacity = KEYBAG_MAX_BAGS };
	struct bag *bag = &self->made.bag;
	struct keybag_load load = {};
	int fd = device_open();
	__u32 i;

	memcpy(bind.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	memcpy(read.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	memcpy(unload.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	memcpy(try.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	memcpy(status.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(-ENOENT, command(fd, KEYBAG_IOC_BIND, &bind));
	EXPECT_EQ(-ENOENT, command(fd, KEYBAG_IOC_READ_FORM, &read));
	EXPECT_EQ(-ENOENT, command(fd, KEYBAG_IOC_UNLOAD, &unload));
	EXPECT_EQ(-ENOENT, command(fd, KEYBAG_IOC_BEGIN_TRY, &try));
	EXPECT_EQ(-ENOENT, command(fd, KEYBAG_IOC_STATUS, &status));
	ASSERT_EQ(0, command(fd, KEYBAG_IOC_LIST, &list));
	for (i = 0; i < list.count; i++)
		EXPECT_NE(0, memcmp(uuids[i], bag->uuid, KEYBAG_UUID_SIZE));
	/* Nor is its form that of a keybag. */
	load.form = (uintptr_t)bag->form;
	load.form_length = bag->form_length;
	load.new_record = bag_record_buffer(bag);
	EXPECT_EQ(-EINVAL, command(fd, KEYBAG_IOC_LOAD, &load));
	close(fd);
}

TEST_F(backup, ends_with_a_lock)
{
	struct pollfd poll_fd = { .fd = self->made.fd, .events = POLLIN };

	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	EXPECT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
	ASSERT_EQ(0, bag_lock(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob,
				     self->moved));
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_TRUE(poll_fd.revents & POLLHUP);
	/* While locked it can be opened; what the state does not allow stays shut. */
	ASSERT_EQ(0, reopen(&self->made, OWNER));
	EXPECT_EQ(BLOB, move(self->made.fd, self->fd, KEYBAG_CLASS_DK, self->moved, self->back));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_AK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_AK, self->blob, self->moved));
	ASSERT_EQ(0, bag_lock(&self->bag));
	ASSERT_EQ(0, reopen(&self->made, OWNER));
	EXPECT_EQ(-ENOKEY, move(self->made.fd, self->fd, KEYBAG_CLASS_AK, self->moved, self->back));
}

TEST_F(backup, ends_with_all_locks)
{
	struct keybag_lock lock = { .flags = KEYBAG_LOCK_ALL, .reason = KEYBAG_REASON_REQUEST };

	if (foreign_bags(self->bag.device))
		SKIP(return, "this machine has keybags");
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(0, command(self->bag.device, KEYBAG_IOC_LOCK, &lock));
	EXPECT_EQ(-EKEYREVOKED, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob,
				     self->moved));
}

TEST_F(backup, ends_with_its_keybag_and_the_next_one)
{
	struct backup next = {}, other = {};

	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	ASSERT_EQ(0, create(&other, OTHER_OWNER));
	EXPECT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
	ASSERT_EQ(0, create(&next, OWNER));
	EXPECT_EQ(-EKEYREVOKED, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob,
				     self->moved));
	EXPECT_EQ(BLOB, move(self->fd, next.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-EKEYREVOKED, child_create(next.fd, KEYBAG_CLASS_DK, aad, self->blob));
	EXPECT_EQ(BLOB, child_create(other.fd, KEYBAG_CLASS_DK, aad, self->blob));
	close(next.fd);
	close(other.fd);
}

TEST_F(backup, ends_with_its_time)
{
	struct backup brief = {};
	struct keybag_backup_create create = to_create(&brief, OWNER);
	unsigned int i;
	int result = 0;

	create.lifetime_ns = SECOND;
	ASSERT_EQ(0, create_with(&brief, &create));
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	for (i = 0; i < PATIENCE_MS && result != -EKEYEXPIRED; i++) {
		result = move(self->fd, brief.fd, KEYBAG_CLASS_DK, self->blob, self->moved);
		usleep(1000);
	}
	EXPECT_EQ(-EKEYEXPIRED, result);
	EXPECT_EQ(-EKEYEXPIRED, move(brief.fd, self->fd, KEYBAG_CLASS_DK, self->moved, self->back));
	EXPECT_EQ(-EKEYEXPIRED, child_create(brief.fd, KEYBAG_CLASS_DK, aad, self->blob));
	close(brief.fd);
}

TEST_F(backup, wrong_password)
{
	struct keybag_backup_open open = to_open(&self->made, OWNER);
	struct secret other = secret_new(KEYBAG_PROTECTOR_BACKUP);
	struct backup again = {};

	open.secret = secret_for_kernel(&other);
	EXPECT_EQ(-EKEYREJECTED, open_with(&again, &open));
	open = to_open(&self->made, OWNER);
	open.secret.kind = KEYBAG_PROTECTOR_RECOVERY;
	EXPECT_EQ(-EINVAL, open_with(&again, &open));
	/* Nothing ended the one that is there. */
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	EXPECT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
}

TEST_F(backup, every_byte_counts)
{
	struct keybag_backup_open open;
	struct backup again = {};
	__u32 i;

	for (i = 0; i < self->made.bag.form_length; i++) {
		self->made.bag.form[i] ^= 1;
		open = to_open(&self->made, OWNER);
		ASSERT_EQ(-EBADMSG, open_with(&again, &open)) TH_LOG("byte %u", i);
		self->made.bag.form[i] ^= 1;
	}
	open = to_open(&self->made, OWNER);
	open.form_length--;
	EXPECT_EQ(-EBADMSG, open_with(&again, &open));
	open.form_length = KEYBAG_MAX_FORM + 1;
	EXPECT_EQ(-EINVAL, open_with(&again, &open));
	open.form_length = 0;
	EXPECT_EQ(-EINVAL, open_with(&again, &open));
	/* That of a keybag is none of a backup. */
	open = to_open(&self->made, OWNER);
	open.form = (uintptr_t)self->bag.form;
	open.form_length = self->bag.form_length;
	EXPECT_EQ(-EINVAL, open_with(&again, &open));
}

/* A form whose parts are right and which was put together by another: the MAC under K_bag. */
TEST_F(backup, altered_with_the_hash_made_anew)
{
	struct keybag_backup_open open;
	struct backup again = {};
	__u8 *owner = form_find(&self->made.bag, TAG_OWNER, 0, NULL);

	ASSERT_NE(NULL, owner);
	put_u32(owner, OTHER_OWNER);
	form_reseal(&self->made.bag, NULL);
	open = to_open(&self->made, OTHER_OWNER);
	EXPECT_EQ(-EBADMSG, open_with(&again, &open));
}

TEST_F(backup, malformed)
{
	struct keybag_backup_create create;
	struct keybag_backup_open open;
	struct backup other = {};

	create = to_create(&other, KEYBAG_UID_NONE);
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.reserved = 1;
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.uuid[3] = 1;
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.lifetime_ns = 0;
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create.lifetime_ns = KEYBAG_MAX_BACKUP_LIFETIME_NS + 1;
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.secret.kind = KEYBAG_PROTECTOR_PASSCODE;
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.secret.secret_length = 16;
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.protector.kdf_memory_kib = 0;
	EXPECT_EQ(-EINVAL, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.form.capacity = self->made.bag.form_length - 1;
	EXPECT_EQ(-EMSGSIZE, create_with(&other, &create));
	create = to_create(&other, OWNER);
	create.form.address = 8;
	EXPECT_EQ(-EFAULT, create_with(&other, &create));
	open = to_open(&self->made, OWNER);
	open.flags = 1;
	EXPECT_EQ(-EINVAL, open_with(&other, &open));
	open = to_open(&self->made, OWNER);
	open.classes = 1;
	EXPECT_EQ(-EINVAL, open_with(&other, &open));
	open = to_open(&self->made, OWNER);
	open.lifetime_ns = 0;
	EXPECT_EQ(-EINVAL, open_with(&other, &open));
	/* The descriptor is bound, or became a backup keybag's. */
	create = to_create(&other, OWNER);
	EXPECT_EQ(-EEXIST, command(self->fd, KEYBAG_IOC_BACKUP_CREATE, &create));
	EXPECT_EQ(-EEXIST, command(self->made.fd, KEYBAG_IOC_BACKUP_CREATE, &create));
	open = to_open(&self->made, OWNER);
	EXPECT_EQ(-EEXIST, command(self->made.fd, KEYBAG_IOC_BACKUP_OPEN, &open));
	/* Its kind of protector has no place in a keybag. */
	EXPECT_EQ(-EINVAL, bag_set_passcode(&self->bag, &self->bag.secret, &self->made.bag.secret));
	EXPECT_EQ(-EINVAL, bag_add_protector(&self->bag, &self->bag.secret, &self->made.bag.secret));
	/* The one that was there before all this still is. */
	ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, plaintext, 32, aad, self->blob));
	EXPECT_EQ(BLOB, move(self->fd, self->made.fd, KEYBAG_CLASS_DK, self->blob, self->moved));
}

/* As docs/format.md has it, by libcrypto. */
TEST_F(backup, format)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE], bag_key[KEY_SIZE], class_key[KEY_SIZE], wrapping[KEY_SIZE];
	__u8 record_aad[KEYBAG_UUID_SIZE + 40], trailer[FORM_TRAILER_SIZE], salt_free[KEY_SIZE];
	const struct bag *bag = &self->made.bag;
	struct device_subkeys device;
	struct data_keys keys;
	unsigned int i;

	if (device_key(self->bag.device, key))
		SKIP(return, "the device key is not known to the test");
	device_subkeys(&device, key);
	ASSERT_EQ(0, form_open_bag_key(bag, &device, &bag->secret, 0, bag_key));
	form_trailer(trailer, bag, &device, bag_key);
	EXPECT_EQ(0, memcmp(trailer, bag->form + bag->form_length - FORM_TRAILER_SIZE,
			    FORM_TRAILER_SIZE));
	for (i = 0; i < CLASS_COUNT; i++) {
		const __u32 class = all_classes[i];
		const struct bytes tdo = BYTES(device.tdo);
		struct class_view view;

		if (!(BACKUP_CLASSES & KEYBAG_CLASS_BIT(class))) {
			EXPECT_NE(0, form_class(bag, class, &view));
			continue;
		}
		ASSERT_EQ(0, form_class(bag, class, &view));
		ASSERT_EQ(1, view.copies);
		memcpy(wrapping, bag_key, KEY_SIZE);
		if (TDO_CLASSES & KEYBAG_CLASS_BIT(class))
			derive(wrapping, KEY_SIZE, BYTES(bag->uuid), "this device only",
			       BYTES(bag_key), &tdo, NULL);
		memcpy(record_aad, bag->uuid, KEYBAG_UUID_SIZE);
		memcpy(record_aad + KEYBAG_UUID_SIZE, view.record, 40);
		ASSERT_EQ(0, open_key(class_key, bag->uuid, wrapping, BYTES(record_aad),
				      view.sealed[0]));
		class_data_keys(&keys, class_key);
		ASSERT_EQ(BLOB, data_wrap(self->fd, class, plaintext, 32, aad, self->blob));
		ASSERT_EQ(BLOB, move(self->fd, self->made.fd, class, self->blob, self->moved));
		EXPECT_EQ(32, blob_open(salt_free, keys.encrypt, self->moved, BLOB, aad_bytes));
		EXPECT_EQ(0, memcmp(salt_free, plaintext, 32));
	}
}

TEST_HARNESS_MAIN
