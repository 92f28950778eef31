// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sealed forms that are sound: vectors, and many forms made at random.
 */
#include "lib/forms.h"
#include "keybag/bytes.h"
#include "keybag/tlv.h"
#include "lib/tap.h"
#include "lib/vectors.h"

#define ROUNDS	3000

static const char * const names[] = { "user", "hardware", "guarded", "without passcode", "system" };

static void test_vectors(void)
{
	struct vectors *vectors = vectors_open("form.txt");
	struct kb_form *form = malloc(sizeof(*form));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct bytes bytes = form_from_vectors(names[i]);
		bool sound = false;

		check(form_parse_checked(&bytes, &sound) == 0 && sound);
		check(kb_form_check_header(bytes.data, bytes.length) == 0);
		check(kb_form_parse(form, bytes.data, bytes.length) == 0);
		check(form->owner == vectors_number(vectors, names[i], "owner"));
		check(vectors_equal(vectors, names[i], "uuid", form->uuid, KB_UUID_SIZE));
		check(form->generation == 7);
		tap_test("vector: %s", names[i]);
		free(bytes.data);
	}
	free(form);
	vectors_close(vectors);
}

/* The vector with everything in it, field by field. */
static void test_fields(void)
{
	struct bytes bytes = form_from_vectors("user");
	struct kb_form *form = malloc(sizeof(*form));
	const struct kb_protector *protector;
	const struct kb_class_key *key;

	check(kb_form_parse(form, bytes.data, bytes.length) == 0);
	check(form->type == KB_FORM_USER);
	check(form->recovery_choice == KB_RECOVERY_CONFIRMED);
	check(form->protector_count == 3 && form->class_key_count == kb_class_count);

	protector = kb_form_protector(form, 1);
	check(protector && protector == kb_form_protector_of(form, KB_PROTECTOR_PASSCODE));
	check(protector->kdf_memory_kib == 1024 && protector->kdf_passes == 3 &&
	      protector->kdf_lanes == 2);
	check(protector->opaque_length == 13 && !memcmp(protector->opaque, "of the helper", 13));
	check(kb_form_protector(form, 2) == kb_form_protector_of(form, KB_PROTECTOR_RECOVERY));
	check(kb_form_protector(form, 5) == kb_form_protector_of(form, KB_PROTECTOR_ESCROW));
	check(!kb_form_protector(form, 0) && !kb_form_protector(form, 3));
	check(!kb_form_protector_of(form, KB_PROTECTOR_NONE));

	key = kb_form_class_key(form, KB_CLASS_AK);
	check(key && key->key_generation == 2 && key->copies == 1);
	key = kb_form_class_key(form, KB_CLASS_D);
	check(key && key->key_generation == 1 && key->copies == 2 && key->sealed[1]);
	key = kb_form_class_key(form, KB_CLASS_B);
	check(key && key->algorithm == KB_ALGORITHM_X25519);
	check(!kb_form_class_key(form, 0) && !kb_form_class_key(form, 5));

	check(form->unknown_count == 4);
	check(form->unknown[0].tag == 0 && form->unknown[0].length == 5);
	check(form->unknown[1].tag == 7 && form->unknown[1].length == 0);
	check(form->unknown[2].tag == 0x11 && form->unknown[2].length == 32);
	check(form->unknown[3].tag == 0x7fff && !memcmp(form->unknown[3].value, "z", 1));
	check(!form->login_salt && !kb_form_login_verified(form));
	free(bytes.data);

	bytes = form_from_vectors("hardware");
	check(kb_form_parse(form, bytes.data, bytes.length) == 0);
	check(form->login_salt && form->login_salt != form->protectors[0].salt);
	check(kb_form_login_verified(form));
	/* The salt of another passcode. */
	bytes.data[form->login_salt - bytes.data] ^= 1;
	check(!kb_form_login_verified(form) && form->hardware == KB_HARDWARE_NONE);
	free(bytes.data);

	bytes = form_from_vectors("guarded");
	check(kb_form_parse(form, bytes.data, bytes.length) == 0);
	check(form->hardware == KB_HARDWARE_SECRET && form->protectors[0].opaque_length == 26);
	tap_test("every field of a vector is read as it was meant");

	free(form);
	free(bytes.data);
}

