// SPDX-License-Identifier: GPL-2.0-only
/* vm: every-kernel */
/*
 * Class B, unless open: sealed in every state, opened while unlocked and only as it was sealed.
 * Which state allows what, beside the other classes: class_test.c; the cryptography by libcrypto:
 * vector_test.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

#define LENGTH	32
#define BLOB	(LENGTH + KEYBAG_BLOB_OVERHEAD_B)
#define PLAIN	(LENGTH + KEYBAG_BLOB_OVERHEAD)	/* of another class */
#define MOST	(KEYBAG_MAX_PAYLOAD + KEYBAG_BLOB_OVERHEAD_B)
#define CANARY	0x5a
#define B	KEYBAG_CLASS_B

static const __u8 secret[LENGTH] = "arrived while the screen was off";
static const struct aad aad = { "mail=17", 7 };

FIXTURE(unless_open)
{
	struct bag bag;			/* unlocked */
	struct bag other;
	int fd;
	int other_fd;
	__u8 blob[BLOB];		/* of fd */
	__u8 out[KEYBAG_MAX_PAYLOAD];
};

FIXTURE_SETUP(unless_open)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	ASSERT_EQ(0, bag_init(&self->other));
	self->other.owner = OTHER_OWNER;
	ASSERT_EQ(0, bag_create(&self->other));
	ASSERT_EQ(0, bag_load(&self->other));
	ASSERT_EQ(0, bag_unlock(&self->other));
	self->fd = bag_bind(&self->bag);
	self->other_fd = bag_bind(&self->other);
	ASSERT_LE(0, self->fd);
	ASSERT_LE(0, self->other_fd);
	ASSERT_EQ(BLOB, data_wrap(self->fd, B, secret, LENGTH, aad, self->blob));
	memset(self->out, CANARY, sizeof(self->out));
}

FIXTURE_TEARDOWN(unless_open)
{
	close(self->fd);
	close(self->other_fd);
	bag_finish(&self->bag);
	bag_finish(&self->other);
}

static bool untouched(const FIXTURE_DATA(unless_open) *self)
{
	return bytes_are(self->out, sizeof(self->out), CANARY);
}

static int by_unwrap(FIXTURE_DATA(unless_open) *self, const __u8 *blob, size_t length,
		     struct aad with)
{
	return data_unwrap(self->fd, blob, length, with, self->out);
}

static int by_operate(FIXTURE_DATA(unless_open) *self, const __u8 *blob, size_t length,
		      struct aad with)
{
	struct keybag_item item = item_unwrap(blob, length, with, self->out, KEYBAG_MAX_PAYLOAD);

	return data_operate(self->fd, &item);
}

static int by_batch(FIXTURE_DATA(unless_open) *self, const __u8 *blob, size_t length,
		    struct aad with)
{
	struct keybag_item item = item_unwrap(blob, length, with, self->out, KEYBAG_MAX_PAYLOAD);
	int result = data_batch(self->fd, &item, 1);

	return result < 0 ? result : item.result;
}

static int by_rewrap(FIXTURE_DATA(unless_open) *self, const __u8 *blob, size_t length,
		     struct aad with)
{
	__u8 new_blob[MOST];

	return data_rewrap(self->fd, -1, KEYBAG_CLASS_AK, blob, length, with, NO_AAD, new_blob);
}

static int (*const ways[])(FIXTURE_DATA(unless_open) *self, const __u8 *blob, size_t length,
			   struct aad with) = { by_unwrap, by_operate, by_batch, by_rewrap };

/* The errors that blobs of other classes have as well. */
static bool header_error(int result)
{
	return result == -EPROTONOSUPPORT || result == -EINVAL || result == -ENOKEY ||
	       result == -ENOENT || result == -EACCES || result == -EBADMSG;
}

TEST_F(unless_open, every_bit_flipped)
{
	__u8 blob[BLOB];
	unsigned int way, bit;
	int result;

	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		for (bit = 0; bit < 8 * BLOB; bit++) {
			memcpy(blob, self->blob, BLOB);
			blob[bit / 8] ^= (__u8)(1 << bit % 8);
			result = ways[way](self, blob, BLOB, aad);
			EXPECT_TRUE(bit / 8 < KEYBAG_BLOB_HEADER_SIZE ? header_error(result) :
									result == -EBADMSG)
			{
				TH_LOG("way %u, bit %u of byte %u: %d", way, bit % 8, bit / 8,
				       result);
			}
		}
		EXPECT_TRUE(untouched(self));
	}
	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		EXPECT_LT(0, ways[way](self, self->blob, BLOB, aad));
	}
	EXPECT_EQ(0, memcmp(self->out, secret, LENGTH));
	EXPECT_EQ(CANARY, self->out[LENGTH]);
}

