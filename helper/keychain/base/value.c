// SPDX-License-Identifier: LGPL-2.1-or-later
#include "value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/registers.h"

struct entry {
	struct value *element;
	char *long_key;		/* NULL: the key, if any, is in here */
	char key[24];
};

struct value {
	enum value_kind kind;
	union {
		bool boolean;
		int64_t integer;
		double real;
		size_t length;			/* of a string or data */
		struct {
			struct entry *entries;
			size_t count;
			size_t capacity;
		} list;
	};
	uint8_t bytes[];	/* of a string or data: one more than length, zero */
};

static struct value *value_new(enum value_kind kind)
{
	struct value *value = malloc(sizeof(*value));

	if (value)
		*value = (struct value){ .kind = kind };
	return value;
}

struct value *value_null(void)
{
	return value_new(VALUE_NULL);
}

struct value *value_boolean(bool boolean)
{
	struct value *value = value_new(VALUE_BOOLEAN);

	if (value)
		value->boolean = boolean;
	return value;
}

struct value *value_integer(int64_t integer)
{
	struct value *value = value_new(VALUE_INTEGER);

	if (value)
		value->integer = integer;
	return value;
}

struct value *value_real(double real)
{
	struct value *value = isfinite(real) ? value_new(VALUE_REAL) : NULL;

	if (value)
		value->real = real;
	return value;
}

struct value *value_date(int64_t milliseconds)
{
	struct value *value = value_new(VALUE_DATE);

	if (value)
		value->integer = milliseconds;
	return value;
}

static struct value *content_new(enum value_kind kind, const void *bytes, size_t length)
{
	struct value *value = length < SIZE_MAX - sizeof(*value) ?
				      malloc(sizeof(*value) + length + 1) : NULL;

	if (!value)
		return NULL;
	*value = (struct value){ .kind = kind, .length = length };
	if (bytes && length)
		memcpy(value->bytes, bytes, length);
	else
		memset(value->bytes, 0, length);
	value->bytes[length] = 0;
	/* At a library's first call of another the dynamic linker saves them on the stack. */
	clear_vector_registers();
	return value;
}

struct value *value_string(const char *text)
{
	return content_new(VALUE_STRING, text, strlen(text));
}

struct value *value_string_of(const char *text, size_t length)
{
	return content_new(VALUE_STRING, text, length);
}

struct value *value_data(const void *bytes, size_t length)
{
	return content_new(VALUE_DATA, bytes, length);
}

struct value *value_data_new(size_t length)
{
	return content_new(VALUE_DATA, NULL, length);
}

struct value *value_array(void)
{
	return value_new(VALUE_ARRAY);
}

struct value *value_dictionary(void)
{
	return value_new(VALUE_DICTIONARY);
}

static bool has_content(const struct value *value)
{
	return value && (value->kind == VALUE_STRING || value->kind == VALUE_DATA);
}

static bool has_list(const struct value *value)
{
	return value && (value->kind == VALUE_ARRAY || value->kind == VALUE_DICTIONARY);
}

static const char *key_of(const struct entry *entry)
{
	return entry->long_key ? entry->long_key : entry->key;
}

static void entry_wipe(struct entry *entry)
{
	if (entry->long_key)
		explicit_bzero(entry->long_key, strlen(entry->long_key));
	free(entry->long_key);
	value_free(entry->element);
	explicit_bzero(entry, sizeof(*entry));
}

void value_free(struct value *value)
{
	if (!value)
		return;
	if (has_content(value)) {
		explicit_bzero(value->bytes, value->length);
	} else if (has_list(value)) {
		for (size_t i = 0; i < value->list.count; i++)
			entry_wipe(&value->list.entries[i]);
		free(value->list.entries);
	}
	explicit_bzero(value, sizeof(*value));
	free(value);
}

struct value *value_copy(const struct value *value)
{
	struct value *copy;

	if (!value)
		return NULL;
	if (has_content(value))
		return content_new(value->kind, value->bytes, value->length);
	copy = value_new(value->kind);
	if (!copy)
		return NULL;
	if (!has_list(value)) {
		*copy = *value;
		return copy;
	}
	for (size_t i = 0; i < value->list.count; i++) {
		const struct entry *entry = &value->list.entries[i];
		struct value *element = value_copy(entry->element);

		if (value->kind == VALUE_DICTIONARY ? value_set(copy, key_of(entry), element) :
						      value_append(copy, element)) {
			value_free(copy);
			return NULL;
		}
	}
	return copy;
}

