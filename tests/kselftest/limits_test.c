// SPDX-License-Identifier: GPL-2.0-only
/* vm: append=slub_debug=FZ */
/*
 * Lengths at and over their limits, reserved fields, unknown commands, structures of other sizes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"
#include "privilege.h"

#define CANARY	0x5a

FIXTURE(limits)
{
	struct bag bag;
	int fd;
	__u8 plaintext[KEYBAG_MAX_PAYLOAD + 1];
	__u8 opened[KEYBAG_MAX_PAYLOAD + 1];
	__u8 aad[KEYBAG_MAX_AAD + 1];
	__u8 blob[MAX_BLOB + 1];
};

FIXTURE_SETUP(limits)
{
	size_t i;

	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	for (i = 0; i < sizeof(self->plaintext); i++)
		self->plaintext[i] = (__u8)(i * 7 + i / 256);
	for (i = 0; i < sizeof(self->aad); i++)
		self->aad[i] = (__u8)(i * 5 + i / 256);
}

FIXTURE_TEARDOWN(limits)
{
	close(self->fd);
	bag_finish(&self->bag);
}

TEST_F(limits, lengths)
{
	static const size_t plaintexts[] = { 1, 2, 15, 16, 17, 32, 255, 256, 511, 512, 513, 1024,
					     2048, KEYBAG_MAX_PAYLOAD - 1, KEYBAG_MAX_PAYLOAD };
	static const size_t aads[] = { 0, 1, 15, 16, 36, 300, 512, 1000, KEYBAG_MAX_AAD - 1,
				       KEYBAG_MAX_AAD };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(plaintexts); i++) {
		for (j = 0; j < ARRAY_SIZE(aads); j++) {
			const struct aad aad = { self->aad, aads[j] };
			const size_t length = plaintexts[i];

			memset(self->blob, CANARY, sizeof(self->blob));
			memset(self->opened, CANARY, sizeof(self->opened));
			ASSERT_EQ(length + KEYBAG_BLOB_OVERHEAD,
				  data_wrap(self->fd, KEYBAG_CLASS_AK, self->plaintext, length, aad,
					    self->blob));
			EXPECT_EQ(CANARY, self->blob[length + KEYBAG_BLOB_OVERHEAD]);
			ASSERT_EQ(length, data_unwrap(self->fd, self->blob,
						      length + KEYBAG_BLOB_OVERHEAD, aad,
						      self->opened));
			EXPECT_EQ(0, memcmp(self->opened, self->plaintext, length));
			EXPECT_EQ(CANARY, self->opened[length]);
		}
	}
}

/* The same by items, all in one batch, and from blob to blob. */
TEST_F(limits, lengths_of_items)
{
	static const size_t lengths[] = { 1, 16, 32, 511, 513, KEYBAG_MAX_PAYLOAD };
	static __u8 blobs[ARRAY_SIZE(lengths)][MAX_BLOB],
		opened[ARRAY_SIZE(lengths)][KEYBAG_MAX_PAYLOAD];
	struct keybag_item items[ARRAY_SIZE(lengths)];
	unsigned int i, j;

	for (j = 0; j < ARRAY_SIZE(lengths); j++) {
		const struct aad aad = { self->aad, lengths[j] };

		for (i = 0; i < ARRAY_SIZE(lengths); i++)
			items[i] = item_wrap(KEYBAG_CLASS_AK, self->plaintext, lengths[i], aad,
					     blobs[i]);
		ASSERT_EQ(ARRAY_SIZE(lengths), data_batch(self->fd, items, ARRAY_SIZE(lengths)));
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			EXPECT_EQ(lengths[i] + KEYBAG_BLOB_OVERHEAD, items[i].result);
			EXPECT_EQ(lengths[i] + KEYBAG_BLOB_OVERHEAD,
				  data_rewrap(self->fd, -1, KEYBAG_CLASS_CK, blobs[i],
					      lengths[i] + KEYBAG_BLOB_OVERHEAD, aad,
					      (struct aad){ self->aad, lengths[i] }, self->blob));
			items[i] = item_unwrap(self->blob, lengths[i] + KEYBAG_BLOB_OVERHEAD,
					       (struct aad){ self->aad, lengths[i] }, opened[i],
					       lengths[i]);
			EXPECT_EQ(lengths[i], data_operate(self->fd, &items[i]));
			EXPECT_EQ(0, memcmp(opened[i], self->plaintext, lengths[i]));
		}
	}
}

