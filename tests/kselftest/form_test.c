// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sealed forms that are not what this device wrote last. Three attackers: one who damages the file,
 * one who knows its layout and mends the SHA-256, and one who holds the device key.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"

FIXTURE(form)
{
	struct bag bag;			/* made, not loaded */
	struct bag work;		/* a copy to be spoilt */
	struct device_subkeys device;
	bool device_known;
};

FIXTURE_SETUP(form)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];

	ASSERT_EQ(0, bag_init(&self->bag));
	ASSERT_EQ(0, bag_create(&self->bag));
	self->device_known = !device_key(self->bag.device, key);
	if (self->device_known)
		device_subkeys(&self->device, key);
	self->work = self->bag;
}

FIXTURE_TEARDOWN(form)
{
	bag_finish(&self->bag);
}

/* Whether no refused form has left anything behind. */
static bool still_loads(FIXTURE_DATA(form) *self)
{
	return bag_state(&self->bag) == -ENOENT && !bag_load(&self->bag) && !bag_unlock(&self->bag);
}

TEST_F(form, truncated)
{
	__u32 length;

	for (length = 0; length < self->bag.form_length; length++) {
		self->work.form_length = length;
		EXPECT_EQ(length ? -EBADMSG : -EINVAL, bag_load(&self->work))
		{
			TH_LOG("%u bytes", length);
		}
	}
	EXPECT_TRUE(still_loads(self));
}

/* The same with a length and a SHA-256 that fit. */
TEST_F(form, truncated_and_mended)
{
	__u32 length;

	for (length = FORM_HEADER_SIZE + FORM_TRAILER_SIZE; length < self->bag.form_length;
	     length++) {
		self->work = self->bag;
		self->work.form_length = length;
		form_reseal(&self->work, NULL);
		EXPECT_EQ(-EBADMSG, bag_load(&self->work))
		{
			TH_LOG("%u bytes", length);
		}
	}
	EXPECT_TRUE(still_loads(self));
}

TEST_F(form, extended)
{
	static const __u32 more[] = { 1, 2, 8, 31, 32, 96, 1024 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(more); i++) {
		self->work = self->bag;
		memset(self->work.form + self->work.form_length, 0, more[i]);
		self->work.form_length += more[i];
		EXPECT_EQ(-EBADMSG, bag_load(&self->work));
		form_reseal(&self->work, NULL);
		EXPECT_EQ(-EBADMSG, bag_load(&self->work));
	}
	self->work = self->bag;
	self->work.form_length = KEYBAG_MAX_FORM;
	EXPECT_EQ(-EBADMSG, bag_load(&self->work));
	EXPECT_TRUE(still_loads(self));
}

TEST_F(form, every_byte_flipped)
{
	static const __u8 masks[] = { 0x01, 0x80, 0xff };
	unsigned int i, j;

	for (i = 0; i < self->bag.form_length; i++) {
		for (j = 0; j < ARRAY_SIZE(masks); j++) {
			self->work.form[i] ^= masks[j];
			EXPECT_EQ(-EBADMSG, bag_load(&self->work))
			{
				TH_LOG("byte %u, mask %#x", i, masks[j]);
			}
			self->work.form[i] ^= masks[j];
		}
	}
	EXPECT_TRUE(still_loads(self));
}

/* With the SHA-256 mended, what a byte says may be believed, but never be accepted. */
TEST_F(form, every_byte_flipped_and_mended)
{
	const __u8 *device_id = form_find(&self->bag, TAG_DEVICE_KEY_ID, 0, NULL);
	const __u32 id_at = (__u32)(device_id - self->bag.form);
	const __u32 sha_at = self->bag.form_length - MAC_SIZE;
	unsigned int i;
	int result;

	/* The recovery MAC, right before the SHA-256, has a test of its own below. */
	for (i = 0; i < sha_at - MAC_SIZE; i++) {
		self->work = self->bag;
		self->work.form[i] ^= 0x80;
		sha256(self->work.form + sha_at, (struct bytes){ self->work.form, sha_at });
		result = bag_load(&self->work);
		if (i >= 8 && i < 12) {
			EXPECT_EQ(-EPROTONOSUPPORT, result);
		} else if (i >= id_at && i < id_at + KEYBAG_DEVICE_KEY_ID_SIZE) {
			EXPECT_EQ(-EXDEV, result);
		} else {
			EXPECT_TRUE(result == -EBADMSG || result == -EPROTONOSUPPORT)
			{
				TH_LOG("byte %u: %d", i, result);
			}
		}
	}
	EXPECT_TRUE(still_loads(self));
}

