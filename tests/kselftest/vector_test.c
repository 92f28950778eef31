// SPDX-License-Identifier: GPL-2.0-only
/* vm: every-kernel */
/*
 * The cryptography of docs/format.md, by libcrypto: what the module makes is opened here, and what
 * is made here is opened by the module.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"

static const __u8 plaintext[32] = "the same bytes on both sides ...";
static const struct aad aad = { "associated data", 15 };
static const struct bytes aad_bytes = { "associated data", 15 };

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)

FIXTURE(vector)
{
	struct bag bag;			/* unlocked */
	int fd;
	struct device_subkeys device;
	__u8 device_key[KEYBAG_DEVICE_KEY_SIZE];
	__u8 bag_key[KEY_SIZE];		/* K_bag */
	__u8 akpu_key[KEY_SIZE];	/* K_akpu */
};

FIXTURE_SETUP(vector)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	if (device_key(self->bag.device, self->device_key))
		SKIP_IN_SETUP("the device key is not known to the test");
	device_subkeys(&self->device, self->device_key);
	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &self->bag.secret, 0,
				       self->bag_key));
	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &self->bag.secret, 1,
				       self->akpu_key));
}

FIXTURE_TEARDOWN(vector)
{
	close(self->fd);
	bag_finish(&self->bag);
}

/* The class key of a class, opened from the form. */
static int class_key(const FIXTURE_DATA(vector) *self, __u32 class, __u8 key[KEY_SIZE])
{
	return form_open_class_key(&self->bag, &self->device,
				   class == KEYBAG_CLASS_AKPU ? self->akpu_key : self->bag_key,
				   class, 0, key);
}

TEST_F(vector, device_key_id)
{
	struct keybag_version version = {};
	const __u8 *in_form = form_find(&self->bag, TAG_DEVICE_KEY_ID, 0, NULL);

	ASSERT_EQ(0, command(self->fd, KEYBAG_IOC_VERSION, &version));
	EXPECT_TRUE(version.flags & KEYBAG_VERSION_DEVICE_KEY);
	EXPECT_EQ(0, memcmp(version.device_key_id, self->device.id, sizeof(self->device.id)));
	ASSERT_NE(NULL, in_form);
	EXPECT_EQ(0, memcmp(in_form, self->device.id, sizeof(self->device.id)));
}

TEST_F(vector, form)
{
	__u8 trailer[FORM_TRAILER_SIZE];
	struct protector_view protector;
	__u32 length;

	EXPECT_EQ(0, memcmp(self->bag.form, "KEYBAG\0\1", 8));
	EXPECT_EQ(1, get_u32(self->bag.form + 8));
	EXPECT_EQ(self->bag.form_length, get_u32(self->bag.form + 12));
	form_trailer(trailer, &self->bag, &self->device, self->bag_key);
	EXPECT_EQ(0, memcmp(trailer, self->bag.form + self->bag.form_length - FORM_TRAILER_SIZE,
			    FORM_TRAILER_SIZE));

	EXPECT_EQ(KEYBAG_TYPE_USER, get_u32(form_find(&self->bag, TAG_TYPE, 0, NULL)));
	EXPECT_EQ(OWNER, get_u32(form_find(&self->bag, TAG_OWNER, 0, NULL)));
	EXPECT_EQ(1, get_u64(form_find(&self->bag, TAG_GENERATION, 0, NULL)));
	EXPECT_EQ(0, memcmp(form_find(&self->bag, TAG_UUID, 0, &length), self->bag.uuid,
			    KEYBAG_UUID_SIZE));
	EXPECT_EQ(KEYBAG_UUID_SIZE, length);
	EXPECT_EQ(NULL, form_find(&self->bag, TAG_RECOVERY_CHOICE, 0, NULL));
	ASSERT_EQ(0, form_protector(&self->bag, KEYBAG_PROTECTOR_PASSCODE, &protector));
	EXPECT_EQ(1, protector.id);
	EXPECT_EQ(64, get_u32(protector.record + 8));
	EXPECT_EQ(1, get_u32(protector.record + 12));
	EXPECT_EQ(1, get_u32(protector.record + 16));
	EXPECT_EQ(0, memcmp(protector.salt, self->bag.secret.salt, KEYBAG_SALT_SIZE));
}

