// SPDX-License-Identifier: GPL-2.0-only
/*
 * A blob that is not exactly what was wrapped, where it was wrapped, opens nowhere: not by any of
 * the commands that open blobs. What is asked of each: an errno that was promised, and never
 * plaintext.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

#define LENGTH	32
#define BLOB	(LENGTH + KEYBAG_BLOB_OVERHEAD)
#define CANARY	0x5a

static const __u8 secret[LENGTH] = "thirty-two bytes of a secret ...";
static const struct aad aad = { "service=example.org\0user=alice", 30 };

FIXTURE(blob)
{
	struct bag bag;
	struct bag other;
	int fd;
	int other_fd;
	int child;			/* a child key of fd, and one of other_fd */
	int other_child;
	__u8 blob[BLOB];
	__u8 plaintext[KEYBAG_MAX_PAYLOAD];
};

FIXTURE_VARIANT(blob)
{
	/* Makes the blob by the descriptor. */
	int (*make)(int fd, int child, __u8 *blob);
	/* Opens it; what comes out goes to @out. */
	int (*open)(int fd, int child, const __u8 *blob, size_t length, struct aad aad, __u8 *out);
	bool secret;			/* the result is the plaintext */
};

static int make_secret(int fd, int child, __u8 *blob)
{
	return data_wrap(fd, KEYBAG_CLASS_CK, secret, LENGTH, aad, blob);
}

static int make_child(int fd, int child, __u8 *blob)
{
	return child_create(fd, KEYBAG_CLASS_CK, aad, blob);
}

static int make_by_child(int fd, int child, __u8 *blob)
{
	return child_encrypt(fd, child, secret, LENGTH, aad, blob);
}

static int by_unwrap(int fd, int child, const __u8 *blob, size_t length, struct aad with, __u8 *out)
{
	return data_unwrap(fd, blob, length, with, out);
}

static int by_operate(int fd, int child, const __u8 *blob, size_t length, struct aad with,
		      __u8 *out)
{
	struct keybag_item item = item_unwrap(blob, length, with, out, KEYBAG_MAX_PAYLOAD);

	return data_operate(fd, &item);
}

static int by_batch(int fd, int child, const __u8 *blob, size_t length, struct aad with, __u8 *out)
{
	struct keybag_item item = item_unwrap(blob, length, with, out, KEYBAG_MAX_PAYLOAD);
	int result = data_batch(fd, &item, 1);

	if (result < 0)
		return result;
	return result == (item.result >= 0) ? item.result : -EIO;
}

static int by_rewrap(int fd, int child, const __u8 *blob, size_t length, struct aad with, __u8 *out)
{
	__u8 new_blob[MAX_BLOB];

	return data_rewrap(fd, -1, KEYBAG_CLASS_AK, blob, length, with, NO_AAD, new_blob);
}

static int by_child_open(int fd, int child, const __u8 *blob, size_t length, struct aad with,
			 __u8 *out)
{
	return child_open(fd, blob, length, with);
}

static int by_child_decrypt(int fd, int child, const __u8 *blob, size_t length, struct aad with,
			    __u8 *out)
{
	return child_decrypt(fd, child, blob, length, with, out);
}

/* clang-format off */
FIXTURE_VARIANT_ADD(blob, unwrap) {
	.make = make_secret, .open = by_unwrap, .secret = true,
};

FIXTURE_VARIANT_ADD(blob, operate) {
	.make = make_secret, .open = by_operate, .secret = true,
};

FIXTURE_VARIANT_ADD(blob, batch) {
	.make = make_secret, .open = by_batch, .secret = true,
};

FIXTURE_VARIANT_ADD(blob, rewrap) {
	.make = make_secret, .open = by_rewrap,
};

FIXTURE_VARIANT_ADD(blob, rewrap_child) {
	.make = make_child, .open = by_rewrap,
};

FIXTURE_VARIANT_ADD(blob, child_open) {
	.make = make_child, .open = by_child_open,
};

FIXTURE_VARIANT_ADD(blob, child_decrypt) {
	.make = make_by_child, .open = by_child_decrypt, .secret = true,
};
/* clang-format on */

static int new_child(int fd)
{
	__u8 blob[CHILD_BLOB];
	int result = child_create(fd, KEYBAG_CLASS_CK, NO_AAD, blob);

	return result < 0 ? result : child_open(fd, blob, CHILD_BLOB, NO_AAD);
}