TEST_F(limits, oversized)
{
	const struct aad aad = { self->aad, KEYBAG_MAX_AAD + 1 };
	struct keybag_item item;

	EXPECT_EQ(-EINVAL,
		  data_wrap(self->fd, KEYBAG_CLASS_AK, self->plaintext, 0, NO_AAD, self->blob));
	EXPECT_EQ(-EINVAL, data_wrap(self->fd, KEYBAG_CLASS_AK, self->plaintext,
				     KEYBAG_MAX_PAYLOAD + 1, NO_AAD, self->blob));
	EXPECT_EQ(-EINVAL,
		  data_wrap(self->fd, KEYBAG_CLASS_AK, self->plaintext, 1, aad, self->blob));
	EXPECT_EQ(-EINVAL, child_create(self->fd, KEYBAG_CLASS_AK, aad, self->blob));
	EXPECT_EQ(-EINVAL,
		  data_unwrap(self->fd, self->blob, KEYBAG_BLOB_OVERHEAD + 1, aad, self->opened));
	EXPECT_EQ(-EINVAL,
		  data_unwrap(self->fd, self->blob, KEYBAG_BLOB_OVERHEAD, NO_AAD, self->opened));
	EXPECT_EQ(-EINVAL, data_unwrap(self->fd, self->blob, MAX_BLOB + 1, NO_AAD, self->opened));
	EXPECT_EQ(-EINVAL, child_open(self->fd, self->blob, CHILD_BLOB, aad));

	item = item_wrap(KEYBAG_CLASS_AK, self->plaintext, 0, NO_AAD, self->blob);
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = item_wrap(KEYBAG_CLASS_AK, self->plaintext, KEYBAG_MAX_PAYLOAD + 1, NO_AAD,
			 self->blob);
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item = item_wrap(KEYBAG_CLASS_AK, self->plaintext, 1, aad, self->blob);
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	/* Lengths that overflow where they are added up. */
	item = item_wrap(KEYBAG_CLASS_AK, self->plaintext, 1, NO_AAD, self->blob);
	item.input_length = 0xffffffffU;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item.input_length = 0xffffffffU - KEYBAG_BLOB_OVERHEAD + 1;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
	item.input_length = 1;
	item.aad_length = 0xffffffffU;
	EXPECT_EQ(-EINVAL, data_operate(self->fd, &item));
}