TEST_F(unless_open, truncated_and_extended)
{
	__u8 blob[MOST + 1] = {};
	unsigned int way;
	size_t length;
	int result;

	memcpy(blob, self->blob, BLOB);
	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		for (length = 0; length <= BLOB + 40; length++) {
			if (length == BLOB)
				continue;
			result = ways[way](self, blob, length, aad);
			EXPECT_EQ(length <= KEYBAG_BLOB_OVERHEAD_B ? -EINVAL : -EBADMSG, result)
			{
				TH_LOG("way %u, %zu bytes", way, length);
			}
		}
		EXPECT_EQ(-EBADMSG, ways[way](self, blob, MOST, aad));
		EXPECT_EQ(-EINVAL, ways[way](self, blob, MOST + 1, aad));
	}
	EXPECT_TRUE(untouched(self));
}

/* One of another class is not a byte longer than it was. */
TEST_F(unless_open, others_keep_their_lengths)
{
	__u8 blob[MOST] = {}, large[KEYBAG_MAX_PAYLOAD] = {};
	size_t length;

	ASSERT_EQ(KEYBAG_MAX_PAYLOAD + KEYBAG_BLOB_OVERHEAD,
		  data_wrap(self->fd, KEYBAG_CLASS_AK, large, sizeof(large), aad, blob));
	for (length = KEYBAG_MAX_PAYLOAD + KEYBAG_BLOB_OVERHEAD + 1; length <= MOST; length++) {
		EXPECT_EQ(-EINVAL, by_unwrap(self, blob, length, aad));
		EXPECT_EQ(-EINVAL, by_batch(self, blob, length, aad));
		EXPECT_EQ(-EINVAL, by_rewrap(self, blob, length, aad));
	}
}

TEST_F(unless_open, other_place)
{
	struct keybag_restrict domain = {
		.rights = KEYBAG_RIGHT_ALL, .known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL, .flags = KEYBAG_RESTRICT_SET_DOMAIN,
		.domain = "a domain",
	};
	__u8 blob[BLOB];
	unsigned int way;

	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		EXPECT_EQ(-EBADMSG, ways[way](self, self->blob, BLOB, NO_AAD));
		EXPECT_EQ(-EBADMSG, ways[way](self, self->blob, BLOB, AAD_OF("mail=18")));
	}
	EXPECT_EQ(-EBADMSG, data_unwrap(self->other_fd, self->blob, BLOB, aad, self->out));
	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &domain));
	memcpy(blob, self->blob, BLOB);
	memcpy(blob + BLOB_DOMAIN, domain.domain, KEYBAG_DOMAIN_SIZE);
	for (way = 0; way < ARRAY_SIZE(ways); way++) {
		EXPECT_EQ(-EACCES, ways[way](self, self->blob, BLOB, aad));
		EXPECT_EQ(-EBADMSG, ways[way](self, blob, BLOB, aad));
	}
	EXPECT_TRUE(untouched(self));
	/* Made there, it is of there. */
	ASSERT_EQ(BLOB, data_wrap(self->fd, B, secret, LENGTH, aad, blob));
	EXPECT_EQ(0, memcmp(blob + BLOB_DOMAIN, domain.domain, KEYBAG_DOMAIN_SIZE));
	EXPECT_EQ(LENGTH, by_unwrap(self, blob, BLOB, aad));
}

/* Parts of two genuine ones. */
TEST_F(unless_open, spliced)
{
	static const size_t cuts[] = { BLOB_CIPHERTEXT, BLOB_CIPHERTEXT + LENGTH, BLOB - 32 };
	__u8 second[BLOB], blob[BLOB];
	unsigned int i;

	ASSERT_EQ(BLOB, data_wrap(self->fd, B, secret, LENGTH, aad, second));
	/* Each has a pair of its own, and a key of its own by that. */
	EXPECT_NE(0, memcmp(second + BLOB - 32, self->blob + BLOB - 32, 32));
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		memcpy(blob, self->blob, BLOB);
		memcpy(blob + cuts[i], second + cuts[i], BLOB - cuts[i]);
		EXPECT_EQ(-EBADMSG, by_unwrap(self, blob, BLOB, aad));
	}
	EXPECT_TRUE(untouched(self));
	EXPECT_EQ(LENGTH, by_unwrap(self, second, BLOB, aad));
}