TEST_F(form, other_device)
{
	struct device_subkeys other;
	__u8 key[KEY_SIZE] = "the device key of another device";

	device_subkeys(&other, key);
	memcpy(form_find(&self->work, TAG_DEVICE_KEY_ID, 0, NULL), other.id, sizeof(other.id));
	form_reseal(&self->work, &other);
	EXPECT_EQ(-EXDEV, bag_load(&self->work));
	EXPECT_TRUE(still_loads(self));
}

TEST_F(form, newer_version)
{
	put_u32(self->work.form + 8, 2);
	/* A version is believed only of a whole file. */
	EXPECT_EQ(-EBADMSG, bag_load(&self->work));
	form_reseal(&self->work, NULL);
	EXPECT_EQ(-EPROTONOSUPPORT, bag_load(&self->work));
	put_u32(self->work.form + 8, 0);
	form_reseal(&self->work, NULL);
	EXPECT_EQ(-EBADMSG, bag_load(&self->work));
	EXPECT_TRUE(still_loads(self));
}

TEST_F(form, loaded_twice)
{
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-EEXIST, bag_load(&self->bag));
	EXPECT_EQ(0, bag_unlock(&self->bag));
	EXPECT_EQ(-EEXIST, bag_load(&self->bag));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
}

/* Once a change took effect, the form before it is history, for as long as this kernel runs. */
TEST_F(form, older_generation)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct keybag_status status;

	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &changed));
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(2, status.bag_generation);
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&self->work));
	EXPECT_EQ(-ESTALE, bag_load(&self->work));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &changed, 0));
}

/* A change that was given up leaves the file before it as it was. */
TEST_F(form, generation_of_an_abort)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct keybag_change change = {
		.action = KEYBAG_ACTION_SET_PASSCODE,
		.protector = protector_for_kernel(&changed),
		.secret = secret_for_kernel(&changed),
	};

	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(2, change.generation);
	ASSERT_EQ(0, bag_abort(&self->bag, change.generation));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(0, bag_load(&self->work));
	EXPECT_EQ(0, bag_unlock(&self->work));
}

static struct keybag_change to_nothing(const struct secret *none)
{
	return (struct keybag_change){
		.action = KEYBAG_ACTION_REMOVE_PASSCODE,
		.protector = protector_for_kernel(none),
		.secret = secret_for_kernel(none),
	};
}

/* It opens without a secret: what it was made from must not be replaced by it, now or later. */
TEST_F(form, given_up)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct keybag_change change = to_nothing(&none);
	struct bag given_up;

	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	given_up = self->bag;
	ASSERT_EQ(0, bag_abort(&self->bag, change.generation));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&given_up));
	self->bag = self->work;
	ASSERT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(-ENOENT, bag_unlock_with(&self->bag, &none, 0));

	/* Nor may another form have its number. */
	change = (struct keybag_change){
		.action = KEYBAG_ACTION_SET_PASSCODE,
		.protector = protector_for_kernel(&changed),
		.secret = secret_for_kernel(&changed),
	};
	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	EXPECT_EQ(3, change.generation);
	ASSERT_EQ(0, bag_commit(&self->bag, change.generation));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&given_up));
	EXPECT_EQ(-ESTALE, bag_load(&self->work));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &changed, 0));
}

