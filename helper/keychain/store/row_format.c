// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row_format.h"
#include "helper/keychain/store/algorithm.h"
#include "helper/keychain/store/number.h"
#include "helper/keychain/store/own.h"

#include <endian.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/base/cbor.h"

#define HEADER_SIZE	(8 + ROW_SEAL_SIZE + ROW_BINDING_SIZE)
#define STEP		20	/* padded to a multiple of it: the length of what is sealed is to be seen */
#define FLAG_PADDED	(1 << 2) /* in the header, beside ROW_FLAG_*; rows of earlier versions are without it */
#define FIELD_HEADER	12	/* name, kind, three zeros, length */

static size_t field_length(const struct value *value)
{
	size_t length;

	if (value_is(value, VALUE_DICTIONARY))
		return own_encode(value, NULL);
	if (value_bytes(value, &length))
		return length;
	return sizeof(uint64_t);
}

static void put_field(uint8_t *bytes, const char *name, const struct value *value)
{
	size_t length;
	const void *content = value_bytes(value, &length);
	uint64_t number;

	memset(bytes, 0, FIELD_HEADER);
	memcpy(bytes, name, 4);
	bytes[4] = (uint8_t)value_kind(value);
	number_put(bytes + 8, (uint32_t)field_length(value));
	if (value_is(value, VALUE_DICTIONARY)) {
		own_encode(value, bytes + FIELD_HEADER);
		return;
	}
	if (content) {
		memcpy(bytes + FIELD_HEADER, content, length);
		return;
	}
	number = htole64((uint64_t)(value_is(value, VALUE_DATE) ? value_as_date(value)
								: value_as_integer(value)));
	memcpy(bytes + FIELD_HEADER, &number, sizeof(number));
}

size_t fields_encode(const struct value *dictionary, uint8_t *bytes)
{
	size_t at = 0;

	for (size_t i = 0; i < value_count(dictionary); i++) {
		const struct value *value = value_at(dictionary, i);

		if (bytes)
			put_field(bytes + at, value_key_at(dictionary, i), value);
		at += FIELD_HEADER + field_length(value);
	}
	return at;
}

static struct value *take_number(unsigned int kind, const uint8_t *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	number = le64toh(number);
	return kind == VALUE_DATE ? value_date((int64_t)number) : value_integer((int64_t)number);
}

static enum fault take_field(unsigned int kind, const uint8_t *bytes, size_t length, struct value **ret_value)
{
	if (kind == VALUE_DICTIONARY)
		return own_decode(bytes, length, ret_value);
	if (kind == VALUE_STRING)
		*ret_value = value_string_of((const char *)bytes, length);
	else if (kind == VALUE_DATA)
		*ret_value = value_data(bytes, length);
	else
		*ret_value = take_number(kind, bytes);
	return *ret_value ? FAULT_NONE : FAULT_MEMORY;
}

/* Pairs are what own attributes have, and nothing else. */
static bool kind_fits(unsigned int kind, const char *name, size_t size)
{
	switch (kind) {
	case VALUE_STRING:
	case VALUE_DATA:
		return strcmp(name, OWN_NAME);
	case VALUE_INTEGER:
	case VALUE_DATE:
		return strcmp(name, OWN_NAME) && size == sizeof(uint64_t);
	case VALUE_DICTIONARY:
		return !strcmp(name, OWN_NAME);
	default:
		return false;
	}
}

/* Whether a name, of four letters, is one of those that stand in columns, which are compared with them. */
static bool in_column(const char *name)
{
	static const char columns[][5] = { "agrp", "pdmn", "sync", "cdat", "mdat" };

	for (unsigned int i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (!memcmp(name, columns[i], 4))
			return true;
	}
	return false;
}

struct field {
	char name[5];
	unsigned int kind;
	const uint8_t *content;
	size_t length;
};

/* Reads the one that at most @length bytes begin with. */
static enum fault read_field(const uint8_t *bytes, size_t length, struct field *ret_field)
{
	struct field field = { 0 };

	if (length < FIELD_HEADER)
		return FAULT_DAMAGED;
	memcpy(field.name, bytes, 4);
	field.kind = bytes[4];
	field.length = number_get(bytes + 8);
	field.content = bytes + FIELD_HEADER;
	if (field.length > length - FIELD_HEADER || strlen(field.name) != 4 ||
	    !kind_fits(field.kind, field.name, field.length))
		return FAULT_DAMAGED;
	*ret_field = field;
	return FAULT_NONE;
}