/* With these as public half everybody knows what was agreed on. Also where they are not reduced. */
TEST_F(unless_open, low_order)
{
	static const __u8 points[][32] = {
		{ 0 },
		{ 1 },
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1,
		  0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62,
		  0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
		{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c,
		  0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22,
		  0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
		{ 0xec, [1 ... 30] = 0xff, 0x7f },
		{ 0xed, [1 ... 30] = 0xff, 0x7f },
		{ 0xee, [1 ... 30] = 0xff, 0x7f },
	};
	__u8 blob[BLOB];
	unsigned int way, i;

	memcpy(blob, self->blob, BLOB);
	for (i = 0; i < ARRAY_SIZE(points); i++) {
		memcpy(blob + BLOB - 32, points[i], 32);
		for (way = 0; way < ARRAY_SIZE(ways); way++) {
			EXPECT_EQ(-EBADMSG, ways[way](self, blob, BLOB, aad));
			blob[BLOB - 1] ^= 0x80;
		}
	}
	EXPECT_TRUE(untouched(self));
}

TEST_F(unless_open, lengths)
{
	static const __u32 lengths[] = { 1, 2, 15, 16, 17, 31, 33, 900, 1000, 2000, 4064, 4065,
					 KEYBAG_MAX_PAYLOAD };
	struct keybag_wrap wrap = { .class_number = B };
	struct keybag_unwrap unwrap = {};
	__u8 plaintext[KEYBAG_MAX_PAYLOAD], blob[MOST];
	unsigned int i;

	memset(plaintext, 0x33, sizeof(plaintext));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		const int size = (int)(lengths[i] + KEYBAG_BLOB_OVERHEAD_B);

		wrap.plaintext = (uintptr_t)plaintext;
		wrap.plaintext_length = lengths[i];
		wrap.blob = (uintptr_t)blob;
		wrap.blob_capacity = (__u32)size - 1;
		EXPECT_EQ(-EMSGSIZE, data_wrap_raw(self->fd, &wrap, NO_AAD));
		wrap.blob_capacity = (__u32)size;
		ASSERT_EQ(size, data_wrap_raw(self->fd, &wrap, NO_AAD));
		unwrap.plaintext = (uintptr_t)self->out;
		unwrap.blob_length = (__u32)size;
		unwrap.plaintext_capacity = lengths[i] - 1;
		memset(self->out, CANARY, sizeof(self->out));
		EXPECT_EQ(-EMSGSIZE, data_unwrap_raw(self->fd, &unwrap, blob, size, NO_AAD));
		EXPECT_TRUE(untouched(self));
		unwrap.plaintext_capacity = lengths[i];
		EXPECT_EQ(lengths[i], data_unwrap_raw(self->fd, &unwrap, blob, size, NO_AAD));
		EXPECT_EQ(0, memcmp(self->out, plaintext, lengths[i]));
	}
	EXPECT_EQ(-EINVAL, data_wrap(self->fd, B, plaintext, 0, NO_AAD, blob));
	EXPECT_EQ(-EINVAL, data_wrap(self->fd, B, plaintext, KEYBAG_MAX_PAYLOAD + 1, NO_AAD, blob));
}

/* A secret made in the kernel reaches the caller, and the blob holds it. */
TEST_F(unless_open, generated)
{
	__u8 made[LENGTH] = {}, blob[BLOB];

	ASSERT_EQ(0, bag_lock_full(&self->bag));
	ASSERT_EQ(BLOB, data_generate(self->fd, B, made, LENGTH, aad, blob));
	EXPECT_EQ(-ENOKEY, by_unwrap(self, blob, BLOB, aad));
	ASSERT_EQ(0, bag_unlock(&self->bag));
	ASSERT_EQ(LENGTH, by_unwrap(self, blob, BLOB, aad));
	EXPECT_EQ(0, memcmp(made, self->out, LENGTH));
}

