// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device key: set once, evicted with everything that hangs on it; and recovery of a bag on a
 * device with another one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"

static const __u8 plaintext[32] = "to be recovered elsewhere ......";
static const __u8 other_key[KEYBAG_DEVICE_KEY_SIZE] = "the key of the board after it...";

#define LONGEST		(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD_B)
#define DEVICE_CLASSES \
	(KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKU) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_CKU) | \
	 KEYBAG_CLASS_BIT(KEYBAG_CLASS_DKU) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU))
/* Size of a protector without opaque bytes, up to the sealed keys. The verifier is its end. */
#define PUBLIC_HALF	(20 + KEYBAG_SALT_SIZE + 4 + KEY_SIZE)

static int blob_size(__u32 class)
{
	return (int)(sizeof(plaintext) + blob_overhead(class));
}

FIXTURE(device)
{
	struct bag bag;			/* unlocked, with a recovery code */
	int fd;
	struct secret code;
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];
	__u8 blobs[CLASS_COUNT][LONGEST];
};

FIXTURE_SETUP(device)
{
	unsigned int i;

	ASSERT_EQ(0, bag_unlocked(&self->bag));
	if (foreign_bags(self->bag.device))
		SKIP_IN_SETUP("this machine's own bags are loaded");
	if (device_key(self->bag.device, self->key))
		SKIP_IN_SETUP("the device key is not known to the test");
	self->code = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	ASSERT_LT(0, bag_add_protector(&self->bag, &self->bag.secret, &self->code));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	for (i = 0; i < CLASS_COUNT; i++) {
		ASSERT_EQ(blob_size(all_classes[i]),
			  data_wrap(self->fd, all_classes[i], plaintext, sizeof(plaintext), NO_AAD,
				    self->blobs[i]));
	}
}

static int evict(int device)
{
	struct keybag_evict evict = { .reason = KEYBAG_REASON_EVICT };

	return command(device, KEYBAG_IOC_EVICT, &evict);
}

FIXTURE_TEARDOWN(device)
{
	close(self->fd);
	bag_unload(&self->bag);
	/* Back to the key there was. */
	if (device_key_set(self->bag.device, self->key)) {
		evict(self->bag.device);
		device_key_set(self->bag.device, self->key);
	}
	bag_finish(&self->bag);
}

TEST_F(device, set_once)
{
	struct keybag_device_key set = { .key = (uintptr_t)self->key };
	struct device_subkeys subkeys;

	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_SET_DEVICE_KEY, &set));
	device_subkeys(&subkeys, self->key);
	EXPECT_EQ(0, memcmp(set.device_key_id, subkeys.id, sizeof(subkeys.id)));
	EXPECT_EQ(-EEXIST, device_key_set(self->bag.device, other_key));
	/* The refused one changed nothing. */
	EXPECT_EQ(0, device_key_set(self->bag.device, self->key));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
}

TEST_F(device, serial)
{
	struct keybag_device_key set = { .serial = 0x7ffffff0 };
	int result = command(self->bag.device, KEYBAG_IOC_SET_DEVICE_KEY, &set);

	/* There is no key with that number; a kernel without trusted keys cannot know any. */
	EXPECT_TRUE(result == -ENOKEY || result == -EOPNOTSUPP || result == -ENOPKG);
}

TEST_F(device, evicted)
{
	struct keybag_version version = {};
	struct keybag_event event;
	struct keybag_list list = {};
	struct keybag_evict evict_with = { .reason = KEYBAG_REASON_LOGIN };
	struct bag unmade;

	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_EVICT, &evict_with));
	evict_with = (struct keybag_evict){ .reason = KEYBAG_REASON_EVICT, .reserved = 1 };
	EXPECT_EQ(-EINVAL, command(self->bag.device, KEYBAG_IOC_EVICT, &evict_with));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));

	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	ASSERT_EQ(0, evict(self->bag.device));
	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	EXPECT_EQ(KEYBAG_STATE_GONE, event.state);
	EXPECT_EQ(KEYBAG_REASON_EVICT, event.reason);
	EXPECT_EQ(-EKEYREVOKED,
		  data_unwrap(self->fd, self->blobs[0], blob_size(all_classes[0]), NO_AAD, self->blobs[1]));
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_LIST, &list));
	EXPECT_EQ(0, list.count);
	ASSERT_EQ(0, command(self->bag.device, KEYBAG_IOC_VERSION, &version));
	EXPECT_FALSE(version.flags & KEYBAG_VERSION_DEVICE_KEY);
	EXPECT_EQ(0,
		  version.device_key_id[0] | version.device_key_id[7] | version.device_key_id[15]);

	EXPECT_EQ(-ENODEV, bag_load(&self->bag));
	unmade = self->bag;
	memset(unmade.uuid, 0, sizeof(unmade.uuid));
	EXPECT_EQ(-ENODEV, bag_create(&unmade));
	EXPECT_EQ(0, evict(self->bag.device));
	EXPECT_EQ(0, device_key_set(self->bag.device, self->key));
	EXPECT_EQ(0, bag_load(&self->bag));
	EXPECT_EQ(0, bag_unlock(&self->bag));
}