/* The one that waits, to be told from what is on disk by what it is. */
TEST_F(form, pending)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct keybag_change change = to_nothing(&none);
	struct keybag_read read = { .buffer = bag_form_buffer(&self->work) };
	struct bag prepared;

	ASSERT_EQ(0, bag_load(&self->bag));
	memcpy(read.uuid, self->bag.uuid, KEYBAG_UUID_SIZE);
	EXPECT_EQ(-ESTALE, command(self->bag.device, KEYBAG_IOC_READ_PENDING, &read));
	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	prepared = self->bag;
	ASSERT_EQ(0, command(self->bag.device, KEYBAG_IOC_READ_PENDING, &read));
	EXPECT_EQ(change.generation, read.sequence);
	ASSERT_EQ(prepared.form_length, read.buffer.length);
	EXPECT_EQ(0, memcmp(prepared.form, self->work.form, prepared.form_length));
	ASSERT_EQ(0, bag_commit(&self->bag, change.generation));
	EXPECT_EQ(-ESTALE, command(self->bag.device, KEYBAG_IOC_READ_PENDING, &read));
}

/* The power went between writing the new form and the commit: the new one is as good. */
TEST_F(form, newer_generation)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct keybag_change change = {
		.action = KEYBAG_ACTION_SET_PASSCODE,
		.protector = protector_for_kernel(&changed),
		.secret = secret_for_kernel(&changed),
	};

	ASSERT_EQ(0, bag_load(&self->bag));
	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(0, bag_unlock_with(&self->bag, &changed, 0));
	ASSERT_EQ(0, bag_unload(&self->bag));
	EXPECT_EQ(-ESTALE, bag_load(&self->work));
}

/* -- with the device key: what was written by another version, or by nobody -- */

static int load_resealed(FIXTURE_DATA(form) *self)
{
	int result;

	form_reseal(&self->work, &self->device);
	result = bag_load(&self->work);
	if (!result)
		bag_unload(&self->work);
	return result;
}

#define NEEDS_DEVICE_KEY()						\
	do {								\
		if (!self->device_known)				\
			SKIP(return, "the device key is not known to the test");	\
	} while (0)

/* The test can write forms at all. */
TEST_F(form, resealed)
{
	NEEDS_DEVICE_KEY();
	memset(self->work.form + self->work.form_length - FORM_TRAILER_SIZE, 0, MAC_SIZE);
	EXPECT_EQ(0, load_resealed(self));
}

TEST_F(form, recovery_mac_is_not_of_this_device)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);

	NEEDS_DEVICE_KEY();
	/* Whoever has no secret of the owner's cannot make it: it holds wherever there is one. */
	self->work.form[self->work.form_length - 2 * MAC_SIZE] ^= 1;
	form_reseal(&self->work, &self->device);
	ASSERT_EQ(0, bag_load(&self->work));
	EXPECT_EQ(-EBADMSG, bag_unlock(&self->work));
	EXPECT_EQ(-EBADMSG, bag_unlock_with(&self->work, &self->work.secret,
					    KEYBAG_UNLOCK_FIRST_ONLY));
	EXPECT_EQ(-EBADMSG, bag_unlock_with(&self->work, &self->work.secret,
					    KEYBAG_UNLOCK_CHECK));
	EXPECT_EQ(-EBADMSG, bag_set_passcode(&self->work, &self->work.secret, &changed));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(&self->work));
	ASSERT_EQ(0, bag_unload(&self->work));
}

/* Nobody is asked for a secret, and LOAD opens it all. */
TEST_F(form, recovery_mac_without_passcode)
{
	struct bag open;

	NEEDS_DEVICE_KEY();
	ASSERT_EQ(0, bag_init(&open));
	open.secret = secret_new(KEYBAG_PROTECTOR_NONE);
	ASSERT_EQ(0, bag_create(&open));
	ASSERT_EQ(0, bag_load(&open));
	ASSERT_EQ(0, bag_unload(&open));
	open.form[open.form_length - 2 * MAC_SIZE] ^= 1;
	form_reseal(&open, &self->device);
	EXPECT_EQ(-EBADMSG, bag_load(&open));
	bag_finish(&open);
}