/* Every class: its key opens a blob of the kernel's, and the kernel opens one sealed with it. */
TEST_F(vector, blobs)
{
	__u8 key[KEY_SIZE], blob[BLOB], opened[sizeof(plaintext)];
	struct data_keys keys;
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		const __u32 class = all_classes[i];

		ASSERT_EQ(0, class_key(self, class, key))
		{
			TH_LOG("class %u", class);
		}
		/* Class B: unless_open. */
		if (class == KEYBAG_CLASS_B)
			continue;
		class_data_keys(&keys, key);
		ASSERT_EQ(BLOB,
			  data_wrap(self->fd, class, plaintext, sizeof(plaintext), aad, blob));
		EXPECT_EQ(1, blob[BLOB_VERSION]);
		EXPECT_EQ(0, blob[BLOB_FLAGS]);
		EXPECT_EQ(class, blob[BLOB_CLASS]);
		EXPECT_EQ(0, blob[BLOB_ZERO]);
		EXPECT_EQ(1, get_u32(blob + BLOB_GENERATION));
		EXPECT_EQ(sizeof(plaintext),
			  blob_open(opened, keys.encrypt, blob, BLOB, aad_bytes));
		EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(plaintext)));

		memset(blob + KEYBAG_BLOB_HEADER_SIZE, 0, BLOB - KEYBAG_BLOB_HEADER_SIZE);
		ASSERT_EQ(BLOB,
			  blob_seal(blob, keys.encrypt, keys.nonce, BYTES(plaintext), aad_bytes));
		memset(opened, 0, sizeof(opened));
		EXPECT_EQ(sizeof(plaintext), data_unwrap(self->fd, blob, BLOB, aad, opened));
		EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(plaintext)));
		/* The other key of the class opens nothing. */
		blob_seal(blob, keys.child, keys.nonce, BYTES(plaintext), aad_bytes);
		EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, blob, BLOB, aad, opened));
	}
}

TEST_F(vector, second_copies)
{
	static const __u32 classes[] = { KEYBAG_CLASS_D, KEYBAG_CLASS_DK };
	__u8 first[KEY_SIZE], second[KEY_SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		ASSERT_EQ(0, form_open_class_key(&self->bag, &self->device, self->bag_key,
						 classes[i], 0, first));
		ASSERT_EQ(0, form_open_class_key(&self->bag, &self->device, self->bag_key,
						 classes[i], 1, second));
		EXPECT_EQ(0, memcmp(first, second, KEY_SIZE));
	}
}

/* All class keys differ, and none is what it was made of. */
TEST_F(vector, keys_differ)
{
	__u8 keys[CLASS_COUNT + 2][KEY_SIZE];
	unsigned int i, j;

	for (i = 0; i < CLASS_COUNT; i++) {
		ASSERT_EQ(0, class_key(self, all_classes[i], keys[i]));
	}
	memcpy(keys[CLASS_COUNT], self->bag_key, KEY_SIZE);
	memcpy(keys[CLASS_COUNT + 1], self->akpu_key, KEY_SIZE);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		for (j = 0; j < i; j++) {
			EXPECT_NE(0, memcmp(keys[i], keys[j], KEY_SIZE));
		}
}

TEST_F(vector, key_pair)
{
	__u8 private_half[KEY_SIZE], public_half[KEY_SIZE];
	struct class_view view;

	ASSERT_EQ(0, form_class(&self->bag, KEYBAG_CLASS_B, &view));
	EXPECT_EQ(2, view.algorithm);
	ASSERT_EQ(0, class_key(self, KEYBAG_CLASS_B, private_half));
	x25519_public(public_half, private_half);
	EXPECT_EQ(0, memcmp(public_half, view.public_half, KEY_SIZE));
}

