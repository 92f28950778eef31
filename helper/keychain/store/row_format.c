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
#define FIXED_AAD	(16 + ROW_UUID_SIZE + HASH_SIZE)	/* of associated data, what each row has */
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

struct field {
	char name[5];
	unsigned int kind;
	const uint8_t *content;
	size_t length;
};

static bool is_named(const struct field *field, const char *name)
{
	return !memcmp(field->name, name, 4);
}

/* Pairs are what own attributes have, and nothing else. */
static bool kind_fits(const struct field *field)
{
	switch (field->kind) {
	case VALUE_STRING:
	case VALUE_DATA:
		return !is_named(field, OWN_NAME);
	case VALUE_INTEGER:
	case VALUE_DATE:
		return !is_named(field, OWN_NAME) && field->length == sizeof(uint64_t);
	case VALUE_DICTIONARY:
		return is_named(field, OWN_NAME);
	default:
		return false;
	}
}

/* Reads the one that at most @length bytes begin with. */
static enum fault read_field(const uint8_t *bytes, size_t length, struct field *ret_field)
{
	struct field field;

	if (length < FIELD_HEADER)
		return FAULT_DAMAGED;
	memcpy(field.name, bytes, 4);
	field.name[4] = 0;
	field.kind = bytes[4];
	field.length = number_get(bytes + 8);
	field.content = bytes + FIELD_HEADER;
	if (field.length > length - FIELD_HEADER || memchr(field.name, 0, 4) || !kind_fits(&field))
		return FAULT_DAMAGED;
	*ret_field = field;
	return FAULT_NONE;
}

static int64_t number_of(const struct field *field)
{
	uint64_t number;

	memcpy(&number, field->content, sizeof(number));
	return (int64_t)le64toh(number);
}

static enum fault take_field(const struct field *field, struct value **ret_value)
{
	switch (field->kind) {
	case VALUE_DICTIONARY:
		return own_decode(field->content, field->length, ret_value);
	case VALUE_STRING:
		*ret_value = value_string_of((const char *)field->content, field->length);
		break;
	case VALUE_DATA:
		*ret_value = value_data(field->content, field->length);
		break;
	case VALUE_DATE:
		*ret_value = value_date(number_of(field));
		break;
	default:
		*ret_value = value_integer(number_of(field));
		break;
	}
	return *ret_value ? FAULT_NONE : FAULT_MEMORY;
}

static enum fault decode_field(const struct field *field, struct value *dictionary)
{
	struct value *value = NULL;
	enum fault fault = take_field(field, &value);
	int error;

	if (fault)
		return fault;
	error = value_add_once(dictionary, field->name, 4, value);
	return error == -EEXIST ? FAULT_DAMAGED : error ? FAULT_MEMORY : FAULT_NONE;
}

enum fault fields_decode(const uint8_t *bytes, size_t length, struct value **ret_dictionary)
{
	struct value *dictionary = value_dictionary();
	enum fault fault = dictionary ? FAULT_NONE : FAULT_MEMORY;

	while (!fault && length) {
		struct field field;

		fault = read_field(bytes, length, &field);
		if (fault)
			break;
		fault = decode_field(&field, dictionary);
		bytes += FIELD_HEADER + field.length;
		length -= FIELD_HEADER + field.length;
	}
	if (fault)
		value_free(dictionary);
	else
		*ret_dictionary = dictionary;
	return fault;
}

/* ---- what stands in columns, too ---- */

static bool text_is(const struct field *field, const char *text)
{
	return field->kind == VALUE_STRING && text && field->length == strlen(text) && !memcmp(field->content, text, field->length);
}

/*
 * Which of them it is, as a bit of ROW_AGREES_*, 0 for none; *ret_agrees: it is what the column has.
 */
static uint8_t column_of(const struct row *row, const struct field *field, bool *ret_agrees)
{
	if (is_named(field, "agrp")) {
		*ret_agrees = text_is(field, row->group);
		return ROW_AGREES_GROUP;
	}
	if (is_named(field, "pdmn")) {
		*ret_agrees = row->class_number && text_is(field, keybag_class_name(row->class_number));
		return ROW_AGREES_CLASS;
	}
	if (is_named(field, "sync")) {
		*ret_agrees = (field->kind == VALUE_INTEGER && number_of(field)) == row->synchronizable;
		return ROW_AGREES_SYNC;
	}
	*ret_agrees = field->kind == VALUE_DATE;
	return is_named(field, "cdat") ? ROW_AGREES_CREATED : is_named(field, "mdat") ? ROW_AGREES_MODIFIED : 0;
}