/* Secrets that came while locked, or before the first unlock, go to ak once it is unlocked. */
TEST_F(unless_open, sealed_while_locked)
{
	int (*const steps[])(struct bag *bag) = { bag_lock, bag_lock_full, bag_unload };
	__u8 blob[BLOB], moved[PLAIN];
	unsigned int i, way;
	int fd = self->fd;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ASSERT_EQ(0, steps[i](&self->bag));
		if (steps[i] == bag_unload) {
			EXPECT_EQ(-EKEYREVOKED, data_wrap(fd, B, secret, LENGTH, aad, blob));
			ASSERT_EQ(0, bag_load(&self->bag));
			close(fd);
			fd = bag_bind(&self->bag);
			ASSERT_LE(0, fd);
			self->fd = fd;
		}
		ASSERT_EQ(BLOB, data_wrap(fd, B, secret, LENGTH, aad, blob));
		for (way = 0; way < ARRAY_SIZE(ways); way++) {
			EXPECT_EQ(-ENOKEY, ways[way](self, blob, BLOB, aad));
			EXPECT_EQ(-ENOKEY, ways[way](self, self->blob, BLOB, aad));
		}
		EXPECT_TRUE(untouched(self));
		ASSERT_EQ(0, bag_unlock(&self->bag));
		ASSERT_EQ(PLAIN, data_rewrap(fd, -1, KEYBAG_CLASS_AK, blob, BLOB, aad,
					     AAD_OF("a new place of more bytes"), moved));
		EXPECT_EQ(LENGTH, data_unwrap(fd, moved, PLAIN,
					      AAD_OF("a new place of more bytes"), self->out));
		EXPECT_EQ(0, memcmp(self->out, secret, LENGTH));
		memset(self->out, CANARY, sizeof(self->out));
	}
}

/* Two agreements in one command: with the pair of either bag. */
TEST_F(unless_open, bag_to_bag)
{
	__u8 moved[BLOB], plain[PLAIN];

	ASSERT_EQ(BLOB, data_rewrap(self->fd, self->other_fd, B, self->blob, BLOB, aad,
				    AAD_OF("there"), moved));
	EXPECT_EQ(LENGTH, data_unwrap(self->other_fd, moved, BLOB, AAD_OF("there"), self->out));
	EXPECT_EQ(0, memcmp(self->out, secret, LENGTH));
	EXPECT_EQ(-EBADMSG, by_unwrap(self, moved, BLOB, AAD_OF("there")));
	/* The other may be locked, for that one only seals. */
	ASSERT_EQ(0, bag_lock_full(&self->other));
	EXPECT_EQ(BLOB, data_rewrap(self->fd, self->other_fd, B, self->blob, BLOB, aad, NO_AAD,
				    moved));
	EXPECT_EQ(-ENOKEY, data_rewrap(self->other_fd, self->fd, B, moved, BLOB, NO_AAD, NO_AAD,
				       moved));
	ASSERT_EQ(PLAIN, data_wrap(self->fd, KEYBAG_CLASS_CK, secret, LENGTH, aad, plain));
	ASSERT_EQ(BLOB, data_rewrap(self->fd, self->other_fd, B, plain, PLAIN, aad,
				    AAD_OF("of another class"), moved));
	ASSERT_EQ(0, bag_unlock(&self->other));
	EXPECT_EQ(LENGTH, data_unwrap(self->other_fd, moved, BLOB, AAD_OF("of another class"),
				      self->out));
}

TEST_F(unless_open, rewrap_capacity)
{
	__u8 plain[PLAIN], moved[BLOB];
	struct keybag_item item = {
		.operation = KEYBAG_OP_REWRAP, .class_number = B, .target = -1,
		.input = (uintptr_t)plain, .input_length = PLAIN,
		.output = (uintptr_t)moved, .output_capacity = BLOB - 1,
	};

	ASSERT_EQ(PLAIN, data_wrap(self->fd, KEYBAG_CLASS_CK, secret, LENGTH, NO_AAD, plain));
	EXPECT_EQ(-EMSGSIZE, data_operate(self->fd, &item));
	item.output_capacity = BLOB;
	EXPECT_EQ(BLOB, data_operate(self->fd, &item));
	EXPECT_EQ(LENGTH, by_unwrap(self, moved, BLOB, NO_AAD));
}