TEST_F(form, unknown_critical_tag)
{
	static const __u32 tags[] = { 0x8006, 0x8007, 0x800f, 0x8011, 0x8021, 0xffff };
	unsigned int i;

	NEEDS_DEVICE_KEY();
	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		self->work = self->bag;
		form_insert(&self->work, tags[i], BYTES("critical"));
		/* 0x8006 is a tag that is known, as one that is not critical. */
		EXPECT_EQ(tags[i] == 0x8006 ? -EBADMSG : -EPROTONOSUPPORT, load_resealed(self))
		{
			TH_LOG("tag %#x", tags[i]);
		}
	}
}

/* Kept, in its place, through every rewrite. */
TEST_F(form, unknown_optional_tag)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	static const __u8 early[] = "between those that are known", late[] = "after all of them";
	struct keybag_read read;
	__u8 bag_key[KEY_SIZE];
	const __u8 *found;
	__u32 length;

	NEEDS_DEVICE_KEY();
	ASSERT_EQ(0, form_open_bag_key(&self->work, &self->device, &self->work.secret, 0,
				       bag_key));
	form_insert(&self->work, 0x0007, BYTES(early));
	form_insert(&self->work, 0x7fff, BYTES(late));
	form_insert(&self->work, 0x0030, NO_BYTES);
	form_reseal(&self->work, &self->device);
	form_trailer(self->work.form + self->work.form_length - FORM_TRAILER_SIZE, &self->work,
		     &self->device, bag_key);
	ASSERT_EQ(0, bag_load(&self->work));
	ASSERT_EQ(0, bag_unlock(&self->work));
	ASSERT_EQ(0, bag_set_passcode(&self->work, &self->work.secret, &changed));

	ASSERT_EQ(0, bag_read_form(&self->work, &read));
	EXPECT_EQ(2, read.sequence);
	found = form_find(&self->work, 0x0007, 0, &length);
	ASSERT_NE(NULL, found);
	EXPECT_EQ(sizeof(early), length);
	EXPECT_EQ(0, memcmp(found, early, sizeof(early)));
	found = form_find(&self->work, 0x7fff, 0, &length);
	ASSERT_NE(NULL, found);
	EXPECT_EQ(sizeof(late), length);
	EXPECT_EQ(0, memcmp(found, late, sizeof(late)));
	EXPECT_NE(NULL, form_find(&self->work, 0x0030, 0, &length));
	EXPECT_EQ(0, length);
	ASSERT_EQ(0, bag_unload(&self->work));
	EXPECT_EQ(0, bag_load(&self->work));
	EXPECT_EQ(0, bag_unlock_with(&self->work, &changed, 0));
}

TEST_F(form, unknown_tags_in_excess)
{
	unsigned int i;

	NEEDS_DEVICE_KEY();
	for (i = 0; i < 64; i++)
		form_insert(&self->work, 0x0100 + i, NO_BYTES);
	EXPECT_EQ(0, load_resealed(self));
	form_insert(&self->work, 0x0200, NO_BYTES);
	EXPECT_EQ(-EBADMSG, load_resealed(self));
}

/* Deviations from the one encoding there is. */
TEST_F(form, out_of_shape)
{
	const __u8 one[4] = { 1 };
	__u8 zero[4] = {};

	NEEDS_DEVICE_KEY();
	form_append(&self->work, TAG_TYPE, BYTES(one));		/* twice, and out of order */
	EXPECT_EQ(-EBADMSG, load_resealed(self));
	self->work = self->bag;
	form_append(&self->work, 0x0007, BYTES(one));		/* out of order */
	EXPECT_EQ(-EBADMSG, load_resealed(self));
	self->work = self->bag;
	form_insert(&self->work, TAG_RECOVERY_CHOICE, BYTES(zero)); /* an open choice is no TLV */
	EXPECT_EQ(-EBADMSG, load_resealed(self));
	self->work = self->bag;
	form_insert(&self->work, TAG_TYPE & 0x7fff, BYTES(one)); /* known, not marked critical */
	EXPECT_EQ(-EBADMSG, load_resealed(self));
	self->work = self->bag;
	*(form_find(&self->work, TAG_TYPE, 0, NULL) - 6) = 1;	/* reserved bytes of a TLV */
	EXPECT_EQ(-EBADMSG, load_resealed(self));
}