/* A result that does not fit is not begun. */
TEST_F(limits, capacity)
{
	struct keybag_wrap wrap = {
		.class_number = KEYBAG_CLASS_AK,
		.plaintext_length = 32,
		.blob_capacity = 32 + KEYBAG_BLOB_OVERHEAD - 1,
		.plaintext = (uintptr_t)self->plaintext,
		.blob = (uintptr_t)self->blob,
	};
	struct keybag_unwrap unwrap = {
		.blob_length = 32 + KEYBAG_BLOB_OVERHEAD,
		.plaintext_capacity = 31,
		.plaintext = (uintptr_t)self->opened,
	};
	struct keybag_read read = { .buffer = { (uintptr_t)self->blob, 8, 0 } };
	struct keybag_item item;

	memset(self->blob, CANARY, sizeof(self->blob));
	EXPECT_EQ(-EMSGSIZE, data_wrap_raw(self->fd, &wrap, NO_AAD));
	wrap.flags = KEYBAG_WRAP_GENERATE;
	memset(self->opened, CANARY, sizeof(self->opened));
	wrap.plaintext = (uintptr_t)self->opened;
	EXPECT_EQ(-EMSGSIZE, data_wrap_raw(self->fd, &wrap, NO_AAD));
	EXPECT_EQ(CANARY, self->opened[0]);
	EXPECT_EQ(CANARY, self->blob[0]);

	ASSERT_EQ(32 + KEYBAG_BLOB_OVERHEAD,
		  data_wrap(self->fd, KEYBAG_CLASS_AK, self->plaintext, 32, NO_AAD, self->blob));
	EXPECT_EQ(-EMSGSIZE, data_unwrap_raw(self->fd, &unwrap, self->blob,
					     32 + KEYBAG_BLOB_OVERHEAD, NO_AAD));
	item = item_unwrap(self->blob, 32 + KEYBAG_BLOB_OVERHEAD, NO_AAD, self->opened, 31);
	EXPECT_EQ(-EMSGSIZE, data_operate(self->fd, &item));
	EXPECT_EQ(CANARY, self->opened[0]);
	unwrap.plaintext_capacity = 32;
	EXPECT_EQ(32, data_unwrap_raw(self->fd, &unwrap, self->blob, 32 + KEYBAG_BLOB_OVERHEAD,
				      NO_AAD));

	memcpy(read.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	memset(self->blob, CANARY, 16);
	EXPECT_EQ(-EMSGSIZE, command(self->bag.device, KEYBAG_IOC_READ_FORM, &read));
	EXPECT_EQ(-EMSGSIZE, command(self->bag.device, KEYBAG_IOC_READ_RECORD, &read));
	EXPECT_EQ(CANARY, self->blob[0]);
}

/* Sizes by the command number, by the structure, and as they are, disagree. */
TEST_F(limits, inconsistent_sizes)
{
	__u8 buffer[256] = {};
	struct keybag_wrap *wrap = (void *)buffer;
	struct keybag_unwrap *unwrap = (void *)buffer;
	size_t size;

	*wrap = (struct keybag_wrap){
		.class_number = KEYBAG_CLASS_AK,
		.plaintext_length = 32,
		.blob_capacity = 32 + KEYBAG_BLOB_OVERHEAD,
		.aad_length = 16,
		.plaintext = (uintptr_t)self->plaintext,
		.blob = (uintptr_t)self->blob,
	};
	for (size = 0; size < 200; size++) {
		const int expected = size == sizeof(*wrap) + 16 ? 32 + KEYBAG_BLOB_OVERHEAD :
								  -EINVAL;

		EXPECT_EQ(expected, command(self->fd, KEYBAG_IOC_WRAP(size), buffer));
	}
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_WRAP(_IOC_SIZEMASK), buffer));

	*unwrap = (struct keybag_unwrap){
		.blob_length = 32 + KEYBAG_BLOB_OVERHEAD,
		.plaintext_capacity = 32,
		.plaintext = (uintptr_t)self->opened,
	};
	ASSERT_EQ(32 + KEYBAG_BLOB_OVERHEAD,
		  data_wrap(self->fd, KEYBAG_CLASS_AK, self->plaintext, 32, NO_AAD, unwrap->data));
	for (size = 0; size < 200; size++) {
		const int expected = size == sizeof(*unwrap) + 32 + KEYBAG_BLOB_OVERHEAD ? 32 :
											   -EINVAL;

		EXPECT_EQ(expected, command(self->fd, KEYBAG_IOC_UNWRAP(size), buffer));
	}
	for (size = 0; size < sizeof(struct keybag_rewrap); size++) {
		EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_REWRAP(size), buffer));
	}
	for (size = 0; size < sizeof(struct keybag_child_create); size++) {
		EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CHILD_CREATE(size), buffer));
	}
	for (size = 0; size < sizeof(struct keybag_child_open); size++) {
		EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_CHILD_OPEN(size), buffer));
	}
}

TEST_F(limits, batch)
{
	static struct keybag_item items[KEYBAG_MAX_BATCH + 1];
	static __u8 blobs[KEYBAG_MAX_BATCH + 1][32 + KEYBAG_BLOB_OVERHEAD];
	struct keybag_batch batch = { .items = (uintptr_t)items, .item_size = sizeof(items[0]) };
	struct {
		struct keybag_item item;
		__u64 more;
	} longer[2] = {};
	unsigned int i;

	for (i = 0; i <= KEYBAG_MAX_BATCH; i++)
		items[i] = item_wrap(KEYBAG_CLASS_DK, self->plaintext, 32, NO_AAD, blobs[i]);
	EXPECT_EQ(-EINVAL, data_batch(self->fd, items, 0));
	EXPECT_EQ(1, data_batch(self->fd, items, 1));
	EXPECT_EQ(KEYBAG_MAX_BATCH, data_batch(self->fd, items, KEYBAG_MAX_BATCH));
	EXPECT_EQ(-EINVAL, data_batch(self->fd, items, KEYBAG_MAX_BATCH + 1));
	EXPECT_EQ(-EINVAL, data_batch(self->fd, items, ~0U));

	/* Each by itself, in their order. */
	items[1].class_number = 5;
	items[2].operation = 0;
	items[3].operation = 99;
	items[4].input = 0;
	items[5].output_capacity = 0;
	EXPECT_EQ(5, data_batch(self->fd, items, 10));
	EXPECT_EQ(32 + KEYBAG_BLOB_OVERHEAD, items[0].result);
	EXPECT_EQ(-EINVAL, items[1].result);
	EXPECT_EQ(-EINVAL, items[2].result);
	EXPECT_EQ(-EINVAL, items[3].result);
	EXPECT_EQ(-EFAULT, items[4].result);
	EXPECT_EQ(-EMSGSIZE, items[5].result);
	EXPECT_EQ(32 + KEYBAG_BLOB_OVERHEAD, items[9].result);

	/* Items of a program that knows more, or less. */
	longer[0].item = items[0];
	longer[1].item = items[9];
	batch.items = (uintptr_t)longer;
	batch.count = 2;
	batch.item_size = sizeof(longer[0]);
	EXPECT_EQ(2, command(self->fd, KEYBAG_IOC_BATCH, &batch));
	EXPECT_EQ(32 + KEYBAG_BLOB_OVERHEAD, longer[1].item.result);
	longer[0].more = 1;
	EXPECT_EQ(1, command(self->fd, KEYBAG_IOC_BATCH, &batch));
	EXPECT_EQ(-E2BIG, longer[0].item.result);
	EXPECT_EQ(32 + KEYBAG_BLOB_OVERHEAD, longer[1].item.result);
	batch.item_size = 0;
	EXPECT_EQ(-EINVAL, command(self->fd, KEYBAG_IOC_BATCH, &batch));
	batch.item_size = ~0U;
	EXPECT_GT(0, command(self->fd, KEYBAG_IOC_BATCH, &batch));
}