static void test_ambiguous_kind(void)
{
	struct kb_form *form = calloc(1, sizeof(*form));

	form->protector_count = 3;
	form->protectors[0].kind = KB_PROTECTOR_RECOVERY;
	form->protectors[1].kind = KB_PROTECTOR_NONE;
	form->protectors[2].kind = KB_PROTECTOR_RECOVERY;
	check(!kb_form_protector_of(form, KB_PROTECTOR_RECOVERY));
	check(kb_form_protector_of(form, KB_PROTECTOR_NONE) == &form->protectors[1]);
	tap_test("two protectors of a kind: none is the only one");
	free(form);
}

static bool same_bytes(const u8 *one, const u8 *other, size_t length)
{
	return !length || !memcmp(one, other, length);
}

static bool same_protector(const struct kb_protector *one, const struct kb_protector *other)
{
	return one->id == other->id && one->kind == other->kind &&
	       one->kdf_memory_kib == other->kdf_memory_kib &&
	       one->kdf_passes == other->kdf_passes && one->kdf_lanes == other->kdf_lanes &&
	       one->opaque_length == other->opaque_length &&
	       same_bytes(one->salt, other->salt, KB_SALT_SIZE) &&
	       same_bytes(one->opaque, other->opaque, one->opaque_length) &&
	       same_bytes(one->verifier, other->verifier, KB_VERIFIER_SIZE) &&
	       same_bytes(one->sealed_bag, other->sealed_bag, KB_SEALED_KEY_SIZE) &&
	       !one->sealed_akpu == !other->sealed_akpu &&
	       same_bytes(one->sealed_akpu, other->sealed_akpu,
			  one->sealed_akpu ? KB_SEALED_KEY_SIZE : 0);
}

static bool same_class_key(const struct kb_class_key *one, const struct kb_class_key *other)
{
	static const u8 zeros[KB_PUBLIC_SIZE];
	u8 copy;

	for (copy = 0; copy < one->copies; copy++)
		if (!same_bytes(one->sealed[copy], other->sealed[copy], KB_SEALED_KEY_SIZE))
			return false;
	return one->class == other->class && one->algorithm == other->algorithm &&
	       one->copies == other->copies && one->key_generation == other->key_generation &&
	       same_bytes(one->public_half ? one->public_half : zeros, other->public_half,
			  KB_PUBLIC_SIZE);
}

static bool same_form(const struct kb_form *one, const struct kb_form *other)
{
	bool same = one->type == other->type && one->owner == other->owner &&
		    same_bytes(one->uuid, other->uuid, KB_UUID_SIZE) &&
		    same_bytes(one->device_key_id, other->device_key_id, KB_DEVICE_KEY_ID_SIZE) &&
		    one->generation == other->generation &&
		    one->recovery_choice == other->recovery_choice &&
		    !one->login_salt == !other->login_salt &&
		    one->hardware == other->hardware &&
		    (!one->login_salt ||
		     same_bytes(one->login_salt, other->login_salt, KB_SALT_SIZE)) &&
		    one->protector_count == other->protector_count &&
		    one->class_key_count == other->class_key_count &&
		    one->unknown_count == other->unknown_count;
	u32 i;

	for (i = 0; same && i < one->protector_count; i++)
		same = same_protector(&one->protectors[i], &other->protectors[i]);
	for (i = 0; same && i < one->class_key_count; i++)
		same = same_class_key(&one->class_keys[i], &other->class_keys[i]);
	for (i = 0; same && i < one->unknown_count; i++)
		same = one->unknown[i].tag == other->unknown[i].tag &&
		       one->unknown[i].length == other->unknown[i].length &&
		       same_bytes(one->unknown[i].value, other->unknown[i].value,
				  one->unknown[i].length);
	return same;
}

