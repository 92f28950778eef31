// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>

#include "forms.h"
#include "vectors.h"

struct bytes form_from_vectors(const char *name)
{
	struct vectors *vectors = vectors_open("form.txt");
	struct vector *vector = vectors_get(vectors, name, "form");
	struct bytes bytes = { .length = vector->length, .data = malloc(vector->length) };

	if (!bytes.data || bytes.length < KB_FORM_TRAILER_SIZE)
		errx(1, "form \"%s\"", name);
	memcpy(bytes.data, vector->bytes, bytes.length);
	memset(bytes.data + bytes.length - KB_FORM_TRAILER_SIZE, 0, KB_FORM_TRAILER_SIZE);
	free(vector);
	vectors_close(vectors);
	return bytes;
}

static bool within(const struct bytes *bytes, const u8 *part, size_t length)
{
	const u8 *end = bytes->data + bytes->length - KB_FORM_TRAILER_SIZE;

	return part >= bytes->data && part <= end && length <= (size_t)(end - part);
}

static bool pointers_sound(const struct kb_form *form, const struct bytes *bytes)
{
	bool sound = within(bytes, form->uuid, KB_UUID_SIZE) &&
		     (!form->login_salt || within(bytes, form->login_salt, KB_SALT_SIZE)) &&
		     within(bytes, form->device_key_id, KB_DEVICE_KEY_ID_SIZE);
	u32 i, copy;

	for (i = 0; i < form->protector_count; i++) {
		const struct kb_protector *protector = &form->protectors[i];

		sound = sound && within(bytes, protector->salt, KB_SALT_SIZE) &&
			within(bytes, protector->opaque, protector->opaque_length) &&
			within(bytes, protector->verifier, KB_VERIFIER_SIZE) &&
			within(bytes, protector->sealed_bag, KB_SEALED_KEY_SIZE);
		if (protector->kind == KB_PROTECTOR_PASSCODE)
			sound = sound && within(bytes, protector->sealed_akpu, KB_SEALED_KEY_SIZE);
		else
			sound = sound && !protector->sealed_akpu;
	}
	for (i = 0; i < form->class_key_count; i++) {
		const struct kb_class_key *key = &form->class_keys[i];

		sound = sound && within(bytes, key->public_half, KB_PUBLIC_SIZE);
		for (copy = 0; copy < key->copies; copy++)
			sound = sound && within(bytes, key->sealed[copy], KB_SEALED_KEY_SIZE);
	}
	for (i = 0; i < form->unknown_count; i++)
		sound = sound && within(bytes, form->unknown[i].value, form->unknown[i].length);
	return sound;
}

int form_parse_checked(const struct bytes *bytes, bool *sound)
{
	struct kb_form *form = malloc(sizeof(*form));
	u8 *out = calloc(1, bytes->length);
	int answer;

	/* Fields that the parser leaves unset must not look set. */
	memset(form, 0xff, sizeof(*form));
	answer = kb_form_parse(form, bytes->data, bytes->length);
	if (answer == 0)
		*sound = pointers_sound(form, bytes) && kb_form_size(form) == bytes->length &&
			 kb_form_write(out, bytes->length, form) == (int)bytes->length &&
			 !memcmp(out, bytes->data, bytes->length - KB_FORM_TRAILER_SIZE);
	else
		*sound = answer == -EBADMSG || answer == -EPROTONOSUPPORT;
	free(out);
	free(form);
	return answer;
}

static const u8 *fill(struct form_storage *storage, struct random *random, size_t length)
{
	u8 *place = storage->bytes + storage->used;

	if (length > sizeof(storage->bytes) - storage->used)
		errx(1, "form storage is too small");
	random_bytes(random, place, length);
	storage->used += length;
	return place;
}

static void add_protector(struct kb_form *form, struct form_storage *storage,
			  struct random *random, enum kb_protector_kind kind)
{
	u32 last = form->protector_count ? form->protectors[form->protector_count - 1].id : 0;
	struct kb_protector *protector = &form->protectors[form->protector_count++];

