// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes of rows: written and read again, cut short and changed; attributes and lookup hashes.
 */
#include <string.h>

#include "helper/keychain/base/cbor.h"
#include "helper/keychain/base/cbor_read.h"
#include "helper/keychain/store/row_format.h"
#include "tests/unit/lib/tap.h"

static struct row example(void)
{
	struct row row = { .item_class = ITEM_GENERIC, .flags = ROW_FLAG_SECRET };

	row.attributes = value_dictionary();
	value_set(row.attributes, "acct", value_string("account"));
	value_set(row.attributes, "svce", value_data("\0service", 8));
	value_set(row.attributes, "labl", value_string(""));
	value_set(row.attributes, "port", value_integer(-80));
	value_set(row.attributes, "cdat", value_date(1234567890123));
	memset(row.seal, 0x5a, sizeof(row.seal));
	memset(row.binding, 0xa5, sizeof(row.binding));
	return row;
}

static uint8_t *encode(const struct row *row, size_t *ret_length)
{
	uint8_t *bytes;

	*ret_length = row_encode(row, NULL);
	bytes = malloc(*ret_length);
	check(row_encode(row, bytes) == *ret_length);
	return bytes;
}

/* In memory of exactly that size, for the sanitizer to see. */
static enum fault decode(const uint8_t *bytes, size_t length, struct row *ret_row)
{
	uint8_t *copy = malloc(length ? length : 1);
	enum fault fault;

	memcpy(copy, bytes, length);
	*ret_row = (struct row){ .item_class = ITEM_GENERIC };
	fault = row_decode(ret_row, copy, length, NULL);
	free(copy);
	return fault;
}

static void test_round_trip(void)
{
	struct row row = example(), again;
	size_t length;
	uint8_t *bytes = encode(&row, &length);

	check(!decode(bytes, length, &again));
	check(value_equal(row.attributes, again.attributes) && again.flags == row.flags);
	check(!memcmp(row.seal, again.seal, sizeof(row.seal)));
	check(!memcmp(row.binding, again.binding, sizeof(row.binding)));
	row_release(&again);
	free(bytes);
	row_release(&row);
	tap_test("what is written is read again");
}

/* All in steps, so that a length says no more; what was written before that is read, too. */
static void test_padding(void)
{
	struct row row = example(), again;
	char label[42] = "";

	for (size_t longer = 0; longer <= 40; longer++) {
		size_t length, padding;
		uint8_t *bytes;

		memset(label, 'x', longer);
		value_set(row.attributes, "labl", value_string(label));
		bytes = encode(&row, &length);
		padding = bytes[length - 1];
		check(length % 20 == 0 && padding >= 1 && padding <= 20);
		check(!decode(bytes, length, &again));
		check(value_equal(row.attributes, again.attributes) && again.flags == row.flags);
		row_release(&again);
		/* Flag 4 says that there is padding. */
		check(bytes[1] == (row.flags | 4));
		bytes[1] = row.flags;
		check(!decode(bytes, length - padding, &again));
		check(value_equal(row.attributes, again.attributes) && again.flags == row.flags);
		row_release(&again);
		bytes[1] |= 4;
		check(decode(bytes, length - padding, &again) == FAULT_DAMAGED);
		for (unsigned int wrong = 0; wrong < 256; wrong++) {
			bytes[length - 1] = (uint8_t)wrong;
			check(wrong == padding || decode(bytes, length, &again) == FAULT_DAMAGED);
		}
		free(bytes);
	}
	row_release(&row);
	tap_test("attributes are padded in steps of 20 bytes");
}

static void test_damage(void)
{
	struct row row = example(), again;
	size_t length;
	uint8_t *bytes = encode(&row, &length);
	unsigned int refused = 0;

	for (size_t shorter = 0; shorter < length; shorter++) {
		if (!decode(bytes, shorter, &again))
			row_release(&again);
		else
			refused++;
	}
	check(refused > length / 2);
	for (size_t at = 0; at < length; at++) {
		for (unsigned int value = 0; value < 256; value += 5) {
			uint8_t kept = bytes[at];

			bytes[at] = (uint8_t)value;
			if (!decode(bytes, length, &again))
				row_release(&again);
			bytes[at] = kept;
		}
	}
	bytes[0] = 2;
	check(decode(bytes, length, &again) == FAULT_DAMAGED);
	bytes[0] = 1;
	bytes[4] = 1;
	check(decode(bytes, length, &again) == FAULT_DAMAGED);
	free(bytes);
	row_release(&row);
	tap_test("bytes cut short or changed; a newer format, constraints that are not known");
}

static void test_associated_data(void)
{
	struct row row = example();
	uint8_t first[ROW_MAX_AAD], second[ROW_MAX_AAD];
	size_t length;
	char group[ROW_MAX_GROUP + 1];

	memset(group, 'g', ROW_MAX_GROUP);
	group[ROW_MAX_GROUP] = 0;
	row.group = strdup(group);
	row.class_number = 6;
	for (unsigned int i = 0; schema_hashed(row.item_class)[i]; i++)
		row.hashes[i].present = true;
	length = row_associated_data(&row, 0, 1, first);
	check(length <= ROW_MAX_AAD);
	check(row_associated_data(&row, 1, 1, second) == length && memcmp(first, second, length));
	row.hashes[3].hash[5] ^= 1;
	check(row_associated_data(&row, 0, 1, second) == length && memcmp(first, second, length));
	row.hashes[3].hash[5] ^= 1;
	row.uuid[15] ^= 1;
	check(row_associated_data(&row, 0, 1, second) == length && memcmp(first, second, length));
	row_release(&row);
	tap_test("associated data");
}