/* B: private half and K_auth open a blob of the kernel's, public half and K_auth make one. */
TEST_F(vector, unless_open)
{
	__u8 private_half[KEY_SIZE], shared[KEY_SIZE], opened[sizeof(plaintext)];
	__u8 blob[sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD_B];
	__u8 *ephemeral = blob + BLOB, secret[KEY_SIZE], authentic[KEY_SIZE];
	struct class_view view;
	struct data_keys keys;

	ASSERT_EQ(0, form_class(&self->bag, KEYBAG_CLASS_B, &view));
	ASSERT_EQ(0, class_key(self, KEYBAG_CLASS_D, secret));
	authentic_key(authentic, secret);
	ASSERT_EQ(0, class_key(self, KEYBAG_CLASS_B, private_half));
	ASSERT_EQ(sizeof(blob), data_wrap(self->fd, KEYBAG_CLASS_B, plaintext, sizeof(plaintext),
					  aad, blob));
	EXPECT_EQ(1, blob[BLOB_VERSION]);
	EXPECT_EQ(0, blob[BLOB_FLAGS]);
	EXPECT_EQ(KEYBAG_CLASS_B, blob[BLOB_CLASS]);
	EXPECT_EQ(view.generation, get_u32(blob + BLOB_GENERATION));
	x25519_agree(shared, private_half, ephemeral);
	agreed_data_keys(&keys, shared, ephemeral, view.public_half, authentic);
	EXPECT_EQ(sizeof(plaintext), blob_open(opened, keys.encrypt, blob, BLOB, aad_bytes));
	EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(plaintext)));

	memset(secret, 0x42, sizeof(secret));
	x25519_public(ephemeral, secret);
	x25519_agree(shared, secret, view.public_half);
	agreed_data_keys(&keys, shared, ephemeral, view.public_half, authentic);
	ASSERT_EQ(BLOB, blob_seal(blob, keys.encrypt, keys.nonce, BYTES(plaintext), aad_bytes));
	memset(opened, 0, sizeof(opened));
	EXPECT_EQ(sizeof(plaintext), data_unwrap(self->fd, blob, sizeof(blob), aad, opened));
	EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(plaintext)));

	/* Both public halves are in the key: without the one of the class it is another. */
	agreed_data_keys(&keys, shared, ephemeral, ephemeral, authentic);
	blob_seal(blob, keys.encrypt, keys.nonce, BYTES(plaintext), aad_bytes);
	EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, blob, sizeof(blob), aad, opened));
	/* A key that everybody knows, from a point of low order, opens nothing either. */
	memset(ephemeral, 0, KEY_SIZE);
	memset(secret, 0, sizeof(secret));
	agreed_data_keys(&keys, secret, ephemeral, view.public_half, authentic);
	blob_seal(blob, keys.encrypt, keys.nonce, BYTES(plaintext), aad_bytes);
	EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, blob, sizeof(blob), aad, opened));
	/* Nor does what was agreed on as a class key. */
	class_data_keys(&keys, shared);
	blob_seal(blob, keys.encrypt, keys.nonce, BYTES(plaintext), aad_bytes);
	EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, blob, sizeof(blob), aad, opened));
}

/* From nothing but a form, as anybody may read it, nobody makes a blob that is taken as genuine. */
TEST_F(vector, unless_open_forged)
{
	static const __u8 zeros[KEY_SIZE];
	__u8 blob[sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD_B], moved[sizeof(blob)],
		opened[sizeof(plaintext)], shared[KEY_SIZE], secret[KEY_SIZE], other[KEY_SIZE],
		class_d[KEY_SIZE];
	/* Left out, zero, of the wrong key, and the class key itself. */
	const __u8 *const guesses[] = { NULL, zeros, other, class_d };
	__u8 *ephemeral = blob + BLOB;
	struct class_view view;
	struct data_keys keys;
	unsigned int i;

	ASSERT_EQ(0, form_class(&self->bag, KEYBAG_CLASS_B, &view));
	ASSERT_EQ(0, class_key(self, KEYBAG_CLASS_DK, secret));
	authentic_key(other, secret);
	ASSERT_EQ(0, class_key(self, KEYBAG_CLASS_D, class_d));
	ASSERT_EQ(sizeof(blob), data_wrap(self->fd, KEYBAG_CLASS_B, plaintext, sizeof(plaintext),
					  aad, blob));
	memset(secret, 0x42, sizeof(secret));
	x25519_public(ephemeral, secret);
	x25519_agree(shared, secret, view.public_half);
	for (i = 0; i < ARRAY_SIZE(guesses); i++) {
		agreed_data_keys(&keys, shared, ephemeral, view.public_half, guesses[i]);
		ASSERT_EQ(BLOB, blob_seal(blob, keys.encrypt, keys.nonce, BYTES(plaintext),
					  aad_bytes));
		EXPECT_EQ(-EBADMSG, data_unwrap(self->fd, blob, sizeof(blob), aad, opened))
		{
			TH_LOG("guess %u", i);
		}
		EXPECT_EQ(-EBADMSG, data_rewrap(self->fd, -1, KEYBAG_CLASS_AK, blob, sizeof(blob),
						aad, aad, moved));
		EXPECT_EQ(-EBADMSG, data_rewrap(self->fd, -1, KEYBAG_CLASS_B, blob, sizeof(blob),
						aad, aad, moved));
	}
}

