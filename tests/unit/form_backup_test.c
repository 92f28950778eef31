// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The form of a backup keybag, docs/format.md: what distinguishes it from that of a keybag, each rule by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "keybag/form.h"
#include "lib/tap.h"
#include "lib/vectors.h"

#define BAD	(-EBADMSG)
#define CLASSES	6

static const u8 classes[CLASSES] = { KB_CLASS_AK, KB_CLASS_CK, KB_CLASS_DK, KB_CLASS_AKU, KB_CLASS_CKU, KB_CLASS_DKU };
static u8 some_bytes[KB_SEALED_KEY_SIZE];
static u8 written[KB_FORM_MAX_SIZE], again[KB_FORM_MAX_SIZE];

static struct kb_form sound_form(void)
{
	struct kb_form form = {
		.type = KB_FORM_BACKUP, .owner = 1000, .uuid = some_bytes, .device_key_id = some_bytes, .generation = 1,
		.protector_count = 1, .class_key_count = CLASSES,
	};

	form.protectors[0] = (struct kb_protector){
		.id = 1, .kind = KB_PROTECTOR_BACKUP, .kdf_memory_kib = 64, .kdf_passes = 1, .kdf_lanes = 1,
		.salt = some_bytes, .verifier = some_bytes, .sealed_bag = some_bytes, .sealed_akpu = some_bytes,
	};
	for (unsigned int i = 0; i < CLASSES; i++)
		form.class_keys[i] = (struct kb_class_key){
			.class = classes[i], .algorithm = KB_ALGORITHM_AES_256, .copies = 1, .key_generation = 1,
			.sealed = { some_bytes, some_bytes },
		};
	return form;
}

static int answer_to(const struct kb_form *form)
{
	struct kb_form parsed;
	int length = kb_form_write(written, sizeof(written), form);

	return length < 0 ? length : kb_form_parse(&parsed, written, (size_t)length);
}

static void test_sound(void)
{
	struct kb_form form = sound_form(), parsed;
	int length = kb_form_write(written, sizeof(written), &form);

	check(length > 0 && kb_form_parse(&parsed, written, (size_t)length) == 0);
	check(parsed.type == KB_FORM_BACKUP && parsed.owner == 1000);
	check(kb_form_protector_of(&parsed, KB_PROTECTOR_BACKUP));
	check(kb_form_write(again, sizeof(again), &parsed) == length && !memcmp(written, again, (size_t)length - KB_FORM_TRAILER_SIZE));
}

static void test_vector(void)
{
	struct vectors *vectors = vectors_open("backup.txt");
	struct vector *vector = vectors_get(vectors, "form", "form");
	struct kb_form form;

	check(kb_form_parse(&form, vector->bytes, vector->length) == 0);
	check(form.type == KB_FORM_BACKUP && form.owner == vectors_number(vectors, "form", "owner"));
	check(kb_form_write(again, sizeof(again), &form) == (int)vector->length);
	check(!memcmp(vector->bytes, again, vector->length - KB_FORM_TRAILER_SIZE));
	free(vector);
	vectors_close(vectors);
}

static void test_protector(void)
{
	struct kb_form form = sound_form();

	for (unsigned int kind = KB_PROTECTOR_PASSCODE; kind <= KB_PROTECTOR_NONE; kind++) {
		form.protectors[0].kind = (enum kb_protector_kind)kind;
		check(answer_to(&form) == BAD);
	}
	form.protectors[0].kind = (enum kb_protector_kind)(KB_PROTECTOR_BACKUP + 1);
	check(answer_to(&form) == BAD);
	form = sound_form();
	form.protectors[1] = form.protectors[0];
	form.protectors[1].id = 2;
	form.protector_count = 2;
	check(answer_to(&form) == BAD);
	form.protectors[1].kind = KB_PROTECTOR_RECOVERY;
	form.protectors[1].kdf_memory_kib = form.protectors[1].kdf_passes = form.protectors[1].kdf_lanes = 0;
	check(answer_to(&form) == BAD);
	form = sound_form();
	form.protectors[0].kdf_memory_kib = 63;
	check(answer_to(&form) == BAD);
	form.protectors[0].kdf_memory_kib = KB_KDF_MAX_MEMORY_KIB + 1;
	check(answer_to(&form) == BAD);
	form.protectors[0].kdf_memory_kib = KB_KDF_MAX_MEMORY_KIB;
	check(answer_to(&form) == 0);
	form.protectors[0].kdf_passes = 0;
	check(answer_to(&form) == BAD);
}

static void test_classes(void)
{
	struct kb_form form;

	for (unsigned int gone = 0; gone < CLASSES; gone++) {
		form = sound_form();
		memmove(&form.class_keys[gone], &form.class_keys[gone + 1], (CLASSES - 1 - gone) * sizeof(form.class_keys[0]));
		form.class_key_count--;
		check(answer_to(&form) == BAD);
		form = sound_form();
		form.class_keys[gone].copies = 2;
		check(answer_to(&form) == BAD);
		form.class_keys[gone].copies = 0;
		check(answer_to(&form) == BAD);
	}
	form = sound_form();
	form.class_keys[CLASSES] = form.class_keys[0];
	form.class_keys[CLASSES].class = KB_CLASS_AKPU;
	form.class_key_count++;
	check(answer_to(&form) == BAD);
}

static void test_rest(void)
{
	struct kb_form form = sound_form();

	form.owner = KB_OWNER_NONE;
	check(answer_to(&form) == BAD);
	form = sound_form();
	form.recovery_choice = KB_RECOVERY_REFUSED;
	check(answer_to(&form) == BAD);
	form = sound_form();
	form.login_salt = some_bytes;
	check(answer_to(&form) == BAD);
	form = sound_form();
	form.type = KB_FORM_USER;
	check(answer_to(&form) == BAD);
	form.type = KB_FORM_BACKUP + 1;
	check(answer_to(&form) == BAD);
}

static void test_wrapping(void)
{
	check(kb_class_backup_wrapping(kb_class_find(KB_CLASS_DK)) == KB_WRAP_BAG);
	check(kb_class_backup_wrapping(kb_class_find(KB_CLASS_AK)) == KB_WRAP_BAG);
	check(kb_class_backup_wrapping(kb_class_find(KB_CLASS_DKU)) == KB_WRAP_BAG_DEVICE);
	check(kb_class_backup_wrapping(kb_class_find(KB_CLASS_AKU)) == KB_WRAP_BAG_DEVICE);
	check(kb_class_backup_wrapping(kb_class_find(KB_CLASS_CKU)) == KB_WRAP_BAG_DEVICE);
}

int main(void)
{
	tap_start();
	test_sound();
	tap_test("a sound one is read, and written again the same");
	test_vector();
	tap_test("that of the vectors, too");
	test_protector();
	tap_test("one protector, of kind backup, with a cost");
	test_classes();
	tap_test("the six classes, each wrapped once, and no other");
	test_rest();
	tap_test("an owner, and nothing that only keybags have");
	test_wrapping();
	tap_test("all classes under the password, three with the device");
	return tap_end();
}