/* The floor outlives eviction: it is about this boot, not about the key. */
TEST_F(device, floor_outlives_eviction)
{
	const struct secret changed = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct bag before = self->bag;

	ASSERT_EQ(0, bag_set_passcode(&self->bag, &self->bag.secret, &changed));
	ASSERT_EQ(0, evict(self->bag.device));
	ASSERT_EQ(0, device_key_set(self->bag.device, self->key));
	EXPECT_EQ(-ESTALE, bag_load(&before));
	EXPECT_EQ(0, bag_load(&self->bag));
}

static int recover_form(const struct bag *bag, const struct secret *authority,
			const struct secret *secret, struct bag *recovered)
{
	struct keybag_recover recover = {
		.form = (uintptr_t)bag->form,
		.form_length = bag->form_length,
		.authority = secret_for_kernel(authority),
		.protector = protector_for_kernel(secret),
		.secret = secret_for_kernel(secret),
	};
	int result;

	*recovered = *bag;
	recovered->secret = *secret;
	recover.new_form = bag_form_buffer(recovered);
	recover.new_record = bag_record_buffer(recovered);
	result = command(bag->device, KEYBAG_IOC_RECOVER, &recover);
	bag_keep_form(recovered, &recover.new_form);
	bag_keep_record(recovered, &recover.new_record);
	if (!result)
		memcpy(recovered->uuid, recover.uuid, KEYBAG_UUID_SIZE);
	return result;
}

static int recover(FIXTURE_DATA(device) *self, const struct secret *authority,
		   const struct secret *secret, struct bag *recovered)
{
	return recover_form(&self->bag, authority, secret, recovered);
}

static int move_to_other_device(FIXTURE_DATA(device) *self)
{
	int result = evict(self->bag.device);

	return result ? result : device_key_set(self->bag.device, other_key);
}

TEST_F(device, recovered)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct keybag_status status;
	__u8 opened[sizeof(plaintext)];
	struct bag recovered;
	unsigned int i;
	int fd;

	ASSERT_EQ(0, move_to_other_device(self));
	EXPECT_EQ(-EXDEV, bag_load(&self->bag));
	ASSERT_EQ(0, recover(self, &self->code, &passcode, &recovered));
	EXPECT_EQ(0, memcmp(recovered.uuid, self->bag.uuid, KEYBAG_UUID_SIZE));
	ASSERT_EQ(0, bag_load(&recovered));
	ASSERT_EQ(0, bag_status(&recovered, &status));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, status.state);
	EXPECT_EQ(3, status.bag_generation);
	EXPECT_EQ(self->bag.owner, status.owner);
	EXPECT_EQ(-EKEYREJECTED, bag_unlock_with(&recovered, &self->bag.secret, 0));
	ASSERT_EQ(0, bag_unlock(&recovered));

	/* All but what was bound to the old device. */
	fd = bag_bind(&recovered);
	ASSERT_LE(0, fd);
	for (i = 0; i < CLASS_COUNT; i++) {
		const bool lost = DEVICE_CLASSES & KEYBAG_CLASS_BIT(all_classes[i]);
		const int size = blob_size(all_classes[i]);

		EXPECT_EQ(lost ? -ENOENT : (int)sizeof(opened),
			  data_unwrap(fd, self->blobs[i], size, NO_AAD, opened))
		{
			TH_LOG("class %u", all_classes[i]);
		}
		/* And those classes work anew. */
		EXPECT_EQ(size, data_wrap(fd, all_classes[i], plaintext, sizeof(plaintext), NO_AAD,
					  self->blobs[i]));
		EXPECT_EQ(sizeof(opened), data_unwrap(fd, self->blobs[i], size, NO_AAD, opened));
	}
	close(fd);
	/* The old form is not let in by the back door. */
	ASSERT_EQ(0, bag_unload(&recovered));
	EXPECT_EQ(-EXDEV, bag_load(&self->bag));
	EXPECT_EQ(0, bag_load(&recovered));
	EXPECT_EQ(0, bag_unload(&recovered));
}