/* Not by realloc(3), which would leave keys where they were. */
static int list_grow(struct value *list)
{
	size_t count = list->list.count, capacity = count ? 2 * count : 8;
	struct entry *grown = reallocarray(NULL, capacity, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	if (count) {
		memcpy(grown, list->list.entries, count * sizeof(*grown));
		explicit_bzero(list->list.entries, count * sizeof(*grown));
	}
	free(list->list.entries);
	list->list.entries = grown;
	list->list.capacity = capacity;
	return 0;
}

/* @key: NULL in an array. */
static int list_add(struct value *list, const char *key, struct value *element)
{
	size_t length = key ? strlen(key) : 0;
	char *long_key = NULL;
	struct entry *entry;

	if (list->list.count == list->list.capacity && list_grow(list) < 0)
		return -ENOMEM;
	if (length >= sizeof(entry->key)) {
		long_key = strdup(key);
		if (!long_key)
			return -ENOMEM;
	}
	entry = &list->list.entries[list->list.count++];
	entry->element = element;
	entry->long_key = long_key;
	if (!long_key) {
		if (length)
			memcpy(entry->key, key, length);
		entry->key[length] = 0;
	}
	return 0;
}

int value_append(struct value *array, struct value *element)
{
	int error = element ? 0 : -ENOMEM;

	if (!error)
		error = value_is(array, VALUE_ARRAY) ? list_add(array, NULL, element) : -EINVAL;
	if (error)
		value_free(element);
	return error;
}

static struct entry *find(const struct value *dictionary, const char *key)
{
	if (!value_is(dictionary, VALUE_DICTIONARY))
		return NULL;
	for (size_t i = 0; i < dictionary->list.count; i++) {
		struct entry *entry = &dictionary->list.entries[i];

		/* Most differ at the first letter: a search calls nothing for them. */
		if (*key_of(entry) == *key && !strcmp(key_of(entry), key))
			return entry;
	}
	return NULL;
}

int value_add(struct value *dictionary, const char *key, struct value *element)
{
	int error = element ? 0 : -ENOMEM;

	if (!error)
		error = value_is(dictionary, VALUE_DICTIONARY) ? list_add(dictionary, key, element) : -EINVAL;
	if (error)
		value_free(element);
	return error;
}

int value_set(struct value *dictionary, const char *key, struct value *element)
{
	struct entry *present = find(dictionary, key);

	if (!element || !present)
		return value_add(dictionary, key, element);
	value_free(present->element);
	present->element = element;
	return 0;
}

void value_remove(struct value *dictionary, const char *key)
{
	struct entry *entry = find(dictionary, key);
	struct entry *end;

	if (!entry)
		return;
	entry_wipe(entry);
	end = dictionary->list.entries + dictionary->list.count--;
	memmove(entry, entry + 1, (size_t)(end - entry - 1) * sizeof(*entry));
	explicit_bzero(end - 1, sizeof(*end));
}

enum value_kind value_kind(const struct value *value)
{
	return value ? value->kind : VALUE_NULL;
}

bool value_is(const struct value *value, enum value_kind kind)
{
	return value && value->kind == kind;
}

/* Dictionaries are equal whatever the order of their keys. */
static bool list_equal(const struct value *a, const struct value *b)
{
	if (a->list.count != b->list.count)
		return false;
	for (size_t i = 0; i < a->list.count; i++) {
		const struct entry *entry = &a->list.entries[i];
		const struct value *other = a->kind == VALUE_DICTIONARY ?
					    value_get(b, key_of(entry)) : value_at(b, i);

		if (!other || !value_equal(entry->element, other))
			return false;
	}
	return true;
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (value_kind(a) != value_kind(b))
		return false;
	switch (value_kind(a)) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOLEAN:
		return a->boolean == b->boolean;
	case VALUE_INTEGER:
	case VALUE_DATE:
		return a->integer == b->integer;
	case VALUE_REAL:
		return !(a->real < b->real) && !(a->real > b->real);
	case VALUE_STRING:
	case VALUE_DATA:
		return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
	case VALUE_ARRAY:
	case VALUE_DICTIONARY:
		return list_equal(a, b);
	}
	return false;
}

bool value_as_boolean(const struct value *value)
{
	return value_is(value, VALUE_BOOLEAN) && value->boolean;
}

int64_t value_as_integer(const struct value *value)
{
	return value_is(value, VALUE_INTEGER) ? value->integer : 0;
}

double value_as_real(const struct value *value)
{
	return value_is(value, VALUE_REAL) ? value->real : 0;
}

int64_t value_as_date(const struct value *value)
{
	return value_is(value, VALUE_DATE) ? value->integer : 0;
}

const char *value_as_string(const struct value *value)
{
	return value_is(value, VALUE_STRING) ? (const char *)value->bytes : NULL;
}

const char *value_as_name(const struct value *value)
{
	const char *name = value_as_string(value);

	return name && strlen(name) == value->length ? name : NULL;
}

const void *value_bytes(const struct value *value, size_t *ret_length)
{
	*ret_length = has_content(value) ? value->length : 0;
	return has_content(value) ? value->bytes : NULL;
}

void *value_bytes_mutable(struct value *data, size_t *ret_length)
{
	*ret_length = value_is(data, VALUE_DATA) ? data->length : 0;
	return value_is(data, VALUE_DATA) ? data->bytes : NULL;
}

void value_truncate(struct value *data, size_t length)
{
	if (!value_is(data, VALUE_DATA) || length >= data->length)
		return;
	explicit_bzero(data->bytes + length, data->length - length);
	data->length = length;
}

size_t value_count(const struct value *value)
{
	return has_list(value) ? value->list.count : 0;
}

struct value *value_at(const struct value *value, size_t index)
{
	return index < value_count(value) ? value->list.entries[index].element : NULL;
}

const char *value_key_at(const struct value *dictionary, size_t index)
{
	if (!value_is(dictionary, VALUE_DICTIONARY) || index >= dictionary->list.count)
		return NULL;
	return key_of(&dictionary->list.entries[index]);
}

struct value *value_get(const struct value *dictionary, const char *key)
{
	struct entry *entry = find(dictionary, key);

	return entry ? entry->element : NULL;
}