/* @seen: columns that were met. Those which are not looked at as values cannot be twice either. */
static enum fault compare_column(struct row *row, const struct field *field, uint8_t *seen)
{
	bool agrees;
	uint8_t column = column_of(row, field, &agrees);

	if (*seen & column)
		return FAULT_DAMAGED;
	*seen |= column;
	if (column && !agrees)
		row->agrees &= (uint8_t)~column;
	else
		row->agrees |= column;
	return FAULT_NONE;
}

/* ---- for clients, without values ---- */

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
	cbor_put_text(output, field->name, 4);
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

/* Writes a field that clients are told, each once. @told: a bit for each attribute. */
static enum fault tell_field(struct row *row, const struct field *field, struct cbor_output *output, uint64_t *told)
{
	const struct attribute *attribute = attribute_by_name(field->name);
	size_t at;

	if (!attribute || attribute->kind == ATTRIBUTE_INTERNAL)
		return FAULT_NONE;
	at = attribute_index(attribute);
	if (told[at / 64] & UINT64_C(1) << at % 64)
		return FAULT_DAMAGED;
	told[at / 64] |= UINT64_C(1) << at % 64;
	row->encoded.count++;
	return encode_field(output, field);
}

/* ---- a row ---- */

static bool is_wanted(const struct value *wanted, const struct field *field)
{
	return !wanted || (value_count(wanted) && value_get(wanted, field->name));
}

static enum fault decode_all(struct row *row, const uint8_t *bytes, size_t length, const struct value *wanted,
			     struct cbor_output *output)
{
	uint64_t told[ATTRIBUTE_MAX_COUNT / 64] = { 0 };
	enum fault fault = FAULT_NONE;
	uint8_t seen = 0;

	/* An item is not synchronizable where that is not said. */
	row->agrees = row->synchronizable ? 0 : ROW_AGREES_SYNC;
	while (!fault && length) {
		struct field field;

		fault = read_field(bytes, length, &field);
		if (fault)
			break;
		bytes += FIELD_HEADER + field.length;
		length -= FIELD_HEADER + field.length;
		fault = compare_column(row, &field, &seen);
		if (!fault && is_wanted(wanted, &field))
			fault = decode_field(&field, row->attributes);
		if (!fault && output->bytes)
			fault = tell_field(row, &field, output, told);
	}
	return fault ? fault : output->failed ? FAULT_DEFECT : FAULT_NONE;
}

static enum fault decode_fields(struct row *row, const uint8_t *bytes, size_t length, const struct value *wanted)
{
	/* No field takes more bytes as CBOR than it has here. */
	struct cbor_output output = { .capacity = length };
	enum fault fault = FAULT_MEMORY;

	row->attributes = value_dictionary();
	if (row->encodes)
		row->encoded.bytes = output.bytes = malloc(length + 1);
	if (row->attributes && (output.bytes || !row->encodes))
		fault = decode_all(row, bytes, length, wanted, &output);
	row->encoded.length = output.length;
	if (!fault)
		return FAULT_NONE;
	row_forget_encoded(row);
	value_free(row->attributes);
	row->attributes = NULL;
	return fault;
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
	/* Constraints this version does not know must not be passed over. */
	if (length < HEADER_SIZE || bytes[0] != ROW_FORMAT || bytes[2] || bytes[3] ||
	    bytes[1] & ~(ROW_FLAG_SECRET | ROW_FLAG_FIELDS | FLAG_PADDED) || number_get(bytes + 4))
		return FAULT_DAMAGED;
	if (bytes[1] & FLAG_PADDED && !unpad(bytes, &length))
		return FAULT_DAMAGED;
	row->flags = bytes[1] & ~FLAG_PADDED;
	memcpy(row->seal, bytes + 8, ROW_SEAL_SIZE);
	memcpy(row->binding, bytes + 8 + ROW_SEAL_SIZE, ROW_BINDING_SIZE);
	return decode_fields(row, bytes + HEADER_SIZE, length - HEADER_SIZE, wanted);
}

size_t row_associated_size(const struct row *row)
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);
	size_t size = FIXED_AAD + strlen(row->group) + 4 + SHA256_DIGEST_LENGTH;

	for (unsigned int i = 0; hashed[i]; i++)
		size += row->hashes[i].present ? 4 + HASH_SIZE : 0;
	return size;
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
