// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "form.h"
#include "tlv.h"

static bool within(u32 value, u32 lowest, u32 highest)
{
	return value >= lowest && value <= highest;
}

static void read_type(struct kb_form *form, struct kb_reader *value)
{
	form->type = kb_read_u32(value);
	kb_read_check(value, within(form->type, KB_FORM_USER, KB_FORM_SYSTEM));
}

static void read_owner(struct kb_form *form, struct kb_reader *value)
{
	form->owner = kb_read_u32(value);
	kb_read_check(value, (form->owner == KB_OWNER_NONE) == (form->type == KB_FORM_SYSTEM));
}

static void read_uuid(struct kb_form *form, struct kb_reader *value)
{
	form->uuid = kb_read_bytes(value, KB_UUID_SIZE);
}

static void read_device_key_id(struct kb_form *form, struct kb_reader *value)
{
	form->device_key_id = kb_read_bytes(value, KB_DEVICE_KEY_ID_SIZE);
}

static void read_generation(struct kb_form *form, struct kb_reader *value)
{
	form->generation = kb_read_u64(value);
	kb_read_check(value, form->generation && form->generation <= KB_FORM_MAX_GENERATION);
}

/* The open choice is written as no TLV at all, so that each form has one encoding only. */
static void read_recovery_choice(struct kb_form *form, struct kb_reader *value)
{
	form->recovery_choice = kb_read_u32(value);
	kb_read_check(value, within(form->recovery_choice,
				    KB_RECOVERY_CONFIRMED, KB_RECOVERY_REFUSED));
}

static void read_login(struct kb_form *form, struct kb_reader *value)
{
	form->login_salt = kb_read_bytes(value, KB_SALT_SIZE);
}

/* Like the choice: what is not there is written as no TLV. */
static void read_hardware(struct kb_form *form, struct kb_reader *value)
{
	form->hardware = kb_read_u32(value);
	kb_read_check(value, form->hardware == KB_HARDWARE_SECRET);
}

static bool kdf_sound(const struct kb_protector *protector)
{
	if (protector->kind != KB_PROTECTOR_PASSCODE)
		return !protector->kdf_memory_kib && !protector->kdf_passes &&
		       !protector->kdf_lanes;
	return within(protector->kdf_memory_kib, KB_KDF_MIN_MEMORY_KIB, KB_KDF_MAX_MEMORY_KIB) &&
	       within(protector->kdf_passes, 1, KB_KDF_MAX_PASSES) &&
	       within(protector->kdf_lanes, 1, KB_KDF_MAX_LANES);
}

static void read_protector(struct kb_form *form, struct kb_reader *value)
{
	u32 count = form->protector_count;
	struct kb_protector *protector;

	kb_read_check(value, count < KB_FORM_MAX_PROTECTORS);
	if (value->failed)
		return;

	protector = &form->protectors[count];
	protector->id = kb_read_u32(value);
	protector->kind = kb_read_u8(value);
	kb_read_zeros(value, 3);
	protector->kdf_memory_kib = kb_read_u32(value);
	protector->kdf_passes = kb_read_u32(value);
	protector->kdf_lanes = kb_read_u32(value);
	protector->salt = kb_read_bytes(value, KB_SALT_SIZE);
	protector->opaque_length = kb_read_u32(value);
	kb_read_check(value, protector->opaque_length <= KB_MAX_OPAQUE);
	protector->opaque = kb_read_bytes(value, protector->opaque_length);
	protector->verifier = kb_read_bytes(value, KB_VERIFIER_SIZE);
	protector->sealed_bag = kb_read_bytes(value, KB_SEALED_KEY_SIZE);
	if (protector->kind == KB_PROTECTOR_PASSCODE)
		protector->sealed_akpu = kb_read_bytes(value, KB_SEALED_KEY_SIZE);

	kb_read_check(value, protector->id > (count ? protector[-1].id : 0));
	kb_read_check(value, within(protector->kind, KB_PROTECTOR_PASSCODE, KB_PROTECTOR_NONE));
	kb_read_check(value, kdf_sound(protector));
	form->protector_count++;
}