/* The answer about a row, as a client reads it. */
static struct value *told(const struct row *row)
{
	struct cbor_output output = { 0 };
	struct value *value = NULL;

	cbor_put_map(&output, row->encoded.count);
	output = (struct cbor_output){ .capacity = output.length + row->encoded.length };
	output.bytes = malloc(output.capacity);
	cbor_put_map(&output, row->encoded.count);
	cbor_put_encoded(&output, row->encoded.bytes, row->encoded.length);
	if (!output.failed)
		cbor_value_read(output.bytes, output.length, VALUE_MAX_ENTRIES, &value);
	free(output.bytes);
	return value;
}

static void test_told(void)
{
	struct row row = example(), again = { .item_class = ITEM_GENERIC, .encodes = true };
	struct value *own = value_dictionary(), *wanted = value_dictionary(), *read;
	size_t length;
	uint8_t *bytes;

	value_set(own, "a", value_string("1"));
	value_set(own, "b", value_string(""));
	value_set(row.attributes, "attr", own);
	value_set(row.attributes, "port", value_integer(INT64_MIN));
	value_set(row.attributes, "sdat", value_date(INT64_MAX));
	/* Clients are not told of these. */
	value_set(row.attributes, "appl", value_string("application"));
	value_set(row.attributes, "none", value_string("of no name"));
	value_set(wanted, "acct", value_null());
	bytes = encode(&row, &length);
	check(!row_decode(&again, bytes, length, wanted) && value_count(again.attributes) == 1);
	check(value_equal(value_get(again.attributes, "acct"), value_get(row.attributes, "acct")));
	read = told(&again);
	value_remove(row.attributes, "appl");
	value_remove(row.attributes, "none");
	check(read && value_equal(read, row.attributes));
	value_free(read);
	row_release(&again);
	/* The name of another one in its place: twice. */
	for (size_t at = 0; at + 4 <= length; at++)
		if (!memcmp(bytes + at, "svce", 4))
			memcpy(bytes + at, "acct", 4);
	again = (struct row){ .item_class = ITEM_GENERIC, .encodes = true };
	check(row_decode(&again, bytes, length, wanted) == FAULT_DAMAGED && !again.encoded.bytes && !again.attributes);
	free(bytes);
	value_free(wanted);
	row_release(&row);
	tap_test("what clients are told of a row");
}

static bool agrees(const struct row *columns, const struct value *attributes)
{
	struct row row = { .item_class = ITEM_GENERIC, .attributes = value_copy(attributes) }, again = *columns;
	size_t length;
	uint8_t *bytes = encode(&row, &length);
	bool all = !row_decode(&again, bytes, length, NULL) && again.agrees == ROW_AGREES;

	again.group = NULL;
	row_release(&again);
	row_release(&row);
	free(bytes);
	return all;
}

static void test_columns(void)
{
	struct row columns = { .item_class = ITEM_GENERIC, .class_number = KEYBAG_CLASS_AKU };
	struct value *attributes = value_dictionary();
	char group[] = "group";

	columns.group = group;
	value_set(attributes, "agrp", value_string("group"));
	value_set(attributes, "pdmn", value_string("aku"));
	value_set(attributes, "cdat", value_date(1));
	value_set(attributes, "mdat", value_date(2));
	check(agrees(&columns, attributes));
	value_set(attributes, "sync", value_integer(0));
	check(agrees(&columns, attributes));
	columns.synchronizable = true;
	check(!agrees(&columns, attributes));
	value_set(attributes, "sync", value_integer(1));
	check(agrees(&columns, attributes));
	group[0] = 'G';
	check(!agrees(&columns, attributes));
	group[0] = 'g';
	columns.class_number = KEYBAG_CLASS_AK;
	check(!agrees(&columns, attributes));
	columns.class_number = KEYBAG_CLASS_AKU;
	value_set(attributes, "mdat", value_integer(2));
	check(!agrees(&columns, attributes));
	value_remove(attributes, "mdat");
	check(!agrees(&columns, attributes));
	value_free(attributes);
	tap_test("what was sealed of columns is what they have");
}

static bool same(struct value *a, struct value *b)
{
	bool equal = attribute_equal(a, b);

	value_free(a);
	value_free(b);
	return equal;
}

static void test_attributes(void)
{
	struct value *with = value_dictionary(), *without = value_dictionary();
	uint8_t *first, *second;
	size_t length, other;

	check(same(value_string("a"), value_data("a", 1)) &&
	      !same(value_string("a"), value_string("b")));
	check(same(value_string(""), value_integer(0)) && same(value_date(0), value_data(NULL, 0)));
	check(same(value_integer(42), value_string("42")) &&
	      !same(value_integer(42), value_integer(-42)));
	value_set(with, "acct", value_string(""));
	value_set(with, "labl", value_string("is no part of it"));
	first = hash_unique_bytes(ITEM_GENERIC, with, &length);
	second = hash_unique_bytes(ITEM_GENERIC, without, &other);
	check(length == other && !memcmp(first, second, length));
	free(first);
	value_set(with, "acct", value_string("x"));
	first = hash_unique_bytes(ITEM_GENERIC, with, &length);
	check(length == other + 1);
	free(first);
	free(second);
	value_free(with);
	value_free(without);
	for (size_t i = 0; i < attribute_count(); i++)
		check(attribute_by_name(attribute_at(i)->name) == attribute_at(i));
	tap_test("equality of attributes, and what makes items unique");
}

int main(void)
{
	tap_start();
	test_round_trip();
	test_padding();
	test_damage();
	test_associated_data();
	test_told();
	test_columns();
	test_attributes();
	return tap_end();
}