#define PAST_COUNT	64
#define PAST_RESULT	-12345

/*
 * An array of which @inside items lie before a page with @protection: the batch says what was done
 * before it could not go on.
 */
static void batch_past(struct __test_metadata *_metadata, FIXTURE_DATA(limits) *self,
		       unsigned int inside, int protection, int expected)
{
	static __u8 blobs[PAST_COUNT][32 + KEYBAG_BLOB_OVERHEAD];
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 2 * page;
	struct keybag_item *items;
	unsigned int i;
	char *pages;

	pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, pages);
	items = (struct keybag_item *)(pages + size) - inside;
	for (i = 0; i < PAST_COUNT; i++) {
		items[i] = item_wrap(KEYBAG_CLASS_DK, self->plaintext, 32, NO_AAD, blobs[i]);
		items[i].result = PAST_RESULT;
	}
	ASSERT_EQ(0, mprotect(pages + size, size, protection));
	EXPECT_EQ(expected, data_batch(self->fd, items, PAST_COUNT))
	{
		TH_LOG("%u items before the page", inside);
	}
	for (i = 0; i < inside; i++) {
		EXPECT_EQ(32 + KEYBAG_BLOB_OVERHEAD, items[i].result);
	}
	if (protection != PROT_NONE) {
		for (; i < PAST_COUNT; i++) {
			EXPECT_EQ(PAST_RESULT, items[i].result);
		}
	}
	munmap(pages, 2 * size);
}

TEST_F(limits, batch_that_faults)
{
	unsigned int inside;

	batch_past(_metadata, self, 0, PROT_NONE, -EFAULT);
	batch_past(_metadata, self, 0, PROT_READ, -EFAULT);
	for (inside = 1; inside < PAST_COUNT; inside = inside < 16 ? inside + 1 : inside * 2 - 3) {
		batch_past(_metadata, self, inside, PROT_NONE, (int)inside);
		batch_past(_metadata, self, inside, PROT_READ, (int)inside);
	}
}

TEST_F(limits, children)
{
	__u8 blob[CHILD_BLOB];
	int fd, i, last = 0;

	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_DK, NO_AAD, blob));
	for (i = 0; i < KEYBAG_MAX_CHILDREN; i++) {
		last = child_open(self->fd, blob, CHILD_BLOB, NO_AAD);
		ASSERT_LT(0, last);
	}
	EXPECT_EQ(-EDQUOT, child_open(self->fd, blob, CHILD_BLOB, NO_AAD));
	/* The limit is a descriptor's own. */
	fd = bag_bind(&self->bag);
	EXPECT_LT(0, child_open(fd, blob, CHILD_BLOB, NO_AAD));
	close(fd);
	EXPECT_EQ(0, child_close(self->fd, last));
	EXPECT_LT(0, child_open(self->fd, blob, CHILD_BLOB, NO_AAD));
	EXPECT_EQ(-EDQUOT, child_open(self->fd, blob, CHILD_BLOB, NO_AAD));
}

static int bind_as_owner(void *fd)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UID, .uid = OWNER };

	return command(*(int *)fd, KEYBAG_IOC_BIND, &bind);
}

