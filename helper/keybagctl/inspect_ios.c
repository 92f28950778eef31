// SPDX-License-Identifier: GPL-2.0-or-later
#include "inspect_ios.h"

#include <string.h>

#include "ios/keybag/ios_keybag.h"
#include "libkeybag/keybag.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CLASS_MASK	0xf

static const char *const types[] = { "system", "backup", "escrow", "ota" };
static const char *const wraps[] = { NULL, "device", "passcode", "device+passcode" };
static const char *const key_types[] = { "AES", "Curve25519" };

static const struct {
	char tag[5];
	const char *name;
	enum inspect_kind kind;
} tags[] = {
	{ "DATA", "signed-data", INSPECT_BYTES },
	{ "SIGN", "signature", INSPECT_BYTES },
	{ "VERS", "version", INSPECT_NUMBER },
	{ "TYPE", "type", INSPECT_NUMBER },
	{ "UUID", "uuid", INSPECT_UUID },
	{ "HMCK", "wrapped-mac-key", INSPECT_BYTES },
	{ "WRAP", "wrap", INSPECT_NUMBER },
	{ "SALT", "salt", INSPECT_BYTES },
	{ "ITER", "iterations", INSPECT_NUMBER },
	{ "DPWT", "first-kdf", INSPECT_NUMBER },
	{ "DPIC", "first-iterations", INSPECT_NUMBER },
	{ "DPSL", "first-salt", INSPECT_BYTES },
	{ "CLAS", "class", INSPECT_NUMBER },
	{ "KTYP", "key-type", INSPECT_NUMBER },
	{ "WPKY", "wrapped-key", INSPECT_BYTES },
	{ "PBKY", "public-key", INSPECT_NAME },
};

const char *inspect_ios_type(uint32_t type)
{
	return type < COUNT(types) ? types[type] : NULL;
}

static const char *entry(const char *const names[], size_t count, uint64_t number)
{
	return number < count ? names[number] : NULL;
}

static const char *meaning_of(const char *tag, uint64_t number)
{
	if (!strcmp(tag, "TYPE"))
		return inspect_ios_type((uint32_t)number & IOS_KEYBAG_TYPE_MASK);
	if (!strcmp(tag, "WRAP"))
		return entry(wraps, COUNT(wraps), number);
	if (!strcmp(tag, "KTYP"))
		return entry(key_types, COUNT(key_types), number);
	return strcmp(tag, "CLAS") ? NULL : keybag_class_name((uint32_t)number & CLASS_MASK);
}

static uint64_t number_of(const struct ios_tlv *tlv)
{
	uint64_t number = 0;

	for (uint32_t i = 0; tlv->length <= sizeof(number) && i < tlv->length; i++)
		number = number << 8 | tlv->value[i];
	return number;
}

static struct inspect_row row_of(const struct ios_tlv *tlv)
{
	struct inspect_row row = {
		.offset = tlv->offset, .length = tlv->length, .tag = tlv->tag, .kind = INSPECT_BYTES, .bytes = tlv->value,
	};

	for (size_t i = 0; i < COUNT(tags); i++) {
		if (strcmp(tags[i].tag, tlv->tag))
			continue;
		row.name = tags[i].name;
		row.kind = tags[i].kind;
	}
	/* Behind the signature tags of any length pass. */
	if ((row.kind == INSPECT_UUID && tlv->length != IOS_UUID_SIZE) || (row.kind == INSPECT_NUMBER && tlv->length != sizeof(uint32_t)))
		row.kind = INSPECT_BYTES;
	if (row.kind == INSPECT_NUMBER) {
		row.number = number_of(tlv);
		row.meaning = meaning_of(tlv->tag, row.number);
	}
	return row;
}

void inspect_ios(struct inspect_output *output, const uint8_t *bytes, size_t length)
{
	struct ios_tlv tlv;
	size_t at = 0;

	inspect_begin(output);
	while (ios_keybag_next(bytes, length, &at, &tlv)) {
		struct inspect_row row = row_of(&tlv);

		inspect_row(output, &row);
	}
	inspect_end(output);
}