FIXTURE_SETUP(blob)
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
	self->child = new_child(self->fd);
	self->other_child = new_child(self->other_fd);
	ASSERT_LT(0, self->child);
	ASSERT_LT(0, self->other_child);
	ASSERT_EQ(BLOB, variant->make(self->fd, self->child, self->blob));
	memset(self->plaintext, CANARY, sizeof(self->plaintext));
}

FIXTURE_TEARDOWN(blob)
{
	close(self->fd);
	close(self->other_fd);
	bag_finish(&self->bag);
	bag_finish(&self->other);
}

static bool untouched(const FIXTURE_DATA(blob) *self)
{
	return bytes_are(self->plaintext, sizeof(self->plaintext), CANARY);
}

/* Only these may follow from damage to a header. */
static bool header_error(int result)
{
	switch (result) {
	case -EPROTONOSUPPORT:
	case -EINVAL:
	case -ENOKEY:
	case -ENOENT:
	case -EACCES:
	case -EBADMSG:
		return true;
	default:
		return false;
	}
}

static int try_open(FIXTURE_DATA(blob) *self, const FIXTURE_VARIANT(blob) *variant,
		    const __u8 *blob, size_t length, struct aad with)
{
	return variant->open(self->fd, self->child, blob, length, with, self->plaintext);
}

TEST_F(blob, intact)
{
	EXPECT_LT(0, try_open(self, variant, self->blob, BLOB, aad));
	if (!variant->secret)
		return;
	EXPECT_EQ(LENGTH, try_open(self, variant, self->blob, BLOB, aad));
	EXPECT_EQ(0, memcmp(self->plaintext, secret, LENGTH));
	EXPECT_EQ(CANARY, self->plaintext[LENGTH]);
}

TEST_F(blob, every_bit_flipped)
{
	__u8 blob[BLOB];
	unsigned int bit;
	int result;

	for (bit = 0; bit < 8 * BLOB; bit++) {
		memcpy(blob, self->blob, BLOB);
		blob[bit / 8] ^= (__u8)(1 << bit % 8);
		result = try_open(self, variant, blob, BLOB, aad);
		EXPECT_TRUE(bit / 8 < KEYBAG_BLOB_HEADER_SIZE ? header_error(result)
							      : result == -EBADMSG)
		{
			TH_LOG("bit %u of byte %u: %d", bit % 8, bit / 8, result);
		}
	}
	EXPECT_TRUE(untouched(self));
	EXPECT_LT(0, try_open(self, variant, self->blob, BLOB, aad));
}

/* Where the header says something definite, so does the error. */
TEST_F(blob, header)
{
	__u8 blob[BLOB];

	memcpy(blob, self->blob, BLOB);
	blob[BLOB_VERSION] = 2;
	EXPECT_EQ(-EPROTONOSUPPORT, try_open(self, variant, blob, BLOB, aad));
	blob[BLOB_VERSION] = 0;
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, BLOB, aad));

	memcpy(blob, self->blob, BLOB);
	blob[BLOB_FLAGS] = 3;
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, BLOB, aad));
	blob[BLOB_FLAGS] = 4;
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, BLOB, aad));

	memcpy(blob, self->blob, BLOB);
	blob[BLOB_CLASS] = 5;
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, BLOB, aad));
	blob[BLOB_CLASS] = 0xff;
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, BLOB, aad));

	memcpy(blob, self->blob, BLOB);
	blob[BLOB_ZERO] = 1;
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, BLOB, aad));

	memcpy(blob, self->blob, BLOB);
	memset(blob + BLOB_GENERATION, 0, 4);
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, BLOB, aad));

	memcpy(blob, self->blob, BLOB);
	blob[BLOB_DOMAIN] ^= 1;
	EXPECT_EQ(-EACCES, try_open(self, variant, blob, BLOB, aad));
	EXPECT_TRUE(untouched(self));
}