TEST_F(vector, child_keys)
{
	__u8 key[KEY_SIZE], child_key[KEY_SIZE], wrapped[CHILD_BLOB], blob[BLOB],
		opened[sizeof(plaintext)];
	__u8 mac[KEYBAG_MAC_SIZE], expected[KEYBAG_MAC_SIZE];
	struct data_keys class_keys, child_keys;
	int child;

	ASSERT_EQ(0, class_key(self, KEYBAG_CLASS_CKU, key));
	class_data_keys(&class_keys, key);
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_CKU, aad, wrapped));
	/* Under a key of its own. */
	EXPECT_EQ(-EBADMSG,
		  blob_open(child_key, class_keys.encrypt, wrapped, CHILD_BLOB, aad_bytes));
	ASSERT_EQ(KEY_SIZE, blob_open(child_key, class_keys.child, wrapped, CHILD_BLOB, aad_bytes));
	child_data_keys(&child_keys, child_key);
	child = child_open(self->fd, wrapped, CHILD_BLOB, aad);
	ASSERT_LT(0, child);

	ASSERT_EQ(BLOB, child_encrypt(self->fd, child, plaintext, sizeof(plaintext), aad, blob));
	EXPECT_EQ(sizeof(plaintext), blob_open(opened, child_keys.encrypt, blob, BLOB, aad_bytes));
	EXPECT_EQ(0, memcmp(opened, plaintext, sizeof(plaintext)));
	blob_seal(blob, child_keys.encrypt, child_keys.nonce, BYTES(plaintext), aad_bytes);
	EXPECT_EQ(sizeof(plaintext), child_decrypt(self->fd, child, blob, BLOB, aad, opened));

	ASSERT_EQ(MAC_SIZE, child_mac(self->fd, child, plaintext, sizeof(plaintext), mac));
	hmac_sha256(expected, child_keys.mac, BYTES(plaintext));
	EXPECT_EQ(0, memcmp(mac, expected, MAC_SIZE));

	/* A child key the test made is one as well. */
	memset(child_key, 0x77, sizeof(child_key));
	blob_seal(wrapped, class_keys.child, class_keys.nonce, BYTES(child_key), aad_bytes);
	child = child_open(self->fd, wrapped, CHILD_BLOB, aad);
	ASSERT_LT(0, child);
	child_data_keys(&child_keys, child_key);
	hmac_sha256(expected, child_keys.mac, BYTES(plaintext));
	ASSERT_EQ(MAC_SIZE, child_mac(self->fd, child, plaintext, sizeof(plaintext), mac));
	EXPECT_EQ(0, memcmp(mac, expected, MAC_SIZE));
}

/* A child key has 32 bytes and no others. */
TEST_F(vector, child_key_length)
{
	__u8 key[KEY_SIZE], child_key[KEY_SIZE + 1] = {},
						 wrapped[KEY_SIZE + 1 + KEYBAG_BLOB_OVERHEAD];
	struct data_keys keys;
	size_t length;
	int result;

	ASSERT_EQ(0, class_key(self, KEYBAG_CLASS_DK, key));
	class_data_keys(&keys, key);
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_DK, aad, wrapped));
	for (length = 1; length <= sizeof(child_key); length++) {
		blob_seal(wrapped, keys.child, keys.nonce, (struct bytes){ child_key, length },
			  aad_bytes);
		result = child_open(self->fd, wrapped, length + KEYBAG_BLOB_OVERHEAD, aad);
		EXPECT_TRUE(length == KEY_SIZE ? result > 0 :
						 result == -EINVAL || result == -EBADMSG)
		{
			TH_LOG("%zu bytes: %d", length, result);
		}
	}
}