/* A descriptor that the owner bound, without a capability. */
static int owners_bind(void)
{
	int fd = device_open(), result = run_with(AS_USER, OWNER, bind_as_owner, &fd);

	return result ? result : fd;
}

/*
 * Limit of a bag, however many descriptors: their ciphers are memory that is charged to nobody. But
 * those of its owner leave alone those of a service, which were bound with CAP_SYS_ADMIN.
 */
TEST_F(limits, children_of_a_bag)
{
	int fds[KEYBAG_MAX_BAG_CHILDREN / KEYBAG_MAX_CHILDREN], last = 0, other = owners_bind();
	const unsigned int count = ARRAY_SIZE(fds);
	__u8 blob[CHILD_BLOB];
	unsigned int i, j;

	ASSERT_LE(0, other);
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_DK, NO_AAD, blob));
	for (i = 0; i < count; i++) {
		fds[i] = owners_bind();
		ASSERT_LE(0, fds[i]);
		for (j = 0; j < KEYBAG_MAX_CHILDREN; j++) {
			last = child_open(fds[i], blob, CHILD_BLOB, NO_AAD);
			ASSERT_LT(0, last);
		}
	}
	EXPECT_EQ(-EDQUOT, child_open(other, blob, CHILD_BLOB, NO_AAD));
	EXPECT_LT(0, child_open(self->fd, blob, CHILD_BLOB, NO_AAD));
	EXPECT_EQ(0, child_close(fds[count - 1], last));
	EXPECT_LT(0, child_open(other, blob, CHILD_BLOB, NO_AAD));
	EXPECT_EQ(-EDQUOT, child_open(fds[count - 1], blob, CHILD_BLOB, NO_AAD));
	/* A try in vain takes nothing, and a descriptor that is closed gives back all. */
	for (i = 0; i < count; i++)
		close(fds[i]);
	for (j = 1; j < KEYBAG_MAX_CHILDREN; j++)
		ASSERT_LT(0, child_open(other, blob, CHILD_BLOB, NO_AAD));
	EXPECT_EQ(-EDQUOT, child_open(other, blob, CHILD_BLOB, NO_AAD));
	close(other);
}

/* Numbers of this module's range and of others. */
TEST_F(limits, unknown_commands)
{
	static const struct {
		unsigned int first, last;
	} known[] = { { 0x00, 0x00 }, { 0x10, 0x25 }, { 0x30, 0x32 }, { 0x40, 0x47 } };
	static const unsigned int directions[] = { _IOC_NONE, _IOC_READ, _IOC_WRITE,
						   _IOC_READ | _IOC_WRITE };
	__u8 buffer[1024] = {};
	unsigned int number, i, j;
	int fresh = device_open();

	ASSERT_LE(0, fresh);
	for (number = 0; number < 256; number++) {
		bool is_known = false;

		for (i = 0; i < ARRAY_SIZE(known); i++)
			if (number >= known[i].first && number <= known[i].last)
				is_known = true;
		if (is_known)
			continue;
		for (j = 0; j < ARRAY_SIZE(directions); j++) {
			const unsigned int request =
				_IOC(directions[j], KEYBAG_IOC_MAGIC, number, 64);

			EXPECT_EQ(-ENOTTY, command(fresh, request, buffer));
			EXPECT_EQ(-ENOTTY, command(self->fd, request, buffer));
		}
	}
	/* Another direction is another command. */
	EXPECT_EQ(-ENOTTY, command(fresh, _IO(KEYBAG_IOC_MAGIC, 0), buffer));
	EXPECT_EQ(-ENOTTY,
		  command(fresh, _IOW(KEYBAG_IOC_MAGIC, 0, struct keybag_version), buffer));
	EXPECT_EQ(-ENOTTY,
		  command(self->fd, _IOR(KEYBAG_IOC_MAGIC, 0x19, struct keybag_lock), buffer));
	EXPECT_EQ(-ENOTTY, command(self->fd, _IOR('T', 0x40, struct keybag_wrap), buffer));
	EXPECT_EQ(-ENOTTY, command(self->fd, 0x5401, buffer));
	EXPECT_EQ(-ENOTTY, command(self->fd, 0, buffer));
	EXPECT_EQ(-ENOTTY, command(self->fd, ~0UL, buffer));
	close(fresh);
}

