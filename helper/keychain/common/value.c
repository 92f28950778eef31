// SPDX-License-Identifier: LGPL-2.1-or-later
#include "value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	char *key;		/* NULL in an array */
	size_t key_length;
	struct value *element;
};

struct value {
	enum value_kind kind;
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct {
			uint8_t *bytes;		/* one more than length, zero */
			size_t length;
		} content;
		struct {
			struct entry *entries;
			size_t count;
			size_t capacity;
		} list;
	};
};

static struct value *value_new(enum value_kind kind)
{
	struct value *value = calloc(1, sizeof(*value));

	if (value)
		value->kind = kind;
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
	struct value *value = length < SIZE_MAX ? value_new(kind) : NULL;

	if (!value)
		return NULL;
	value->content.bytes = calloc(1, length + 1);
	if (!value->content.bytes) {
		free(value);
		return NULL;
	}
	value->content.length = length;
	if (bytes && length)
		memcpy(value->content.bytes, bytes, length);
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

static void entry_wipe(struct entry *entry)
{
	if (entry->key)
		explicit_bzero(entry->key, entry->key_length);
	free(entry->key);
	value_free(entry->element);
}

void value_free(struct value *value)
{
	if (!value)
		return;
	if (has_content(value)) {
		explicit_bzero(value->content.bytes, value->content.length);
		free(value->content.bytes);
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
		return content_new(value->kind, value->content.bytes, value->content.length);
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

		if (entry->key ? value_set(copy, entry->key, element)
			       : value_append(copy, element)) {
			value_free(copy);
			return NULL;
		}
	}
	return copy;
}

static int list_add(struct value *list, char *key, size_t key_length, struct value *element)
{
	if (list->list.count == list->list.capacity) {
		size_t capacity = list->list.capacity ? 2 * list->list.capacity : 8;
		struct entry *grown = reallocarray(list->list.entries, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->list.entries = grown;
		list->list.capacity = capacity;
	}
	list->list.entries[list->list.count++] = (struct entry){ key, key_length, element };
	return 0;
}

int value_append(struct value *array, struct value *element)
{
	int error = element ? 0 : -ENOMEM;

	if (!error)
		error = value_is(array, VALUE_ARRAY) ? list_add(array, NULL, 0, element) : -EINVAL;
	if (error)
		value_free(element);
	return error;
}

static struct entry *find(const struct value *dictionary, const char *key)
{
	if (!value_is(dictionary, VALUE_DICTIONARY))
		return NULL;
	for (size_t i = 0; i < dictionary->list.count; i++) {
		if (!strcmp(dictionary->list.entries[i].key, key))
			return &dictionary->list.entries[i];
	}
	return NULL;
}

int value_set(struct value *dictionary, const char *key, struct value *element)
{
	struct entry *present = find(dictionary, key);
	char *copy = NULL;
	int error = element ? 0 : -ENOMEM;

	if (!error && !value_is(dictionary, VALUE_DICTIONARY))
		error = -EINVAL;
	if (error)
		goto out;
	if (present) {
		value_free(present->element);
		present->element = element;
		return 0;
	}
	copy = strdup(key);
	error = copy ? list_add(dictionary, copy, strlen(key), element) : -ENOMEM;
out:
	if (error) {
		free(copy);
		value_free(element);
	}
	return error;
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
		const struct value *other = entry->key ? value_get(b, entry->key) : value_at(b, i);

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
		return a->content.length == b->content.length &&
		       !memcmp(a->content.bytes, b->content.bytes, a->content.length);
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
	return value_is(value, VALUE_STRING) ? (const char *)value->content.bytes : NULL;
}

const void *value_bytes(const struct value *value, size_t *ret_length)
{
	*ret_length = has_content(value) ? value->content.length : 0;
	return has_content(value) ? value->content.bytes : NULL;
}

void *value_bytes_mutable(struct value *data, size_t *ret_length)
{
	*ret_length = value_is(data, VALUE_DATA) ? data->content.length : 0;
	return value_is(data, VALUE_DATA) ? data->content.bytes : NULL;
}

void value_truncate(struct value *data, size_t length)
{
	if (!value_is(data, VALUE_DATA) || length >= data->content.length)
		return;
	explicit_bzero(data->content.bytes + length, data->content.length - length);
	data->content.length = length;
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
	return dictionary->list.entries[index].key;
}

struct value *value_get(const struct value *dictionary, const char *key)
{
	struct entry *entry = find(dictionary, key);

	return entry ? entry->element : NULL;
}