/* A blob of B has the public half already: no more room is wanted than for what is made. */
TEST_F(unless_open, rewrap_capacity_from_it)
{
	static const struct {
		__u32 class, length, blob;
	} made[] = {
		{ B, LENGTH, BLOB },
		{ B, KEYBAG_MAX_PAYLOAD, MOST },
		{ KEYBAG_CLASS_AK, LENGTH, PLAIN },
		{ KEYBAG_CLASS_AK, KEYBAG_MAX_PAYLOAD, MOST - 32 },
	};
	__u8 plaintext[KEYBAG_MAX_PAYLOAD], blob[MOST], moved[MOST];
	struct keybag_item item;
	unsigned int i;

	memset(plaintext, 0x33, sizeof(plaintext));
	for (i = 0; i < ARRAY_SIZE(made); i++) {
		const __u32 length = made[i].length + KEYBAG_BLOB_OVERHEAD_B;

		ASSERT_EQ(length, data_wrap(self->fd, B, plaintext, made[i].length, aad, blob));
		item = (struct keybag_item){
			.operation = KEYBAG_OP_REWRAP, .class_number = made[i].class, .target = -1,
			.input = (uintptr_t)blob, .input_length = length,
			.aad = (uintptr_t)aad.bytes, .aad_length = (__u32)aad.length,
			.new_aad = (uintptr_t)aad.bytes, .new_aad_length = (__u32)aad.length,
			.output = (uintptr_t)moved, .output_capacity = made[i].blob - 1,
		};
		memset(moved, CANARY, sizeof(moved));
		EXPECT_EQ(-EMSGSIZE, data_operate(self->fd, &item));
		EXPECT_EQ(CANARY, moved[0]);
		item.output_capacity = made[i].blob;
		EXPECT_EQ(made[i].blob, data_operate(self->fd, &item))
		{
			TH_LOG("%u bytes to class %u", made[i].length, made[i].class);
		}
		if (made[i].blob < MOST)
			EXPECT_EQ(CANARY, moved[made[i].blob]);
		EXPECT_EQ(made[i].length, by_unwrap(self, moved, made[i].blob, aad));
		EXPECT_EQ(0, memcmp(self->out, plaintext, made[i].length));
		EXPECT_EQ(1, data_batch(self->fd, &item, 1));
	}
}

/* Between items that share a stay, and after them. */
TEST_F(unless_open, batch)
{
	__u8 plain[PLAIN], opened[6][LENGTH] = {}, made[BLOB];
	struct keybag_item items[6];
	unsigned int i;

	ASSERT_EQ(PLAIN, data_wrap(self->fd, KEYBAG_CLASS_CK, secret, LENGTH, aad, plain));
	for (i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = i % 2 ? item_unwrap(self->blob, BLOB, aad, opened[i], LENGTH) :
				   item_unwrap(plain, PLAIN, aad, opened[i], LENGTH);
	items[4] = item_wrap(B, secret, LENGTH, aad, made);
	EXPECT_EQ(ARRAY_SIZE(items), data_batch(self->fd, items, ARRAY_SIZE(items)));
	for (i = 0; i < ARRAY_SIZE(items); i++) {
		EXPECT_EQ(i == 4 ? (int)BLOB : LENGTH, items[i].result);
		EXPECT_EQ(0, i == 4 ? 0 : memcmp(opened[i], secret, LENGTH));
	}
	EXPECT_EQ(LENGTH, by_unwrap(self, made, BLOB, aad));
}

/* There are none: who may seal need not be able to open. */
TEST_F(unless_open, child_keys)
{
	__u8 child[CHILD_BLOB], moved[CHILD_BLOB + 32];
	int number;

	EXPECT_EQ(-EOPNOTSUPP, child_create(self->fd, B, aad, child));
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_CK, aad, child));
	EXPECT_EQ(-EOPNOTSUPP, data_rewrap(self->fd, -1, B, child, CHILD_BLOB, aad, aad, moved));
	EXPECT_EQ(-EINVAL, child_open(self->fd, self->blob, BLOB, aad));
	number = child_open(self->fd, child, CHILD_BLOB, aad);
	ASSERT_LT(0, number);
	EXPECT_EQ(-EINVAL, child_decrypt(self->fd, number, self->blob, BLOB, aad, self->out));
	EXPECT_TRUE(untouched(self));
}

TEST_F(unless_open, rights)
{
	struct keybag_restrict seal_only = {
		.rights = KEYBAG_RIGHT_WRAP, .known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL,
	};
	struct keybag_restrict others = {
		.rights = KEYBAG_RIGHT_ALL, .known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL & ~KEYBAG_CLASS_BIT(B),
	};
	__u8 blob[BLOB];

	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &seal_only));
	EXPECT_EQ(BLOB, data_wrap(self->fd, B, secret, LENGTH, aad, blob));
	EXPECT_EQ(-EACCES, by_unwrap(self, blob, BLOB, aad));
	EXPECT_EQ(-EACCES, by_rewrap(self, blob, BLOB, aad));
	ASSERT_EQ(0, command(self->other_fd, KEYBAG_IOC_RESTRICT, &others));
	EXPECT_EQ(-EACCES, data_wrap(self->other_fd, B, secret, LENGTH, aad, blob));
}