TEST_F(vector, protectors)
{
	struct secret code = secret_new(KEYBAG_PROTECTOR_RECOVERY),
		      escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	__u8 key[KEY_SIZE], trailer[FORM_TRAILER_SIZE];

	code.length = 17;
	escrow.length = 61;
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &code));
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &escrow));
	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &code, 0, key));
	EXPECT_EQ(0, memcmp(key, self->bag_key, KEY_SIZE));
	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &escrow, 0, key));
	EXPECT_EQ(0, memcmp(key, self->bag_key, KEY_SIZE));
	form_trailer(trailer, &self->bag, &self->device, self->bag_key);
	EXPECT_EQ(0, memcmp(trailer, self->bag.form + self->bag.form_length - FORM_TRAILER_SIZE,
			    FORM_TRAILER_SIZE));

	/*
	 * NONE: opened by whoever has the device key. Its salt was made by bag_remove_passcode().
	 */
	ASSERT_EQ(0, bag_remove_passcode(&self->bag, &self->bag.secret));
	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &none, 0, key));
}

/* A change of passcode keeps K_bag, and all but that protector's record. */
TEST_F(vector, change_of_passcode)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	const struct bag before = self->bag;
	__u8 key[KEY_SIZE];
	struct class_view old_view, new_view;
	unsigned int i;

	ASSERT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &changed));
	EXPECT_EQ(-EBADMSG, form_open_bag_key(&self->bag, &self->device, &before.secret, 0, key));
	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &changed, 0, key));
	EXPECT_EQ(0, memcmp(key, self->bag_key, KEY_SIZE));
	for (i = 0; i < CLASS_COUNT; i++) {
		ASSERT_EQ(0, form_class(&before, all_classes[i], &old_view));
		ASSERT_EQ(0, form_class(&self->bag, all_classes[i], &new_view));
		EXPECT_EQ(0, memcmp(old_view.record, new_view.record, 40 + 60));
	}
}

/* Revoking makes a new K_bag, under which every class key is sealed anew, and stays the same. */
TEST_F(vector, new_bag_key)
{
	struct secret code = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct keybag_change change = { .action = KEYBAG_ACTION_REVOKE_PROTECTOR };
	__u8 keys[CLASS_COUNT][KEY_SIZE], key[KEY_SIZE], old_bag_key[KEY_SIZE];
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		ASSERT_EQ(0, class_key(self, all_classes[i], keys[i]));
	}
	memcpy(old_bag_key, self->bag_key, KEY_SIZE);
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &code));
	change.target = code.id;
	ASSERT_EQ(0, bag_change(&self->bag, &self->bag.secret, &change));
	ASSERT_EQ(0, bag_commit(&self->bag, change.generation));

	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &self->bag.secret, 0,
				       self->bag_key));
	ASSERT_EQ(0, form_open_bag_key(&self->bag, &self->device, &self->bag.secret, 1,
				       self->akpu_key));
	EXPECT_NE(0, memcmp(old_bag_key, self->bag_key, KEY_SIZE));
	for (i = 0; i < CLASS_COUNT; i++) {
		ASSERT_EQ(0, class_key(self, all_classes[i], key));
		EXPECT_EQ(0, memcmp(key, keys[i], KEY_SIZE));
		/* The old one opens none of what it opened. */
		if (all_classes[i] != KEYBAG_CLASS_DKU && all_classes[i] != KEYBAG_CLASS_AKPU &&
		    all_classes[i] != KEYBAG_CLASS_DK && all_classes[i] != KEYBAG_CLASS_D) {
			EXPECT_EQ(-EBADMSG,
				  form_open_class_key(&self->bag, &self->device, old_bag_key,
						      all_classes[i], 0, key));
		}
	}
	EXPECT_EQ(-EBADMSG, form_open_class_key(&self->bag, &self->device, old_bag_key,
						KEYBAG_CLASS_DK, 1, key));
}

TEST_F(vector, record)
{
	struct record_content content;
	struct keybag_read read;
	__u8 blob[BLOB];

	ASSERT_EQ(BLOB,
		  data_wrap(self->fd, KEYBAG_CLASS_AK, plaintext, sizeof(plaintext), aad, blob));
	ASSERT_EQ(0, bag_read_record(&self->bag, &read));
	ASSERT_EQ(0, record_open(&content, &self->bag, &self->device));
	EXPECT_EQ(read.sequence, content.sequence);
	EXPECT_EQ(0, content.failures);
	EXPECT_EQ(1, content.wraps[KEYBAG_CLASS_AK].generation);
	EXPECT_EQ(1, content.wraps[KEYBAG_CLASS_AK].steps);
	EXPECT_EQ(0, content.wraps[KEYBAG_CLASS_CK].steps);
}

