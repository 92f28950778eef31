// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "form.h"
#include "tlv.h"

/* Known TLVs are written in order; before each go the unknown ones that belong there. */
struct form_writer {
	struct kb_writer bytes;
	const struct kb_form *form;
	u32 next_unknown;
};

static void write_unknown_below(struct form_writer *writer, u16 number)
{
	const struct kb_form *form = writer->form;

	for (; writer->next_unknown < form->unknown_count; writer->next_unknown++) {
		const struct kb_unknown *unknown = &form->unknown[writer->next_unknown];

		if (KB_TLV_NUMBER(unknown->tag) >= number)
			return;
		kb_write_tlv_header(&writer->bytes, unknown->tag, unknown->length);
		kb_write_bytes(&writer->bytes, unknown->value, unknown->length);
	}
}

static void begin_tlv(struct form_writer *writer, u16 tag, u32 length)
{
	write_unknown_below(writer, KB_TLV_NUMBER(tag));
	kb_write_tlv_header(&writer->bytes, tag, length);
}

static void write_protector_head(struct kb_writer *bytes, const struct kb_protector *protector)
{
	kb_write_u32(bytes, protector->id);
	kb_write_u8(bytes, (u8)protector->kind);
	kb_write_zeros(bytes, 3);
	kb_write_u32(bytes, protector->kdf_memory_kib);
	kb_write_u32(bytes, protector->kdf_passes);
	kb_write_u32(bytes, protector->kdf_lanes);
	kb_write_bytes(bytes, protector->salt, KB_SALT_SIZE);
	kb_write_u32(bytes, protector->opaque_length);
	kb_write_bytes(bytes, protector->opaque, protector->opaque_length);
	kb_write_bytes(bytes, protector->verifier, KB_VERIFIER_SIZE);
}

static void write_protector(struct form_writer *writer, const struct kb_protector *protector)
{
	bool passcode = protector->kind == KB_PROTECTOR_PASSCODE;

	begin_tlv(writer, KB_TAG_PROTECTOR,
		  KB_PROTECTOR_FIXED_SIZE + protector->opaque_length + KB_VERIFIER_SIZE +
		  (passcode ? 2 : 1) * KB_SEALED_KEY_SIZE);
	write_protector_head(&writer->bytes, protector);
	kb_write_bytes(&writer->bytes, protector->sealed_bag, KB_SEALED_KEY_SIZE);
	if (passcode)
		kb_write_bytes(&writer->bytes, protector->sealed_akpu, KB_SEALED_KEY_SIZE);
}

static void write_class_key_head(struct kb_writer *bytes, const struct kb_class_key *key)
{
	kb_write_u8(bytes, key->class);
	kb_write_u8(bytes, (u8)key->algorithm);
	kb_write_u8(bytes, key->copies);
	kb_write_zeros(bytes, 1);
	kb_write_u32(bytes, key->key_generation);
	if (key->public_half)
		kb_write_bytes(bytes, key->public_half, KB_PUBLIC_SIZE);
	else
		kb_write_zeros(bytes, KB_PUBLIC_SIZE);
}

static void write_class_key(struct form_writer *writer, const struct kb_class_key *key)
{
	unsigned int i;

	begin_tlv(writer, KB_TAG_CLASS_KEY,
		  KB_CLASS_KEY_FIXED_SIZE + key->copies * KB_SEALED_KEY_SIZE);
	write_class_key_head(&writer->bytes, key);
	for (i = 0; i < key->copies; i++)
		kb_write_bytes(&writer->bytes, key->sealed[i], KB_SEALED_KEY_SIZE);
}

/* Header and TLVs; @length is what the header says. Returns the size with the trailer. */
static u64 write_form(struct kb_writer bytes, const struct kb_form *form, u32 length)
{
	struct form_writer writer = { .bytes = bytes, .form = form };
	u32 i;

	kb_write_bytes(&writer.bytes, (const u8 *)KB_FORM_MAGIC, KB_FORM_MAGIC_SIZE);
	kb_write_u32(&writer.bytes, KB_FORM_VERSION);
	kb_write_u32(&writer.bytes, length);

	begin_tlv(&writer, KB_TAG_TYPE, sizeof(u32));
	kb_write_u32(&writer.bytes, form->type);
	begin_tlv(&writer, KB_TAG_OWNER, sizeof(u32));
	kb_write_u32(&writer.bytes, form->owner);
	begin_tlv(&writer, KB_TAG_UUID, KB_UUID_SIZE);
	kb_write_bytes(&writer.bytes, form->uuid, KB_UUID_SIZE);
	begin_tlv(&writer, KB_TAG_DEVICE_KEY_ID, KB_DEVICE_KEY_ID_SIZE);
	kb_write_bytes(&writer.bytes, form->device_key_id, KB_DEVICE_KEY_ID_SIZE);
	begin_tlv(&writer, KB_TAG_GENERATION, sizeof(u64));
	kb_write_u64(&writer.bytes, form->generation);
	if (form->recovery_choice != KB_RECOVERY_OPEN) {
		begin_tlv(&writer, KB_TAG_RECOVERY_CHOICE, sizeof(u32));
		kb_write_u32(&writer.bytes, form->recovery_choice);
	}
	if (form->login_salt) {
		begin_tlv(&writer, KB_TAG_LOGIN, KB_SALT_SIZE);
		kb_write_bytes(&writer.bytes, form->login_salt, KB_SALT_SIZE);
	}
	if (form->hardware != KB_HARDWARE_NONE) {
		begin_tlv(&writer, KB_TAG_HARDWARE, sizeof(u32));
		kb_write_u32(&writer.bytes, form->hardware);
	}
	for (i = 0; i < form->protector_count; i++)
		write_protector(&writer, &form->protectors[i]);
	for (i = 0; i < form->class_key_count; i++)
		write_class_key(&writer, &form->class_keys[i]);
	write_unknown_below(&writer, KB_TLV_CRITICAL);

	return writer.bytes.length + KB_FORM_TRAILER_SIZE;
}

size_t kb_form_size(const struct kb_form *form)
{
	u64 size = write_form(kb_writer_of(NULL, 0), form, 0);

	return size <= KB_FORM_MAX_SIZE ? (size_t)size : 0;
}

int kb_form_write(u8 *out, size_t capacity, const struct kb_form *form)
{
	size_t size = kb_form_size(form);

	if (!size || size > capacity)
		return -EMSGSIZE;
	write_form(kb_writer_of(out, size), form, (u32)size);
	return (int)size;
}

size_t kb_protector_aad(u8 *out, const struct kb_protector *protector)
{
	struct kb_writer writer = kb_writer_of(out, KB_PROTECTOR_AAD_MAX);

	write_protector_head(&writer, protector);
	return (size_t)writer.length;
}

void kb_class_key_aad(u8 *out, const struct kb_class_key *key)
{
	struct kb_writer writer = kb_writer_of(out, KB_CLASS_KEY_FIXED_SIZE);

	write_class_key_head(&writer, key);
}
