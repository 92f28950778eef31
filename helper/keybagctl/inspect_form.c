// SPDX-License-Identifier: GPL-2.0-or-later
#include "inspect_form.h"

#include <stdio.h>

#include "common/organisation_record.h"
#include "keybag/bytes.h"
#include "keybag/tlv.h"
#include "libkeybag/keybag.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct form_output {
	struct inspect_output *output;
	const uint8_t *bytes;
};

static const char *const types[] = { NULL, "user", "system" };
static const char *const choices[] = { NULL, "confirmed", "refused" };
static const char *const kinds[] = { NULL, "passcode", "recovery", "escrow", "none" };
static const char *const hardware[] = { NULL, "secret" };
static const char *const algorithms[] = { NULL, "AES-256", "X25519" };

static const struct {
	uint16_t tag;
	const char *name;
	enum inspect_kind kind;
	const char *const *meanings;
	size_t count;
} tags[] = {
	{ KB_TAG_TYPE, "type", INSPECT_NUMBER, types, COUNT(types) },
	{ KB_TAG_OWNER, "owner", INSPECT_NUMBER, NULL, 0 },
	{ KB_TAG_UUID, "uuid", INSPECT_UUID, NULL, 0 },
	{ KB_TAG_DEVICE_KEY_ID, "device-key-id", INSPECT_NAME, NULL, 0 },
	{ KB_TAG_GENERATION, "bag-generation", INSPECT_NUMBER, NULL, 0 },
	{ KB_TAG_RECOVERY_CHOICE, "recovery-choice", INSPECT_NUMBER, choices, COUNT(choices) },
	{ KB_TAG_LOGIN, "verified-login", INSPECT_BYTES, NULL, 0 },
	{ KB_TAG_HARDWARE, "hardware", INSPECT_NUMBER, hardware, COUNT(hardware) },
	{ KB_TAG_PROTECTOR, "protector", INSPECT_RECORD, NULL, 0 },
	{ KB_TAG_CLASS_KEY, "class-key", INSPECT_RECORD, NULL, 0 },
};

static size_t offset_of(const struct form_output *form, const uint8_t *bytes)
{
	return (size_t)(bytes - form->bytes);
}

/* ---- Fields, whose places follow each other ------------------------------------------------------ */

static const uint8_t *number_field(struct form_output *form, const char *name, const uint8_t *at, size_t length,
				   uint64_t number, const char *meaning)
{
	inspect_row(form->output, &(struct inspect_row){ .offset = offset_of(form, at), .length = length, .name = name,
			.kind = INSPECT_NUMBER, .number = number, .meaning = meaning });
	return at + length;
}

static void bytes_field(struct form_output *form, const char *name, const uint8_t *bytes, size_t length)
{
	inspect_row(form->output, &(struct inspect_row){ .offset = offset_of(form, bytes), .length = length, .name = name,
			.kind = INSPECT_BYTES, .bytes = bytes });
}

/* Which organisation it is whose secret opens a protector. */
static void organisation_fields(struct form_output *form, const struct kb_protector *protector)
{
	struct organisation_record record;

	if (protector->kind != KB_PROTECTOR_ESCROW ||
	    !organisation_record_read(protector->opaque, protector->opaque_length, &record))
		return;
	inspect_row(form->output, &(struct inspect_row){ .offset = offset_of(form, record.digest),
			.length = ORGANISATION_RECORD_DIGEST, .name = "organisation-certificate", .kind = INSPECT_NAME,
			.bytes = record.digest });
	bytes_field(form, "sealed-to-organisation", record.sealed, record.sealed_length);
}

static void protector_fields(struct form_output *form, const struct kb_protector *protector, const uint8_t *at)
{
	at = number_field(form, "id", at, 4, protector->id, NULL);
	/* Three bytes behind it are zero. */
	at = number_field(form, "kind", at, 1, protector->kind, kinds[protector->kind]) + 3;
	at = number_field(form, "kdf-memory-kib", at, 4, protector->kdf_memory_kib, NULL);
	at = number_field(form, "kdf-passes", at, 4, protector->kdf_passes, NULL);
	number_field(form, "kdf-lanes", at, 4, protector->kdf_lanes, NULL);
	bytes_field(form, "salt", protector->salt, KB_SALT_SIZE);
	bytes_field(form, "opaque", protector->opaque, protector->opaque_length);
	organisation_fields(form, protector);
	bytes_field(form, "verifier", protector->verifier, KB_VERIFIER_SIZE);
	bytes_field(form, "sealed-bag-key", protector->sealed_bag, KB_SEALED_KEY_SIZE);
	if (protector->sealed_akpu)
		bytes_field(form, "sealed-akpu-key", protector->sealed_akpu, KB_SEALED_KEY_SIZE);
}