static bool copies_sound(const struct kb_class_info *class, u8 copies)
{
	if (class->class == KB_CLASS_AKPU)
		return copies <= 1;
	return copies == (class->wrapping == KB_WRAP_DK_AND_BAG ? 2 : 1);
}

static void read_class_key(struct kb_form *form, struct kb_reader *value)
{
	u32 count = form->class_key_count;
	const struct kb_class_info *class;
	struct kb_class_key *key;
	unsigned int i;

	kb_read_check(value, count < KB_CLASS_SLOTS);
	if (value->failed)
		return;

	key = &form->class_keys[count];
	key->class = kb_read_u8(value);
	key->algorithm = kb_read_u8(value);
	key->copies = kb_read_u8(value);
	kb_read_zeros(value, 1);
	key->key_generation = kb_read_u32(value);
	kb_read_check(value, key->key_generation);

	class = kb_class_find(key->class);
	kb_read_check(value, class && key->class > (count ? key[-1].class : 0));
	if (value->failed)
		return;

	kb_read_check(value, key->algorithm == (class->asymmetric ? KB_ALGORITHM_X25519 :
						KB_ALGORITHM_AES_256));
	kb_read_check(value, copies_sound(class, key->copies));
	key->public_half = value->next;
	if (class->asymmetric)
		kb_read_bytes(value, KB_PUBLIC_SIZE);
	else
		kb_read_zeros(value, KB_PUBLIC_SIZE);
	for (i = 0; i < key->copies && !value->failed; i++)
		key->sealed[i] = kb_read_bytes(value, KB_SEALED_KEY_SIZE);
	form->class_key_count++;
}

static void read_unknown(struct kb_form *form, struct kb_reader *value, const struct kb_tlv *tlv)
{
	kb_read_check(value, form->unknown_count < KB_FORM_MAX_UNKNOWN);
	if (value->failed)
		return;
	kb_read_bytes(value, tlv->length);
	form->unknown[form->unknown_count++] = (struct kb_unknown){
		.tag = tlv->tag,
		.length = tlv->length,
		.value = tlv->value,
	};
}

/* The TLVs that this version knows, in the order in which they must come. */
static const struct known_tlv {
	u16 tag;
	bool required;
	bool repeated;
	void (*read)(struct kb_form *form, struct kb_reader *value);
} known_tlvs[] = {
	{ KB_TAG_TYPE,		  true,  false, read_type },
	{ KB_TAG_OWNER,		  true,  false, read_owner },
	{ KB_TAG_UUID,		  true,  false, read_uuid },
	{ KB_TAG_DEVICE_KEY_ID,	  true,  false, read_device_key_id },
	{ KB_TAG_GENERATION,	  true,  false, read_generation },
	{ KB_TAG_RECOVERY_CHOICE, false, false, read_recovery_choice },
	{ KB_TAG_LOGIN,		  false, false, read_login },
	{ KB_TAG_HARDWARE,	  false, false, read_hardware },
	{ KB_TAG_PROTECTOR,	  true,  true,  read_protector },
	{ KB_TAG_CLASS_KEY,	  true,  true,  read_class_key },
};

/* By number, so that a known tag with the wrong critical bit is found too. */
static const struct known_tlv *find_known(u16 tag)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known_tlvs); i++)
		if (KB_TLV_NUMBER(known_tlvs[i].tag) == KB_TLV_NUMBER(tag))
			return &known_tlvs[i];
	return NULL;
}

static int read_value(struct kb_form *form, const struct kb_tlv *tlv, const struct known_tlv *known)
{
	struct kb_reader value = kb_reader_of(tlv->value, tlv->length);

	if (known) {
		kb_read_check(&value, tlv->tag == known->tag);
		if (!value.failed)
			known->read(form, &value);
	} else {
		if (tlv->tag & KB_TLV_CRITICAL)
			return -EPROTONOSUPPORT;
		read_unknown(form, &value, tlv);
	}
	return kb_reader_finished(&value) ? 0 : -EBADMSG;
}