/* Also without a passcode from then on. */
TEST_F(device, recovered_without_passcode)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct keybag_status status;
	struct bag recovered;

	ASSERT_EQ(0, move_to_other_device(self));
	ASSERT_EQ(0, recover(self, &self->code, &none, &recovered));
	ASSERT_EQ(0, bag_load(&recovered));
	ASSERT_EQ(0, bag_status(&recovered, &status));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, status.state);
	EXPECT_FALSE(status.flags & KEYBAG_STATUS_PASSCODE);
	EXPECT_FALSE(status.classes_present & KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU));
	EXPECT_EQ(0, bag_unload(&recovered));
}

/* One of two recoveries takes effect: the other one is no way in, however they are numbered. */
TEST_F(device, recovered_twice)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct bag given_up, recovered;
	struct keybag_status status;

	ASSERT_EQ(0, move_to_other_device(self));
	ASSERT_EQ(0, recover(self, &self->code, &none, &given_up));
	ASSERT_EQ(0, recover(self, &self->code, &passcode, &recovered));
	EXPECT_EQ(-ESTALE, bag_load(&given_up));
	ASSERT_EQ(0, bag_load(&recovered));
	ASSERT_EQ(0, bag_status(&recovered, &status));
	EXPECT_EQ(4, status.bag_generation);
	ASSERT_EQ(0, bag_unload(&recovered));
	EXPECT_EQ(-ESTALE, bag_load(&given_up));
	EXPECT_EQ(0, bag_load(&recovered));
	EXPECT_EQ(0, bag_unload(&recovered));
}

/* A recovery whose result the caller does not get leaves that of the one before as good as it is. */
TEST_F(device, recovered_to_nowhere)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	static struct bag recovered, scratch;
	const struct keybag_recover whole = {
		.form = (uintptr_t)self->bag.form,
		.form_length = self->bag.form_length,
		.authority = secret_for_kernel(&self->code),
		.protector = protector_for_kernel(&passcode),
		.secret = secret_for_kernel(&passcode),
		.new_form = bag_form_buffer(&scratch),
		.new_record = bag_record_buffer(&scratch),
	};
	struct keybag_recover recover_to = whole, *read_only;

	ASSERT_EQ(0, move_to_other_device(self));
	ASSERT_EQ(0, recover(self, &self->code, &passcode, &recovered));

	recover_to.new_form.capacity = recovered.form_length - 1;
	EXPECT_EQ(-EMSGSIZE, command(self->bag.device, KEYBAG_IOC_RECOVER, &recover_to));
	recover_to = whole;
	recover_to.new_form.address = 1;
	EXPECT_EQ(-EFAULT, command(self->bag.device, KEYBAG_IOC_RECOVER, &recover_to));
	recover_to = whole;
	recover_to.new_record.address = 1;
	EXPECT_EQ(-EFAULT, command(self->bag.device, KEYBAG_IOC_RECOVER, &recover_to));
	read_only = mmap(NULL, sizeof(*read_only), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, read_only);
	*read_only = whole;
	ASSERT_EQ(0, mprotect(read_only, sizeof(*read_only), PROT_READ));
	EXPECT_EQ(-EFAULT, command(self->bag.device, KEYBAG_IOC_RECOVER, read_only));
	munmap(read_only, sizeof(*read_only));

	EXPECT_EQ(0, bag_load(&recovered));
	EXPECT_EQ(0, bag_unload(&recovered));
	/* A form that just fits, fits. */
	recover_to = whole;
	recover_to.form = (uintptr_t)recovered.form;
	recover_to.form_length = recovered.form_length;
	recover_to.new_form.capacity = recovered.form_length;
	EXPECT_EQ(0, command(self->bag.device, KEYBAG_IOC_RECOVER, &recover_to));
}