/* A structure that ends earlier is one with zeros there; nothing behind its end is written. */
TEST_F(limits, shorter_structures)
{
	struct keybag_version version;
	struct keybag_status status;
	struct keybag_lock lock = { .reason = KEYBAG_REASON_REQUEST };
	struct keybag_restrict restrict_to = { .rights = KEYBAG_RIGHT_ALL,
					       .known = KEYBAG_RIGHT_ALL,
					       .classes = KEYBAG_CLASSES_ALL };

	memset(&version, CANARY, sizeof(version));
	EXPECT_EQ(0, command(self->fd, _IOC(_IOC_READ, KEYBAG_IOC_MAGIC, 0, 16), &version));
	EXPECT_EQ(KEYBAG_ABI_VERSION, version.abi);
	EXPECT_EQ(1, version.form_version);
	EXPECT_EQ(1, version.blob_version);
	EXPECT_EQ(CANARY, version.device_key_id[0]);

	memset(&status, CANARY, sizeof(status));
	memcpy(status.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(0, command(self->bag.device,
			     _IOC(_IOC_READ | _IOC_WRITE, KEYBAG_IOC_MAGIC, 0x21,
				  offsetof(struct keybag_status, state)),
			     &status));
	EXPECT_EQ(self->bag.owner, status.owner);
	EXPECT_EQ(KEYBAG_TYPE_USER, status.type);
	EXPECT_EQ(CANARY, status.state & 0xff);

	EXPECT_EQ(0, command(self->fd,
			     _IOC(_IOC_WRITE, KEYBAG_IOC_MAGIC, 0x31,
				  offsetof(struct keybag_restrict, domain)),
			     &restrict_to));

	memset(&lock.requester, CANARY, sizeof(lock.requester));
	memcpy(lock.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(0, command(self->bag.device,
			     _IOC(_IOC_WRITE, KEYBAG_IOC_MAGIC, 0x19,
				  offsetof(struct keybag_lock, requester)),
			     &lock));
	EXPECT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, status.state);
	EXPECT_EQ(0, status.requester.uid);
	EXPECT_EQ(0, status.requester.pid);
}

/* One that ends later must have zeros where this kernel knows nothing. */
TEST_F(limits, longer_structures)
{
	struct {
		struct keybag_status status;
		__u64 more[2];
	} status = {};
	struct {
		struct keybag_lock lock;
		__u64 more[2];
	} lock = { .lock = { .reason = KEYBAG_REASON_REQUEST } };
	struct {
		struct keybag_version version;
		__u8 more[8];
	} version;
	struct {
		struct keybag_bind bind;
		__u64 more;
	} bind = { .bind = { .by = KEYBAG_BIND_UUID } };
	int fresh = device_open();

	memset(&version, CANARY, sizeof(version));
	EXPECT_EQ(0,
		  command(fresh, _IOC(_IOC_READ, KEYBAG_IOC_MAGIC, 0, sizeof(version)), &version));
	EXPECT_EQ(KEYBAG_ABI_VERSION, version.version.abi);
	EXPECT_NE(0, strlen(version.version.module));
	EXPECT_GT(sizeof(version.version.module), strlen(version.version.module));
	/* A newer program reads there what means nothing. */
	EXPECT_EQ(0, memcmp(version.more, (__u8[sizeof(version.more)]){ 0 }, sizeof(version.more)));

	memcpy(status.status.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(0, command(self->bag.device, _IOWR(KEYBAG_IOC_MAGIC, 0x21, status), &status));
	EXPECT_EQ(self->bag.owner, status.status.owner);
	memset(&status.status, 0, sizeof(status.status));
	memcpy(status.status.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	status.more[1] = 1;
	EXPECT_EQ(-E2BIG,
		  command(self->bag.device, _IOWR(KEYBAG_IOC_MAGIC, 0x21, status), &status));

	memcpy(lock.lock.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	lock.more[0] = 1ULL << 63;
	EXPECT_EQ(-E2BIG, command(self->bag.device, _IOW(KEYBAG_IOC_MAGIC, 0x19, lock), &lock));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	lock.more[0] = 0;
	EXPECT_EQ(0, command(self->bag.device, _IOW(KEYBAG_IOC_MAGIC, 0x19, lock), &lock));

	memcpy(bind.bind.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	bind.more = 7;
	EXPECT_EQ(-E2BIG, command(fresh, _IOWR(KEYBAG_IOC_MAGIC, 0x30, bind), &bind));
	bind.more = 0;
	EXPECT_EQ(0, command(fresh, _IOWR(KEYBAG_IOC_MAGIC, 0x30, bind), &bind));
	close(fresh);
}

TEST_HARNESS_MAIN