static int read_tlvs(struct kb_form *form, struct kb_reader *reader, struct kb_form_place *place)
{
	const u8 *start = reader->next - KB_FORM_HEADER_SIZE;
	bool seen[ARRAY_SIZE(known_tlvs)] = { false };
	const struct known_tlv *known;
	int error, last = -1;
	struct kb_tlv tlv;
	unsigned int i;

	for (; reader->left; last = KB_TLV_NUMBER(tlv.tag)) {
		*place = (struct kb_form_place){ .offset = (u32)(reader->next - start) };
		if (!kb_read_tlv(reader, &tlv)) {
			place->tag = tlv.tag;
			return -EBADMSG;
		}
		place->tag = tlv.tag;
		if (KB_TLV_NUMBER(tlv.tag) < last)
			return -EBADMSG;
		known = find_known(tlv.tag);
		if (KB_TLV_NUMBER(tlv.tag) == last && !(known && known->repeated))
			return -EBADMSG;
		error = read_value(form, &tlv, known);
		if (error)
			return error;
		if (known)
			seen[known - known_tlvs] = true;
	}
	place->offset = (u32)(reader->next - start);
	for (i = 0; i < ARRAY_SIZE(known_tlvs); i++) {
		place->tag = known_tlvs[i].tag;
		if (known_tlvs[i].required && !seen[i])
			return -EBADMSG;
	}
	return 0;
}

static bool protectors_sound(const struct kb_form *form)
{
	bool passcode = kb_form_protector_of(form, KB_PROTECTOR_PASSCODE);
	unsigned int i, first = 0;

	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].kind == KB_PROTECTOR_PASSCODE ||
		    form->protectors[i].kind == KB_PROTECTOR_NONE)
			first++;
	return first == 1 && !(passcode && form->type == KB_FORM_SYSTEM) &&
	       (passcode || form->hardware == KB_HARDWARE_NONE);
}

static bool class_keys_sound(const struct kb_form *form)
{
	const struct kb_class_key *akpu = kb_form_class_key(form, KB_CLASS_AKPU);
	bool passcode = kb_form_protector_of(form, KB_PROTECTOR_PASSCODE);
	unsigned int i;

	for (i = 0; i < kb_class_count; i++)
		if (kb_classes[i].class != KB_CLASS_AKPU &&
		    !kb_form_class_key(form, kb_classes[i].class))
			return false;
	return passcode == (akpu && akpu->copies);
}

int kb_form_check_header(const u8 *bytes, size_t length)
{
	struct kb_reader reader = kb_reader_of(bytes, length);
	const u8 *magic = kb_read_bytes(&reader, KB_FORM_MAGIC_SIZE);
	u32 version = kb_read_u32(&reader);
	u32 own_length = kb_read_u32(&reader);

	if (!magic || memcmp(magic, KB_FORM_MAGIC, KB_FORM_MAGIC_SIZE))
		return -EBADMSG;
	if (own_length != length ||
	    !within(own_length, KB_FORM_HEADER_SIZE + KB_FORM_TRAILER_SIZE, KB_FORM_MAX_SIZE))
		return -EBADMSG;
	if (version > KB_FORM_VERSION)
		return -EPROTONOSUPPORT;
	return version == KB_FORM_VERSION ? 0 : -EBADMSG;
}

int kb_form_parse_place(struct kb_form *form, const u8 *bytes, size_t length,
			struct kb_form_place *ret_place)
{
	struct kb_reader reader;
	int error;

	*ret_place = (struct kb_form_place){ .offset = 0 };
	error = kb_form_check_header(bytes, length);
	if (error)
		return error;

	memset(form, 0, sizeof(*form));
	reader = kb_reader_of(bytes + KB_FORM_HEADER_SIZE,
			      length - KB_FORM_HEADER_SIZE - KB_FORM_TRAILER_SIZE);
	error = read_tlvs(form, &reader, ret_place);
	if (error)
		return error;
	ret_place->tag = KB_TAG_PROTECTOR;
	if (!protectors_sound(form))
		return -EBADMSG;
	ret_place->tag = KB_TAG_CLASS_KEY;
	return class_keys_sound(form) ? 0 : -EBADMSG;
}

int kb_form_parse(struct kb_form *form, const u8 *bytes, size_t length)
{
	struct kb_form_place place;

	return kb_form_parse_place(form, bytes, length, &place);
}