/* As it would be in the file: a protector by which the keybag can be recovered, made by hand. */
static void insert_recovery(struct bag *bag, const struct device_subkeys *device,
			    const struct secret *code, const __u8 bag_key[KEY_SIZE])
{
	__u8 protector[PUBLIC_HALF + SEALED_KEY_SIZE] = { 2, [4] = KEYBAG_PROTECTOR_RECOVERY };
	__u8 aad[KEYBAG_UUID_SIZE + 4 + PUBLIC_HALF], kek[KEY_SIZE];

	memcpy(protector + PUBLIC_HALF - KEY_SIZE - 4 - KEYBAG_SALT_SIZE, code->salt,
	       KEYBAG_SALT_SIZE);
	protector_keys(protector + PUBLIC_HALF - KEY_SIZE, kek, code, code->salt, device);
	memcpy(aad, bag->uuid, KEYBAG_UUID_SIZE);
	put_u32(aad + KEYBAG_UUID_SIZE, 1);
	memcpy(aad + KEYBAG_UUID_SIZE + 4, protector, PUBLIC_HALF);
	seal_key(protector + PUBLIC_HALF, bag->uuid, kek, BYTES(aad), bag_key);
	form_insert(bag, TAG_PROTECTOR, BYTES(protector));
}

/* Makes a keybag that this kernel has not loaded yet, with the recovery code of the fixture. */
static int make_unseen(FIXTURE_DATA(device) *self, struct bag *unseen)
{
	struct device_subkeys device;
	__u8 bag_key[KEY_SIZE];
	int result = bag_init(unseen);

	unseen->owner = OTHER_OWNER;
	if (!result)
		result = bag_create(unseen);
	device_subkeys(&device, self->key);
	if (!result)
		result = form_open_bag_key(unseen, &device, &unseen->secret, 0, bag_key);
	if (result)
		return result;
	insert_recovery(unseen, &device, &self->code, bag_key);
	return 0;
}

/* Its form with that generation, and with the values at its end that belong to it. */
static int renumber(FIXTURE_DATA(device) *self, struct bag *bag, __u64 generation)
{
	struct device_subkeys device;
	__u8 bag_key[KEY_SIZE];
	int result;

	device_subkeys(&device, self->key);
	result = form_open_bag_key(bag, &device, &bag->secret, 0, bag_key);
	put_u64(form_find(bag, TAG_GENERATION, 0, NULL), generation);
	put_u32(bag->form + 12, bag->form_length);
	form_trailer(bag->form + bag->form_length - FORM_TRAILER_SIZE, bag, &device, bag_key);
	return result;
}

/* Where the result of a recovery does not get to the disk, the file is as good as before. */
TEST_F(device, recovered_again)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct bag unseen, newer, lost, recovered;

	ASSERT_EQ(0, make_unseen(self, &unseen));
	ASSERT_EQ(0, renumber(self, &unseen, 5));
	ASSERT_EQ(0, recover_form(&unseen, &self->code, &passcode, &lost));
	EXPECT_EQ(0, recover_form(&unseen, &self->code, &passcode, &recovered));
	EXPECT_EQ(7, get_u64(form_find(&recovered, TAG_GENERATION, 0, NULL)));
	EXPECT_EQ(-ESTALE, bag_load(&lost));
	EXPECT_EQ(0, bag_load(&unseen));
	EXPECT_EQ(0, bag_unload(&unseen));
	ASSERT_EQ(0, recover_form(&unseen, &self->code, &passcode, &recovered));
	EXPECT_EQ(0, bag_load(&recovered));
	EXPECT_EQ(0, bag_unload(&recovered));
	EXPECT_EQ(-ESTALE, bag_load(&unseen));
	EXPECT_EQ(-ESTALE, recover_form(&unseen, &self->code, &passcode, &lost));

	/* So is one that is newer than what was loaded; and what it follows is older from then on. */
	newer = unseen;
	ASSERT_EQ(0, renumber(self, &newer, 20));
	ASSERT_EQ(0, recover_form(&newer, &self->code, &passcode, &lost));
	EXPECT_EQ(-ESTALE, bag_load(&recovered));
	EXPECT_EQ(0, recover_form(&newer, &self->code, &passcode, &recovered));
	EXPECT_EQ(-ESTALE, bag_load(&lost));
	EXPECT_EQ(0, bag_load(&recovered));
	bag_finish(&unseen);
}