/* Whether the seals of a record authenticate what stands in the form. */
static bool aad_sound(const struct kb_form *form)
{
	u8 *aad = malloc(KB_PROTECTOR_AAD_MAX);
	bool sound = true;
	u32 i;

	for (i = 0; i < form->protector_count; i++) {
		const struct kb_protector *protector = &form->protectors[i];
		size_t length = kb_protector_aad(aad, protector);
		const u8 *record = protector->sealed_bag - length;

		sound = sound && length == KB_PROTECTOR_FIXED_SIZE + protector->opaque_length +
					   KB_VERIFIER_SIZE &&
			!memcmp(aad, record, length) &&
			kb_get_le16(record - KB_TLV_HEADER_SIZE) == KB_TAG_PROTECTOR;
	}
	for (i = 0; i < form->class_key_count; i++) {
		const u8 *record = form->class_keys[i].public_half + KB_PUBLIC_SIZE -
				   KB_CLASS_KEY_FIXED_SIZE;

		kb_class_key_aad(aad, &form->class_keys[i]);
		sound = sound && !memcmp(aad, record, KB_CLASS_KEY_FIXED_SIZE) &&
			kb_get_le16(record - KB_TLV_HEADER_SIZE) == KB_TAG_CLASS_KEY;
	}
	free(aad);
	return sound;
}

static void test_round_trip(void)
{
	struct form_storage *storage = malloc(sizeof(*storage));
	struct kb_form *form = malloc(sizeof(*form)), *found = malloc(sizeof(*found));
	unsigned int round, aad_failures = 0, size_failures = 0;
	struct random random = { 3 };

	for (round = 0; round < ROUNDS; round++) {
		struct bytes bytes;
		bool sound = false;

		form_random(form, storage, &random);
		bytes.length = kb_form_size(form);
		bytes.data = calloc(1, bytes.length);
		size_failures += kb_form_write(bytes.data, bytes.length - 1, form) != -EMSGSIZE ||
				 bytes.data[0] ||
				 kb_form_write(bytes.data, bytes.length, form) != (int)bytes.length;
		if (!check(form_parse_checked(&bytes, &sound) == 0 && sound))
			printf("# round %u\n", round);
		check(kb_form_parse(found, bytes.data, bytes.length) == 0);
		check(same_form(form, found));
		aad_failures += !aad_sound(found);
		free(bytes.data);
	}
	tap_test("%u random forms are read as they were written, and written as read", ROUNDS);
	check(!aad_failures);
	tap_test("associated data are the bytes of the form before the first sealed key");
	check(!size_failures);
	tap_test("a form is not written where it does not fit");
	free(found);
	free(form);
	free(storage);
}

static void test_largest(void)
{
	struct bytes bytes = form_from_vectors("system");
	size_t room = KB_FORM_MAX_SIZE - bytes.length - KB_TLV_HEADER_SIZE;
	struct kb_form *form = malloc(sizeof(*form));
	u8 *out = malloc(2 * KB_FORM_MAX_SIZE), *value = calloc(1, KB_FORM_MAX_SIZE);
	struct bytes largest = { .length = KB_FORM_MAX_SIZE, .data = calloc(1, KB_FORM_MAX_SIZE) };
	bool sound = false;

	check(kb_form_parse(form, bytes.data, bytes.length) == 0);
	form->unknown_count = 1;
	form->unknown[0] = (struct kb_unknown){ .tag = 0x30, .length = (u32)room, .value = value };
	check(kb_form_size(form) == KB_FORM_MAX_SIZE);
	check(kb_form_write(largest.data, largest.length, form) == KB_FORM_MAX_SIZE);
	check(form_parse_checked(&largest, &sound) == 0 && sound);
	tap_test("a form of the largest size is written and read");

	form->unknown[0].length++;
	check(kb_form_size(form) == 0);
	check(kb_form_write(out, 2 * KB_FORM_MAX_SIZE, form) == -EMSGSIZE);
	form->unknown[0].length = 0xffffffff;
	check(kb_form_size(form) == 0);
	check(kb_form_write(out, 2 * KB_FORM_MAX_SIZE, form) == -EMSGSIZE);
	tap_test("a larger one is not written");

	free(largest.data);
	free(value);
	free(out);
	free(form);
	free(bytes.data);
}

int main(void)
{
	tap_start();
	test_vectors();
	test_fields();
	test_ambiguous_kind();
	test_round_trip();
	test_largest();
	return tap_end();
}