/* Pages that are not there yet are brought in, and the command begins anew, with another pair. */
TEST_F(unless_open, missing_pages)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	__u8 *at = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct keybag_item item;
	__u8 made[BLOB];

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(LENGTH, data_unwrap(self->fd, self->blob, BLOB, aad, at + page - LENGTH / 2));
	EXPECT_EQ(0, memcmp(at + page - LENGTH / 2, secret, LENGTH));
	item = item_unwrap(self->blob, BLOB, aad, at + 3 * page - LENGTH / 2, LENGTH);
	EXPECT_EQ(1, data_batch(self->fd, &item, 1));
	EXPECT_EQ(0, memcmp(at + 3 * page - LENGTH / 2, secret, LENGTH));
	ASSERT_EQ(0, madvise(at, 4 * page, MADV_DONTNEED));
	ASSERT_EQ(BLOB, data_generate(self->fd, B, at + page - LENGTH / 2, LENGTH, aad, made));
	EXPECT_EQ(LENGTH, by_unwrap(self, made, BLOB, aad));
	EXPECT_EQ(0, memcmp(at + page - LENGTH / 2, self->out, LENGTH));

	/* Nothing is delivered where there will be none. */
	ASSERT_EQ(0, munmap(at + page, page));
	EXPECT_EQ(-EFAULT, data_unwrap(self->fd, self->blob, BLOB, aad, at + page - LENGTH / 2));
	EXPECT_EQ(-EFAULT, data_unwrap(self->fd, self->blob, BLOB, aad, at + page));
	munmap(at, page);
	munmap(at + 2 * page, 2 * page);
}

/* A clone for one operation is spent by one under B as by any. */
TEST_F(unless_open, clone_for_one)
{
	struct keybag_clone clone = { .flags = KEYBAG_CLONE_ONCE };
	__u8 blob[BLOB];
	int once = command(self->fd, KEYBAG_IOC_CLONE, &clone);

	ASSERT_LE(0, once);
	EXPECT_EQ(BLOB, data_wrap(once, B, secret, LENGTH, aad, blob));
	EXPECT_EQ(-EKEYEXPIRED, data_wrap(once, B, secret, LENGTH, aad, blob));
	close(once);
	once = command(self->fd, KEYBAG_IOC_CLONE, &clone);
	ASSERT_LE(0, once);
	EXPECT_EQ(LENGTH, data_unwrap(once, blob, BLOB, aad, self->out));
	EXPECT_EQ(-EKEYEXPIRED, data_unwrap(once, blob, BLOB, aad, self->out));
	close(once);
}

/* -- operations beside locks and unlocks -- */

struct working {
	int fd;
	const __u8 *blob;
	atomic_bool stop;
	atomic_ulong sealed, opened;
	atomic_int unexpected;
};

static void *work(void *argument)
{
	struct working *working = argument;
	__u8 blob[BLOB], out[KEYBAG_MAX_PAYLOAD];
	int result;

	while (!atomic_load(&working->stop)) {
		result = data_wrap(working->fd, B, secret, LENGTH, aad, blob);
		if (result != (int)BLOB)
			atomic_store(&working->unexpected, result);
		atomic_fetch_add(&working->sealed, 1);
		result = data_unwrap(working->fd, working->blob, BLOB, aad, out);
		if (result == LENGTH && !memcmp(out, secret, LENGTH))
			atomic_fetch_add(&working->opened, 1);
		else if (result != -ENOKEY)
			atomic_store(&working->unexpected, result);
	}
	return NULL;
}

/* When a lock has returned nothing opens; what seals goes on. */
TEST_F(unless_open, beside_locks)
{
	struct working working = { .fd = self->fd, .blob = self->blob };
	pthread_t threads[3];
	unsigned long sealed, opened;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, work, &working));
	}
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, i % 2 ? bag_lock(&self->bag) : bag_lock_full(&self->bag));
		EXPECT_EQ(-ENOKEY, by_unwrap(self, self->blob, BLOB, aad));
		sealed = atomic_load(&working.sealed);
		while (atomic_load(&working.sealed) < sealed + 6)
			usleep(100);
		EXPECT_EQ(-ENOKEY, by_unwrap(self, self->blob, BLOB, aad));
		opened = atomic_load(&working.opened);
		ASSERT_EQ(0, bag_unlock(&self->bag));
		while (atomic_load(&working.opened) < opened + 3)
			usleep(100);
	}
	atomic_store(&working.stop, true);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, atomic_load(&working.unexpected));
}

TEST_HARNESS_MAIN