/* The number after the highest is none: it would be older than all. */
TEST_F(device, last_generation)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct secret code = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	struct bag unseen, recovered;

	ASSERT_EQ(0, make_unseen(self, &unseen));
	ASSERT_EQ(0, renumber(self, &unseen, UINT64_MAX));
	EXPECT_EQ(-EBADMSG, recover_form(&unseen, &self->code, &passcode, &recovered));
	EXPECT_EQ(-EBADMSG, bag_load(&unseen));
	ASSERT_EQ(0, renumber(self, &unseen, UINT64_MAX - 1));
	EXPECT_EQ(-EDQUOT, recover_form(&unseen, &self->code, &passcode, &recovered));
	ASSERT_EQ(0, bag_load(&unseen));
	EXPECT_EQ(-EDQUOT, bag_add_protector(&unseen, &unseen.secret, &code));
	EXPECT_EQ(0, bag_unlock(&unseen));
	bag_finish(&unseen);
}

TEST_F(device, not_recovered)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	const struct secret wrong = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	const struct secret escrow = secret_new(KEYBAG_PROTECTOR_ESCROW);
	struct bag recovered;
	__u32 at;

	ASSERT_EQ(0, move_to_other_device(self));
	EXPECT_EQ(-EKEYREJECTED, recover(self, &wrong, &passcode, &recovered));
	EXPECT_EQ(-ENOENT, recover(self, &escrow, &passcode, &recovered));
	/* The passcode is bound to the old device. */
	EXPECT_EQ(-EINVAL, recover(self, &self->bag.secret, &passcode, &recovered));
	EXPECT_EQ(-EINVAL, recover(self, &self->code, &wrong, &recovered));

	/* The recovery MAC holds where the device MAC cannot be checked: every byte. */
	for (at = 16; at < self->bag.form_length - FORM_TRAILER_SIZE; at += 7) {
		const struct bag good = self->bag;

		self->bag.form[at] ^= 0x20;
		form_reseal(&self->bag, NULL);
		EXPECT_GT(0, recover(self, &self->code, &passcode, &recovered))
		{
			TH_LOG("byte %u", at);
		}
		self->bag = good;
	}
	for (at = 1; at <= FORM_TRAILER_SIZE; at++) {
		/* The device MAC was made with a key nobody has here. */
		const bool device_mac = at > 2 * MAC_SIZE;
		const struct bag good = self->bag;

		self->bag.form[self->bag.form_length - at] ^= 1;
		if (at > MAC_SIZE)
			form_reseal(&self->bag, NULL);
		EXPECT_EQ(device_mac ? 0 : -EBADMSG,
			  recover(self, &self->code, &passcode, &recovered))
		{
			TH_LOG("byte %u from the end", at);
		}
		self->bag = good;
	}
	EXPECT_EQ(0, recover(self, &self->code, &passcode, &recovered));
}

/* On the device it belongs to there is nothing to recover; but a forgotten passcode is. */
TEST_F(device, recovered_at_home)
{
	const struct secret passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct keybag_status status;
	struct bag recovered;
	struct secret wrong;
	int i;

	/* Whoever has forgotten it has tried, and has to wait. */
	for (i = 0; i < 4; i++) {
		wrong = secret_new(KEYBAG_PROTECTOR_PASSCODE);
		EXPECT_EQ(-EKEYREJECTED, bag_unlock_with(&self->bag, &wrong, KEYBAG_UNLOCK_CHECK));
	}
	ASSERT_EQ(0, bag_status(&self->bag, &status));
	EXPECT_EQ(4, status.failures);
	/* The result could not be loaded. */
	EXPECT_EQ(-EEXIST, recover(self, &self->code, &passcode, &recovered));
	ASSERT_EQ(0, bag_unload(&self->bag));
	/* And the refusal has issued no generation. */
	ASSERT_EQ(0, recover(self, &self->code, &passcode, &recovered));
	EXPECT_EQ(3, get_u64(form_find(&recovered, TAG_GENERATION, 0, NULL)));
	ASSERT_EQ(0, bag_load(&recovered));
	/* They were of the passcode that is no more. */
	ASSERT_EQ(0, bag_status(&recovered, &status));
	EXPECT_EQ(0, status.failures);
	EXPECT_EQ(0, bag_unlock(&recovered));
	EXPECT_EQ(0, bag_unload(&recovered));
}

TEST_HARNESS_MAIN