/* The tag by which modules of before refuse the form. */
static bool says_hardware(const struct bag *bag)
{
	static const __u8 tag[] = { 0x09, 0x80, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0 };

	return memmem(bag->form, bag->form_length, tag, sizeof(tag));
}

static int unlock_with(struct bag *bag, const struct keybag_secret *secret)
{
	struct keybag_unlock unlock = { .reason = KEYBAG_REASON_REQUEST, .secret = *secret };
	struct keybag_try try;
	int result = bag_begin(bag, &try);

	if (result)
		return result;
	memcpy(unlock.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	unlock.try_id = try.try_id;
	unlock.record = bag_record_buffer(bag);
	return command(bag->device, KEYBAG_IOC_UNLOCK, &unlock);
}

static __u32 status_flags(struct bag *bag)
{
	struct keybag_status status = { 0 };

	memcpy(status.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	return command(bag->device, KEYBAG_IOC_STATUS, &status) ? 0 : status.flags;
}

/* The secret of a TPM is a part of the key, not an ornament; a try without it is none. */
TEST_F(vector, hardware_secret)
{
	static const __u8 hardware[32] = "released by a TPM for one try ..";
	static const __u8 other_hardware[32] = "released by another TPM, or none";
	struct bag bound;
	struct keybag_create create;
	struct keybag_change change = { .action = KEYBAG_ACTION_SET_PASSCODE };
	struct keybag_secret without, wrong;
	struct keybag_try try;

	ASSERT_EQ(0, bag_init(&bound));
	bound.owner = OTHER_OWNER;
	create = (struct keybag_create){
		.type = bound.type, .owner = bound.owner,
		.protector = protector_for_kernel(&bound.secret),
		.secret = secret_for_kernel(&bound.secret),
		.form = bag_form_buffer(&bound), .record = bag_record_buffer(&bound),
	};
	create.secret.hardware = (uintptr_t)hardware;
	create.secret.hardware_length = sizeof(hardware);
	ASSERT_EQ(0, command(bound.device, KEYBAG_IOC_CREATE, &create));
	memcpy(bound.uuid, create.uuid, KEYBAG_UUID_SIZE);
	bound.form_length = create.form.length;
	bound.record_length = create.record.length;
	ASSERT_EQ(0, bag_load(&bound));
	EXPECT_TRUE(says_hardware(&bound));
	EXPECT_TRUE(status_flags(&bound) & KEYBAG_STATUS_HARDWARE);
	without = create.secret;
	without.hardware = 0;
	without.hardware_length = 0;
	EXPECT_EQ(-EINVAL, unlock_with(&bound, &without));
	wrong = create.secret;
	wrong.hardware = (uintptr_t)other_hardware;
	EXPECT_EQ(-EKEYREJECTED, unlock_with(&bound, &wrong));
	EXPECT_EQ(0, unlock_with(&bound, &create.secret));

	/* A passcode that is set without it says nothing of it. */
	change.protector = protector_for_kernel(&bound.secret);
	change.secret = secret_for_kernel(&bound.secret);
	change.form = bag_form_buffer(&bound);
	change.record = bag_record_buffer(&bound);
	change.authority = create.secret;
	memcpy(change.uuid, bound.uuid, KEYBAG_UUID_SIZE);
	ASSERT_EQ(0, bag_begin(&bound, &try));
	change.try_id = try.try_id;
	ASSERT_EQ(0, command(bound.device, KEYBAG_IOC_CHANGE, &change));
	bound.form_length = change.form.length;
	ASSERT_EQ(0, bag_commit(&bound, change.generation));
	EXPECT_FALSE(says_hardware(&bound));
	EXPECT_FALSE(status_flags(&bound) & KEYBAG_STATUS_HARDWARE);
	EXPECT_EQ(0, bag_unlock(&bound));
	bag_finish(&bound);
}

TEST_HARNESS_MAIN