/* Values that no version writes, in a form that is otherwise authentic. */
TEST_F(form, values_out_of_range)
{
	static const struct {
		__u32 tag;
		__u32 at;
		__u32 value;
	} values[] = {
		{ TAG_TYPE, 0, 0 }, { TAG_TYPE, 0, 3 }, { TAG_TYPE, 0, KEYBAG_TYPE_SYSTEM },
		{ TAG_OWNER, 0, KEYBAG_UID_NONE },
		{ TAG_GENERATION, 0, 0 },
		{ TAG_PROTECTOR, 0, 0 },		/* id */
		{ TAG_PROTECTOR, 4, 0 }, { TAG_PROTECTOR, 4, 5 },
		{ TAG_PROTECTOR, 4, 0x101 },		/* reserved */
		{ TAG_PROTECTOR, 8, 63 }, { TAG_PROTECTOR, 8, 262145 }, { TAG_PROTECTOR, 8, ~0U },
		{ TAG_PROTECTOR, 12, 0 }, { TAG_PROTECTOR, 12, 101 },
		{ TAG_PROTECTOR, 16, 0 }, { TAG_PROTECTOR, 16, 5 },
		{ TAG_PROTECTOR, 52, 1 }, { TAG_PROTECTOR, 52, 1025 }, { TAG_PROTECTOR, 52, ~0U },
		{ TAG_CLASS_KEY, 0, 0x00010105 },	/* class 5 */
		{ TAG_CLASS_KEY, 0, 0x00010201 },	/* X25519 for A */
		{ TAG_CLASS_KEY, 0, 0x00000101 },	/* destroyed, though not akpu */
		{ TAG_CLASS_KEY, 0, 0x00020101 },	/* two copies */
		{ TAG_CLASS_KEY, 0, 0x01010101 },	/* reserved */
		{ TAG_CLASS_KEY, 4, 0 },		/* generation */
		{ TAG_CLASS_KEY, 8, 1 },		/* public half */
	};
	unsigned int i;

	NEEDS_DEVICE_KEY();
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		self->work = self->bag;
		put_u32(form_find(&self->work, values[i].tag, 0, NULL) + values[i].at,
			values[i].value);
		EXPECT_EQ(-EBADMSG, load_resealed(self))
		{
			TH_LOG("tag %#x, field at %u, value %#x", values[i].tag, values[i].at,
			       values[i].value);
		}
	}
	EXPECT_TRUE(still_loads(self));
}

/* Every byte, with all the seals of the device mended: refused at once, or when it is opened. */
TEST_F(form, every_byte_flipped_and_authentic)
{
	const __u32 body = self->bag.form_length - FORM_TRAILER_SIZE;
	struct keybag_status status;
	unsigned int i;
	int result;

	NEEDS_DEVICE_KEY();
	for (i = 0; i < body; i++) {
		self->work = self->bag;
		self->work.form[i] ^= 0x01;
		form_reseal(&self->work, &self->device);
		/* The length of the whole is mended as well. */
		if (i >= 12 && i < 16)
			continue;
		result = bag_load(&self->work);
		if (result) {
			EXPECT_TRUE(result == -EBADMSG || result == -EPROTONOSUPPORT ||
				    result == -EXDEV || result == -ESTALE)
			{
				TH_LOG("byte %u: %d", i, result);
			}
			continue;
		}
		memcpy(self->work.uuid, form_find(&self->work, TAG_UUID, 0, NULL),
		       KEYBAG_UUID_SIZE);
		EXPECT_EQ(0, bag_status(&self->work, &status));
		result = bag_unlock(&self->work);
		EXPECT_TRUE(result == -EKEYREJECTED || result == -EBADMSG)
		{
			TH_LOG("byte %u: unlock %d", i, result);
		}
		ASSERT_EQ(0, bag_unload(&self->work));
	}
}

TEST_HARNESS_MAIN