static enum fault decode_field(const struct field *field, const struct value *wanted, struct value *dictionary)
{
	struct value *value = NULL;
	enum fault fault;
	int error;

	if (wanted && !in_column(field->name) && !value_get(wanted, field->name))
		return FAULT_NONE;
	fault = take_field(field->kind, field->content, field->length, &value);
	if (fault)
		return fault;
	error = value_add_once(dictionary, field->name, strlen(field->name), value);
	return error == -EEXIST ? FAULT_DAMAGED : error ? FAULT_MEMORY : FAULT_NONE;
}

static enum fault decode_wanted(const uint8_t *bytes, size_t length, const struct value *wanted,
				struct value **ret_dictionary)
{
	struct value *dictionary = value_dictionary();
	enum fault fault = dictionary ? FAULT_NONE : FAULT_MEMORY;

	while (!fault && length) {
		struct field field;

		fault = read_field(bytes, length, &field);
		if (fault)
			break;
		fault = decode_field(&field, wanted, dictionary);
		bytes += FIELD_HEADER + field.length;
		length -= FIELD_HEADER + field.length;
	}
	if (fault)
		value_free(dictionary);
	else
		*ret_dictionary = dictionary;
	return fault;
}

/* ---- for clients, without values ---- */

static int64_t number_of(const struct field *field)
{
	uint64_t number;

	memcpy(&number, field->content, sizeof(number));
	return (int64_t)le64toh(number);
}

static enum fault encode_own(struct cbor_output *output, const struct field *field)
{
	struct value *pairs;
	enum fault fault = own_decode(field->content, field->length, &pairs);

	if (fault)
		return fault;
	cbor_put_value(output, pairs, 1);
	value_free(pairs);
	return FAULT_NONE;
}

static enum fault encode_field(struct cbor_output *output, const struct field *field)
{
	cbor_put_text(output, field->name, strlen(field->name));
	switch (field->kind) {
	case VALUE_STRING:
		cbor_put_text(output, (const char *)field->content, field->length);
		return FAULT_NONE;
	case VALUE_DATA:
		cbor_put_data(output, field->content, field->length);
		return FAULT_NONE;
	case VALUE_DATE:
		cbor_put_date(output, number_of(field));
		return FAULT_NONE;
	case VALUE_INTEGER:
		cbor_put_integer(output, number_of(field));
		return FAULT_NONE;
	default:
		return encode_own(output, field);
	}
}

/* Attributes that clients are told, each once. */
static enum fault encode_told(struct row *row, struct cbor_output *output, const uint8_t *bytes, size_t length)
{
	uint64_t told[ATTRIBUTE_MAX_COUNT / 64] = { 0 };

	while (length) {
		const struct attribute *attribute;
		struct field field;
		enum fault fault = read_field(bytes, length, &field);
		size_t at;

		if (fault)
			return fault;
		bytes += FIELD_HEADER + field.length;
		length -= FIELD_HEADER + field.length;
		attribute = attribute_by_name(field.name);
		if (!attribute || attribute->kind == ATTRIBUTE_INTERNAL)
			continue;
		at = attribute_index(attribute);
		if (told[at / 64] & UINT64_C(1) << at % 64)
			return FAULT_DAMAGED;
		told[at / 64] |= UINT64_C(1) << at % 64;
		fault = encode_field(output, &field);
		if (fault)
			return fault;
		row->encoded.count++;
	}
	return FAULT_NONE;
}

/* No field takes more bytes as CBOR than it has here. */
static enum fault encode_all(struct row *row, const uint8_t *bytes, size_t length)
{
	struct cbor_output output = { .capacity = length };
	enum fault fault;

	row->encoded.bytes = output.bytes = malloc(length + 1);
	if (!output.bytes)
		return FAULT_MEMORY;
	fault = encode_told(row, &output, bytes, length);
	row->encoded.length = output.length;
	if (!fault && output.failed)
		fault = FAULT_DEFECT;
	if (fault)
		row_forget_encoded(row);
	return fault;
}