/* Each kind of blob is opened by what it is meant for and by nothing else. */
TEST_F(blob, other_kind)
{
	const __u8 kinds[] = { 0, 1, 2 };
	__u8 blob[BLOB];
	unsigned int i;
	int result;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		memcpy(blob, self->blob, BLOB);
		if (blob[BLOB_FLAGS] == kinds[i])
			continue;
		blob[BLOB_FLAGS] = kinds[i];
		result = try_open(self, variant, blob, BLOB, aad);
		EXPECT_TRUE(result == -EACCES || result == -EINVAL || result == -EBADMSG)
		{
			TH_LOG("flags %u as %u: %d", self->blob[BLOB_FLAGS], kinds[i], result);
		}
	}
	EXPECT_TRUE(untouched(self));
}

TEST_F(blob, other_class)
{
	__u8 blob[BLOB];
	unsigned int i;
	int result;

	for (i = 0; i < CLASS_COUNT; i++) {
		memcpy(blob, self->blob, BLOB);
		if (all_classes[i] == KEYBAG_CLASS_CK)
			continue;
		blob[BLOB_CLASS] = (__u8)all_classes[i];
		result = try_open(self, variant, blob, BLOB, aad);
		if (variant->open == by_child_decrypt) {
			/* A child key has one class only. */
			EXPECT_TRUE(header_error(result));
		} else {
			/* One of B is longer. */
			EXPECT_EQ(all_classes[i] == KEYBAG_CLASS_B ? -EINVAL : -EBADMSG, result);
		}
	}
	EXPECT_TRUE(untouched(self));
}

TEST_F(blob, other_bag)
{
	EXPECT_EQ(-EBADMSG, variant->open(self->other_fd, self->other_child, self->blob, BLOB, aad,
					  self->plaintext));
	EXPECT_TRUE(untouched(self));
}

TEST_F(blob, other_domain)
{
	struct keybag_restrict domain = {
		.rights = KEYBAG_RIGHT_ALL,
		.known = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL,
		.flags = KEYBAG_RESTRICT_SET_DOMAIN,
		.domain = "a domain",
	};
	__u8 blob[BLOB];

	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_RESTRICT, &domain));
	EXPECT_EQ(-EACCES, try_open(self, variant, self->blob, BLOB, aad));
	/* The name of the domain is not enough. */
	memcpy(blob, self->blob, BLOB);
	memcpy(blob + BLOB_DOMAIN, domain.domain, KEYBAG_DOMAIN_SIZE);
	EXPECT_EQ(-EBADMSG, try_open(self, variant, blob, BLOB, aad));
	EXPECT_TRUE(untouched(self));
}

TEST_F(blob, aad_every_bit_flipped)
{
	__u8 bytes[64];
	unsigned int bit;

	for (bit = 0; bit < 8 * aad.length; bit++) {
		memcpy(bytes, aad.bytes, aad.length);
		bytes[bit / 8] ^= (__u8)(1 << bit % 8);
		EXPECT_EQ(-EBADMSG, try_open(self, variant, self->blob, BLOB,
					     (struct aad){ bytes, aad.length }));
	}
	EXPECT_TRUE(untouched(self));
}

TEST_F(blob, aad_length)
{
	__u8 bytes[64] = {};
	size_t length;

	memcpy(bytes, aad.bytes, aad.length);
	for (length = 0; length <= sizeof(bytes); length++) {
		if (length == aad.length)
			continue;
		EXPECT_EQ(-EBADMSG, try_open(self, variant, self->blob, BLOB,
					     (struct aad){ bytes, length }));
	}
	EXPECT_TRUE(untouched(self));
}

TEST_F(blob, truncated)
{
	size_t length;
	int result;

	for (length = 0; length < BLOB; length++) {
		result = try_open(self, variant, self->blob, length, aad);
		/* A child key has one length only. */
		EXPECT_TRUE(length <= KEYBAG_BLOB_OVERHEAD ?
				    result == -EINVAL :
				    result == -EBADMSG || result == -EINVAL)
		{
			TH_LOG("%zu of %zu bytes: %d", length, (size_t)BLOB, result);
		}
	}
	EXPECT_TRUE(untouched(self));
}

