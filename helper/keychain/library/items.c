// SPDX-License-Identifier: LGPL-2.1-or-later
#include "items.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

struct keychain_items *items_new(struct value *answer, const char *alone)
{
	struct keychain_items *items = calloc(1, sizeof(*items));
	const struct value *withheld = value_get(answer, "withheld");

	if (!items) {
		value_free(answer);
		return NULL;
	}
	items->answer = answer;
	items->alone = alone;
	items->found = value_get(answer, "result");
	items->locked = value_get(answer, "locked");
	if (value_is(withheld, VALUE_DICTIONARY))
		withheld = value_get(withheld, "count");
	items->withheld = (size_t)value_as_integer(withheld);
	items->unreadable = (size_t)(value_as_integer(value_get(answer, "damaged")) + value_as_integer(value_get(answer, "lost")));
	return items;
}

void keychain_items_free(struct keychain_items *items)
{
	if (!items)
		return;
	value_free(items->answer);
	free(items);
}

size_t keychain_items_count(const struct keychain_items *items)
{
	if (value_is(items->found, VALUE_ARRAY))
		return value_count(items->found);
	return items->found ? 1 : 0;
}

size_t keychain_items_withheld(const struct keychain_items *items)
{
	return items->withheld;
}

size_t keychain_items_unreadable(const struct keychain_items *items)
{
	return items->unreadable;
}

size_t keychain_items_locked_count(const struct keychain_items *items)
{
	return value_count(items->locked);
}

static const struct value *locked_field(const struct keychain_items *items, size_t index, const char *key)
{
	return key && index < value_count(items->locked) ? value_get(value_at(items->locked, index), key) : NULL;
}

const uint8_t *keychain_items_locked_reference(const struct keychain_items *items, size_t index)
{
	size_t length;
	const uint8_t *bytes = value_bytes(locked_field(items, index, "v_PersistentRef"), &length);

	return bytes && length == KEYCHAIN_REFERENCE_SIZE ? bytes : NULL;
}

enum keychain_accessible keychain_items_locked_accessible(const struct keychain_items *items, size_t index)
{
	return accessible_by_name(value_as_string(locked_field(items, index, "pdmn")));
}

int64_t keychain_items_locked_time(const struct keychain_items *items, size_t index,
				   enum keychain_attribute attribute)
{
	return value_as_date(locked_field(items, index, keychain_attribute_name(attribute)));
}

static const struct value *item_at(const struct keychain_items *items, size_t index)
{
	if (value_is(items->found, VALUE_ARRAY))
		return index < value_count(items->found) ? value_at(items->found, index) : NULL;
	return index ? NULL : items->found;
}

static const struct value *field(const struct keychain_items *items, size_t index, const char *key)
{
	const struct value *item = item_at(items, index);

	return key && value_is(item, VALUE_DICTIONARY) ? value_get(item, key) : NULL;
}

static const struct value *attribute_of(const struct keychain_items *items, size_t index,
					enum keychain_attribute attribute)
{
	return field(items, index, keychain_attribute_name(attribute));
}

/* @ret_length may be NULL. */
static const void *with_length(const struct value *value, size_t *ret_length)
{
	size_t length;
	const void *bytes = value_bytes(value, &length);

	if (ret_length)
		*ret_length = length;
	return bytes;
}

const char *keychain_items_text(const struct keychain_items *items, size_t index,
				enum keychain_attribute attribute, size_t *ret_length)
{
	const struct value *value = attribute_of(items, index, attribute);
	size_t length;

	if (!value_is(value, VALUE_STRING))
		return NULL;
	value_bytes(value, &length);
	if (ret_length)
		*ret_length = length;
	return value_as_string(value);
}

/* Text may be read as data: the original takes one for the other too. */
const void *keychain_items_data(const struct keychain_items *items, size_t index,
				enum keychain_attribute attribute, size_t *ret_length)
{
	const struct value *value = attribute_of(items, index, attribute);

	if (!value_is(value, VALUE_STRING) && !value_is(value, VALUE_DATA))
		return NULL;
	return with_length(value, ret_length);
}

int64_t keychain_items_number(const struct keychain_items *items, size_t index,
			      enum keychain_attribute attribute)
{
	return value_as_integer(attribute_of(items, index, attribute));
}

bool keychain_items_boolean(const struct keychain_items *items, size_t index,
			    enum keychain_attribute attribute)
{
	const struct value *value = attribute_of(items, index, attribute);

	return value_as_boolean(value) || value_as_integer(value);
}

int64_t keychain_items_time(const struct keychain_items *items, size_t index,
			    enum keychain_attribute attribute)
{
	return value_as_date(attribute_of(items, index, attribute));
}

bool keychain_items_has(const struct keychain_items *items, size_t index,
			enum keychain_attribute attribute)
{
	return attribute_of(items, index, attribute);
}

enum keychain_accessible keychain_items_accessible(const struct keychain_items *items, size_t index)
{
	return accessible_by_name(value_as_string(field(items, index, "pdmn")));
}

size_t keychain_items_own_count(const struct keychain_items *items, size_t index)
{
	return value_count(field(items, index, "attr"));
}

const char *keychain_items_own_name(const struct keychain_items *items, size_t index, size_t number)
{
	const struct value *own = field(items, index, "attr");

	return number < value_count(own) ? value_key_at(own, number) : NULL;
}

const char *keychain_items_own(const struct keychain_items *items, size_t index, const char *name,
			       size_t *ret_length)
{
	const struct value *value = value_get(field(items, index, "attr"), name);

	return value_is(value, VALUE_STRING) ? with_length(value, ret_length) : NULL;
}

/* Asked for alone, a reference is the item itself. */
static const void *bytes_of(const struct keychain_items *items, size_t index, const char *key,
			    size_t *ret_length)
{
	const struct value *value = item_at(items, index);

	if (value_is(value, VALUE_DICTIONARY))
		value = value_get(value, key);
	else if (!items->alone || strcmp(items->alone, key))
		return NULL;
	return value_is(value, VALUE_DATA) ? with_length(value, ret_length) : NULL;
}

const void *keychain_items_secret(const struct keychain_items *items, size_t index,
				  size_t *ret_length)
{
	return bytes_of(items, index, "v_Data", ret_length);
}

const uint8_t *keychain_items_reference(const struct keychain_items *items, size_t index)
{
	size_t length;
	const uint8_t *bytes = bytes_of(items, index, "v_PersistentRef", &length);

	return bytes && length == KEYCHAIN_REFERENCE_SIZE ? bytes : NULL;
}