	protector->id = random_between(random, last + 1, last + 99);
	protector->kind = kind;
	protector->salt = fill(storage, random, KB_SALT_SIZE);
	protector->opaque_length = random_between(random, 0, KB_MAX_OPAQUE);
	protector->opaque = fill(storage, random, protector->opaque_length);
	protector->verifier = fill(storage, random, KB_VERIFIER_SIZE);
	protector->sealed_bag = fill(storage, random, KB_SEALED_KEY_SIZE);
	if (kind != KB_PROTECTOR_PASSCODE)
		return;
	protector->sealed_akpu = fill(storage, random, KB_SEALED_KEY_SIZE);
	protector->kdf_memory_kib =
		random_between(random, KB_KDF_MIN_MEMORY_KIB, KB_KDF_MAX_MEMORY_KIB);
	protector->kdf_passes = random_between(random, 1, KB_KDF_MAX_PASSES);
	protector->kdf_lanes = random_between(random, 1, KB_KDF_MAX_LANES);
}

static void add_class_key(struct kb_form *form, struct form_storage *storage,
			  struct random *random, unsigned int class, u8 copies)
{
	struct kb_class_key *key = &form->class_keys[form->class_key_count++];
	u8 copy;

	key->class = (u8)class;
	key->algorithm = class == KB_CLASS_B ? KB_ALGORITHM_X25519 : KB_ALGORITHM_AES_256;
	key->copies = copies;
	key->key_generation = random_between(random, 1, ~0U);
	if (class == KB_CLASS_B)
		key->public_half = fill(storage, random, KB_PUBLIC_SIZE);
	for (copy = 0; copy < copies; copy++)
		key->sealed[copy] = fill(storage, random, KB_SEALED_KEY_SIZE);
}

static void add_unknown(struct kb_form *form, struct form_storage *storage, struct random *random)
{
	static const u16 starts[] = { 0x0000, 0x000a, 0x0011, 0x0021 };
	static const u16 ends[] = { 0x0000, 0x000f, 0x001f, 0x7fff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		u32 tag = starts[i];

		while (random_bool(random) && form->unknown_count < KB_FORM_MAX_UNKNOWN) {
			struct kb_unknown *unknown = &form->unknown[form->unknown_count];

			tag = random_between(random, tag, ends[i]);
			unknown->tag = (u16)tag++;
			unknown->length = random_between(random, 0, 300);
			unknown->value = fill(storage, random, unknown->length);
			form->unknown_count++;
			if (tag > ends[i])
				break;
		}
	}
}

void form_random(struct kb_form *form, struct form_storage *storage, struct random *random)
{
	bool system = !(random_u64(random) & 3), passcode = !system && random_bool(random);
	unsigned int more = random_between(random, 0, KB_FORM_MAX_PROTECTORS - 1);
	unsigned int first = random_between(random, 0, more);
	unsigned int i;

	memset(form, 0, sizeof(*form));
	storage->used = 0;
	form->type = system ? KB_FORM_SYSTEM : KB_FORM_USER;
	form->owner = system ? KB_OWNER_NONE : random_between(random, 0, KB_OWNER_NONE - 1);
	form->uuid = fill(storage, random, KB_UUID_SIZE);
	form->device_key_id = fill(storage, random, KB_DEVICE_KEY_ID_SIZE);
	form->generation = (random_u64(random) >> random_between(random, 0, 63)) | 1;
	form->recovery_choice = random_between(random, KB_RECOVERY_OPEN, KB_RECOVERY_REFUSED);
	if (random_bool(random))
		form->login_salt = fill(storage, random, KB_SALT_SIZE);
	form->hardware = passcode && random_bool(random) ? KB_HARDWARE_SECRET : KB_HARDWARE_NONE;
	for (i = 0; i <= more; i++) {
		enum kb_protector_kind kind = random_bool(random) ? KB_PROTECTOR_RECOVERY :
								    KB_PROTECTOR_ESCROW;

		if (i == first)
			kind = passcode ? KB_PROTECTOR_PASSCODE : KB_PROTECTOR_NONE;
		add_protector(form, storage, random, kind);
	}
	for (i = 0; i < kb_class_count; i++) {
		bool two = kb_classes[i].wrapping == KB_WRAP_DK_AND_BAG;

		if (kb_classes[i].class != KB_CLASS_AKPU)
			add_class_key(form, storage, random, kb_classes[i].class, two ? 2 : 1);
		else if (passcode || random_bool(random))
			add_class_key(form, storage, random, KB_CLASS_AKPU, passcode ? 1 : 0);
	}
	add_unknown(form, storage, random);
}