TEST_F(blob, extended)
{
	__u8 blob[MAX_BLOB + 1] = {};
	static const size_t more[] = { 1, 2, 15, 16, 17, 52, 1000, KEYBAG_MAX_PAYLOAD - LENGTH };
	unsigned int i;
	int result;

	memcpy(blob, self->blob, BLOB);
	for (i = 0; i < ARRAY_SIZE(more); i++) {
		result = try_open(self, variant, blob, BLOB + more[i], aad);
		EXPECT_TRUE(result == -EBADMSG || result == -EINVAL)
		{
			TH_LOG("%zu bytes more: %d", more[i], result);
		}
	}
	EXPECT_EQ(-EINVAL, try_open(self, variant, blob, MAX_BLOB + 1, aad));
	EXPECT_TRUE(untouched(self));
}

/* Bytes do not move between blob and associated data. */
TEST_F(blob, boundary_moved)
{
	__u8 bytes[BLOB + 64];

	memcpy(bytes, self->blob, BLOB);
	memcpy(bytes + BLOB, aad.bytes, aad.length);
	EXPECT_GT(0, try_open(self, variant, bytes, BLOB + 1,
			      (struct aad){ bytes + BLOB + 1, aad.length - 1 }));
	EXPECT_GT(0, try_open(self, variant, bytes, BLOB - 1,
			      (struct aad){ bytes + BLOB - 1, aad.length + 1 }));
	EXPECT_TRUE(untouched(self));
}

/* Parts of two genuine blobs of the same class and associated data. */
TEST_F(blob, spliced)
{
	static const size_t cuts[] = { BLOB_NONCE, BLOB_CIPHERTEXT, BLOB - 16 };
	__u8 second[BLOB], blob[BLOB];
	unsigned int i;

	ASSERT_EQ(BLOB, variant->make(self->fd, self->child, second));
	EXPECT_NE(0, memcmp(second + BLOB_NONCE, self->blob + BLOB_NONCE, 12));
	for (i = 1; i < ARRAY_SIZE(cuts); i++) {
		memcpy(blob, self->blob, BLOB);
		memcpy(blob + cuts[i], second + cuts[i], BLOB - cuts[i]);
		EXPECT_EQ(-EBADMSG, try_open(self, variant, blob, BLOB, aad));
	}
	EXPECT_TRUE(untouched(self));
	/* All of the second one under the first one's header is the second one. */
	memcpy(blob, self->blob, BLOB);
	memcpy(blob + cuts[0], second + cuts[0], BLOB - cuts[0]);
	EXPECT_LT(0, try_open(self, variant, blob, BLOB, aad));
}

FIXTURE(nonce)
{
	struct bag bag;
	int fd;
};

FIXTURE_SETUP(nonce)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(nonce)
{
	close(self->fd);
	bag_finish(&self->bag);
}

static int compare_nonces(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

TEST_F(nonce, never_repeats)
{
	static __u8 nonces[4096][12];
	__u8 blob[BLOB];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nonces); i++) {
		ASSERT_EQ(BLOB, data_wrap(self->fd, KEYBAG_CLASS_DK, secret, LENGTH, aad, blob));
		memcpy(nonces[i], blob + BLOB_NONCE, 12);
	}
	qsort(nonces, ARRAY_SIZE(nonces), sizeof(nonces[0]), compare_nonces);
	for (i = 1; i < ARRAY_SIZE(nonces); i++) {
		ASSERT_NE(0, memcmp(nonces[i - 1], nonces[i], 12));
	}
}

TEST_F(nonce, generated_secrets_differ)
{
	__u8 first[LENGTH] = {}, second[LENGTH] = {}, opened[LENGTH], blob[BLOB];

	ASSERT_EQ(BLOB, data_generate(self->fd, KEYBAG_CLASS_DK, first, LENGTH, aad, blob));
	ASSERT_EQ(LENGTH, data_unwrap(self->fd, blob, BLOB, aad, opened));
	EXPECT_EQ(0, memcmp(first, opened, LENGTH));
	ASSERT_EQ(BLOB, data_generate(self->fd, KEYBAG_CLASS_DK, second, LENGTH, aad, blob));
	EXPECT_NE(0, memcmp(first, second, LENGTH));
	/* Nobody need see it to have it wrapped. */
	ASSERT_EQ(BLOB, data_generate(self->fd, KEYBAG_CLASS_DK, NULL, LENGTH, aad, blob));
	ASSERT_EQ(LENGTH, data_unwrap(self->fd, blob, BLOB, aad, opened));
	EXPECT_NE(0, memcmp(second, opened, LENGTH));
}

TEST_HARNESS_MAIN