enum fault fields_decode(const uint8_t *bytes, size_t length, struct value **ret_dictionary)
{
	return decode_wanted(bytes, length, NULL, ret_dictionary);
}

size_t row_encode(const struct row *row, uint8_t *bytes)
{
	size_t length = HEADER_SIZE + fields_encode(row->attributes, bytes ? bytes + HEADER_SIZE : NULL);
	size_t padding = STEP - length % STEP;

	if (bytes) {
		memset(bytes, 0, HEADER_SIZE);
		bytes[0] = ROW_FORMAT;
		bytes[1] = row->flags | FLAG_PADDED;
		/* bytes 4 to 7: length of access-control constraints, which would come next */
		memcpy(bytes + 8, row->seal, ROW_SEAL_SIZE);
		memcpy(bytes + 8 + ROW_SEAL_SIZE, row->binding, ROW_BINDING_SIZE);
		memset(bytes + length, (int)padding, padding);
	}
	return length + padding;
}

/* Takes it off. */
static bool unpad(const uint8_t *bytes, size_t *length)
{
	uint8_t padding = bytes[*length - 1];

	if (*length % STEP || padding < 1 || padding > STEP || *length - padding < HEADER_SIZE)
		return false;
	for (size_t i = 1; i <= padding; i++) {
		if (bytes[*length - i] != padding)
			return false;
	}
	*length -= padding;
	return true;
}

enum fault row_decode(struct row *row, const uint8_t *bytes, size_t length, const struct value *wanted)
{
	enum fault fault;

	/* Constraints this version does not know must not be passed over. */
	if (length < HEADER_SIZE || bytes[0] != ROW_FORMAT || bytes[2] || bytes[3] ||
	    bytes[1] & ~(ROW_FLAG_SECRET | ROW_FLAG_FIELDS | FLAG_PADDED) || number_get(bytes + 4))
		return FAULT_DAMAGED;
	if (bytes[1] & FLAG_PADDED && !unpad(bytes, &length))
		return FAULT_DAMAGED;
	row->flags = bytes[1] & ~FLAG_PADDED;
	memcpy(row->seal, bytes + 8, ROW_SEAL_SIZE);
	memcpy(row->binding, bytes + 8 + ROW_SEAL_SIZE, ROW_BINDING_SIZE);
	fault = decode_wanted(bytes + HEADER_SIZE, length - HEADER_SIZE, wanted, &row->attributes);
	if (!fault && row->encodes)
		fault = encode_all(row, bytes + HEADER_SIZE, length - HEADER_SIZE);
	if (fault) {
		value_free(row->attributes);
		row->attributes = NULL;
	}
	return fault;
}

size_t row_associated_data(const struct row *row, uint32_t chunk, uint32_t chunks,
			   uint8_t bytes[ROW_MAX_AAD])
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);
	size_t at = 0, group = strlen(row->group);

	bytes[at++] = ROW_FORMAT;
	bytes[at++] = (uint8_t)row->class_number;
	bytes[at++] = row->synchronizable;
	bytes[at++] = (uint8_t)group;
	memcpy(bytes + at, item_class_name(row->item_class), 4);
	at += 4;
	number_put(bytes + at, chunk);
	number_put(bytes + at + 4, chunks);
	at += 8;
	memcpy(bytes + at, row->uuid, ROW_UUID_SIZE);
	at += ROW_UUID_SIZE;
	memcpy(bytes + at, row->digest, HASH_SIZE);
	at += HASH_SIZE;
	memcpy(bytes + at, row->group, group);
	at += group;
	for (unsigned int i = 0; hashed[i]; i++) {
		if (!row->hashes[i].present)
			continue;
		memcpy(bytes + at, hashed[i]->name, 4);
		memcpy(bytes + at + 4, row->hashes[i].hash, HASH_SIZE);
		at += 4 + HASH_SIZE;
	}
	if (row->own.count) {
		memcpy(bytes + at, "own ", 4);
		if (!algorithm_digest(row->own.hashes, row->own.count * HASH_SIZE, NULL, 0, bytes + at + 4))
			SHA256(row->own.hashes, row->own.count * HASH_SIZE, bytes + at + 4);
		at += 4 + SHA256_DIGEST_LENGTH;
	}
	return at;
}
