// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row_format.h"
#include "helper/keychain/store/algorithm.h"
#include "helper/keychain/store/number.h"
#include "helper/keychain/store/own.h"

#include <openssl/sha.h>
#include <string.h>

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

/* Takes one field of at most @length bytes. */
static enum fault decode_field(const uint8_t *bytes, size_t length, const struct value *wanted, struct value *dictionary,
			       size_t *ret_size)
{
	char name[5] = { 0 };
	struct value *value = NULL;
	unsigned int kind;
	enum fault fault;
	uint32_t size;

	if (length < FIELD_HEADER)
		return FAULT_DAMAGED;
	memcpy(name, bytes, 4);
	kind = bytes[4];
	size = number_get(bytes + 8);
	if (size > length - FIELD_HEADER || strlen(name) != 4 || !kind_fits(kind, name, size))
		return FAULT_DAMAGED;
	*ret_size = FIELD_HEADER + size;
	if (wanted && !in_column(name) && !value_get(wanted, name))
		return FAULT_NONE;
	if (value_get(dictionary, name))
		return FAULT_DAMAGED;
	fault = take_field(kind, bytes + FIELD_HEADER, size, &value);
	if (fault)
		return fault;
	return value_add(dictionary, name, value) ? FAULT_MEMORY : FAULT_NONE;
}

static enum fault decode_wanted(const uint8_t *bytes, size_t length, const struct value *wanted,
				struct value **ret_dictionary)
{
	struct value *dictionary = value_dictionary();
	enum fault fault = dictionary ? FAULT_NONE : FAULT_MEMORY;

	while (!fault && length) {
		size_t size = 0;

		fault = decode_field(bytes, length, wanted, dictionary, &size);
		bytes += size;
		length -= size;
	}
	if (fault)
		value_free(dictionary);
	else
		*ret_dictionary = dictionary;
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
	/* Constraints this version does not know must not be passed over. */
	if (length < HEADER_SIZE || bytes[0] != ROW_FORMAT || bytes[2] || bytes[3] ||
	    bytes[1] & ~(ROW_FLAG_SECRET | ROW_FLAG_FIELDS | FLAG_PADDED) || number_get(bytes + 4))
		return FAULT_DAMAGED;
	if (bytes[1] & FLAG_PADDED && !unpad(bytes, &length))
		return FAULT_DAMAGED;
	row->flags = bytes[1] & ~FLAG_PADDED;
	memcpy(row->seal, bytes + 8, ROW_SEAL_SIZE);
	memcpy(row->binding, bytes + 8 + ROW_SEAL_SIZE, ROW_BINDING_SIZE);
	return decode_wanted(bytes + HEADER_SIZE, length - HEADER_SIZE, wanted, &row->attributes);
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