static void class_key_fields(struct form_output *form, const struct kb_class_key *key, const uint8_t *at)
{
	at = number_field(form, "class", at, 1, key->class, keybag_class_name(key->class));
	at = number_field(form, "algorithm", at, 1, key->algorithm, algorithms[key->algorithm]);
	/* A byte behind it is zero. */
	at = number_field(form, "copies", at, 1, key->copies, NULL) + 1;
	number_field(form, "key-generation", at, 4, key->key_generation, NULL);
	if (key->algorithm == KB_ALGORITHM_X25519)
		inspect_row(form->output, &(struct inspect_row){ .offset = offset_of(form, key->public_half),
				.length = KB_PUBLIC_SIZE, .name = "public-half", .kind = INSPECT_NAME,
				.bytes = key->public_half });
	for (unsigned int i = 0; i < key->copies; i++)
		bytes_field(form, "sealed-key", key->sealed[i], KB_SEALED_KEY_SIZE);
}

/* ---- Tags ---------------------------------------------------------------------------------------- */

static uint64_t number_of(const struct kb_tlv *tlv)
{
	return tlv->length == 8 ? kb_get_le64(tlv->value) : tlv->length == 4 ? kb_get_le32(tlv->value) : 0;
}

static void tag_row(struct form_output *form, const struct kb_tlv *tlv)
{
	char text[8];
	struct inspect_row row = {
		.offset = offset_of(form, tlv->value) - KB_TLV_HEADER_SIZE, .length = tlv->length, .tag = text,
		.kind = INSPECT_BYTES, .bytes = tlv->value, .number = number_of(tlv),
	};

	snprintf(text, sizeof(text), "0x%04x", tlv->tag);
	for (size_t i = 0; i < COUNT(tags); i++) {
		if (tags[i].tag != tlv->tag)
			continue;
		row.name = tags[i].name;
		row.kind = tags[i].kind;
		row.meaning = row.number < tags[i].count ? tags[i].meanings[row.number] : NULL;
	}
	if (tlv->tag == KB_TAG_OWNER && row.number == KB_OWNER_NONE)
		row.meaning = "nobody";
	inspect_row(form->output, &row);
}

static void trailer_row(struct form_output *form, const char *name, const uint8_t *bytes)
{
	inspect_row(form->output, &(struct inspect_row){ .offset = offset_of(form, bytes), .length = KB_FORM_MAC_SIZE,
			.tag = "-", .name = name, .kind = INSPECT_BYTES, .bytes = bytes });
}

void inspect_form(struct inspect_output *output, const struct kb_form *form, const uint8_t *bytes, size_t length)
{
	struct form_output state = { output, bytes };
	struct kb_reader reader = kb_reader_of(bytes + KB_FORM_HEADER_SIZE,
					       length - KB_FORM_HEADER_SIZE - KB_FORM_TRAILER_SIZE);
	const uint8_t *trailer = bytes + length - KB_FORM_TRAILER_SIZE;
	const struct kb_protector *protector = form->protectors;
	const struct kb_class_key *key = form->class_keys;
	struct kb_tlv tlv;

	inspect_begin(output);
	while (reader.left && kb_read_tlv(&reader, &tlv)) {
		tag_row(&state, &tlv);
		if (tlv.tag == KB_TAG_PROTECTOR)
			protector_fields(&state, protector++, tlv.value);
		else if (tlv.tag == KB_TAG_CLASS_KEY)
			class_key_fields(&state, key++, tlv.value);
	}
	trailer_row(&state, "device-mac", trailer);
	trailer_row(&state, "recovery-mac", trailer + KB_FORM_MAC_SIZE);
	trailer_row(&state, "sha-256", trailer + 2 * KB_FORM_MAC_SIZE);
	inspect_end(output);
}
