// SPDX-License-Identifier: LGPL-2.1-or-later
#include "value.h"
#include "value_node.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "helper/common/registers.h"

#define VECTOR_REGISTER	16	/* bytes of the smallest: memcpy() of less does not go through them */
#define RESERVED	16	/* entries at most that are made room for before there are any */

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
	if (length >= VECTOR_REGISTER)
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

struct value *value_encoded_new(size_t length)
{
	return content_new(VALUE_ENCODED, NULL, length);
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
	return value && (value->kind == VALUE_STRING || value->kind == VALUE_DATA || value->kind == VALUE_ENCODED);
}

static bool has_list(const struct value *value)
{
	return value && (value->kind == VALUE_ARRAY || value->kind == VALUE_DICTIONARY);
}

static void entry_free(struct value_entry *entry)
{
	if (entry->long_key)
		explicit_bzero(entry->long_key, strlen(entry->long_key));
	free(entry->long_key);
	value_free(entry->element);
}

static void list_free(struct value *list)
{
	for (size_t i = 0; i < list->list.count; i++)
		entry_free(&list->list.entries[i]);
	if (list->list.count)
		explicit_bzero(list->list.entries, list->list.count * sizeof(*list->list.entries));
	free(list->list.entries);
}

void value_free(struct value *value)
{
	if (!value)
		return;
	if (has_content(value) && value->length)
		explicit_bzero(value->bytes, value->length);
	else if (has_list(value))
		list_free(value);
	VALUE_WIPE(value);
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
		const struct value_entry *entry = &value->list.entries[i];
		struct value *element = value_copy(entry->element);

		if (value->kind == VALUE_DICTIONARY ? value_set(copy, value_entry_key(entry), element) :
						      value_append(copy, element)) {
			value_free(copy);
			return NULL;
		}
	}
	return copy;
}

/* Not by realloc(3), which would leave keys where they were. */
static int list_resize(struct value *list, size_t capacity)
{
	size_t count = list->list.count;
	struct value_entry *grown = reallocarray(NULL, capacity, sizeof(*grown));

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

static int list_grow(struct value *list)
{
	return list_resize(list, list->list.count ? 2 * list->list.count : 8);
}

/* So many bytes, 1 to 8, as a word filled up with zeros: of two loads that overlap where they are no power of two. */
static uint64_t load(const char *bytes, size_t length)
{
	uint32_t first, last;
	uint16_t short_first, short_last;
	uint64_t word;

	if (length >= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		return le64toh(word);
	}
	if (length >= sizeof(first)) {
		memcpy(&first, bytes, sizeof(first));
		memcpy(&last, bytes + length - sizeof(last), sizeof(last));
		return le32toh(first) | (uint64_t)le32toh(last) << 8 * (length - sizeof(last));
	}
	if (length == 1)
		return (uint8_t)*bytes;
	memcpy(&short_first, bytes, sizeof(short_first));
	memcpy(&short_last, bytes + length - sizeof(short_last), sizeof(short_last));
	return le16toh(short_first) | (uint64_t)le16toh(short_last) << 8 * (length - sizeof(short_last));
}

/* The first bytes of a key, in which others mostly differ. In a register: names of own attributes are keys, too. */
static uint64_t start_of(const char *key, size_t length)
{
	return length ? htole64(load(key, length)) : 0;
}

/* @key: @length bytes, of which none is zero. */
static int set_key(struct value_entry *entry, const char *key, size_t length, uint64_t start)
{
	entry->long_key = NULL;
	if (length >= sizeof(entry->key)) {
		entry->long_key = strndup(key, length);
		if (!entry->long_key)
			return -ENOMEM;
	}
	entry->start = start;
	if (!entry->long_key && length >= sizeof(start)) {
		memcpy(entry->key + sizeof(start), key + sizeof(start), length - sizeof(start));
		entry->key[length] = 0;
	}
	return 0;
}

/* @key: NULL in an array. */
static int list_add(struct value *list, const char *key, size_t length, uint64_t start, struct value *element)
{
	struct value_entry *entry;

	if (list->list.count == list->list.capacity && list_grow(list) < 0)
		return -ENOMEM;
	entry = &list->list.entries[list->list.count];
	if (!key)
		*entry = (struct value_entry){ 0 };
	else if (set_key(entry, key, length, start) < 0)
		return -ENOMEM;
	entry->element = element;
	list->list.count++;
	return 0;
}

void value_reserve(struct value *list, size_t count)
{
	if (count > RESERVED)
		count = RESERVED;
	/* Without memory now there may be some when it is needed. */
	if (has_list(list) && count > list->list.capacity)
		list_resize(list, count);
}

int value_append(struct value *array, struct value *element)
{
	int error = element ? 0 : -ENOMEM;

	if (!error)
		error = value_is(array, VALUE_ARRAY) ? list_add(array, NULL, 0, 0, element) : -EINVAL;
	if (error)
		value_free(element);
	return error;
}

static struct value_entry *find_of(const struct value *dictionary, const char *key, size_t length, uint64_t start)
{
	if (!value_is(dictionary, VALUE_DICTIONARY))
		return NULL;
	for (size_t i = 0; i < dictionary->list.count; i++) {
		struct value_entry *entry = &dictionary->list.entries[i];

		if (entry->start != start)
			continue;
		/* Shorter ones are in it, to their zero. */
		if (length < sizeof(start) ||
		    (!strncmp(value_entry_key(entry), key, length) && !value_entry_key(entry)[length]))
			return entry;
	}
	return NULL;
}

static struct value_entry *find(const struct value *dictionary, const char *key)
{
	size_t length = strlen(key);

	return find_of(dictionary, key, length, start_of(key, length));
}

static int add(struct value *dictionary, const char *key, size_t length, bool look, struct value *element)
{
	uint64_t start = start_of(key, length);
	int error = element ? 0 : -ENOMEM;

	if (!error && look && find_of(dictionary, key, length, start))
		error = -EEXIST;
	if (!error)
		error = value_is(dictionary, VALUE_DICTIONARY) ? list_add(dictionary, key, length, start, element) : -EINVAL;
	if (error)
		value_free(element);
	return error;
}

int value_add(struct value *dictionary, const char *key, struct value *element)
{
	return add(dictionary, key, strlen(key), false, element);
}

int value_add_once(struct value *dictionary, const char *key, size_t length, struct value *element)
{
	return add(dictionary, key, length, true, element);
}

int value_set(struct value *dictionary, const char *key, struct value *element)
{
	struct value_entry *present = find(dictionary, key);

	if (!element || !present)
		return value_add(dictionary, key, element);
	value_free(present->element);
	present->element = element;
	return 0;
}

int value_append_all(struct value *array, struct value *from)
{
	size_t count = value_count(from), capacity;

	if (!count)
		return 0;
	if (!value_is(array, VALUE_ARRAY) || !value_is(from, VALUE_ARRAY))
		return -EINVAL;
	capacity = array->list.capacity ? array->list.capacity : count;
	while (capacity - array->list.count < count)
		capacity *= 2;
	if (capacity != array->list.capacity && list_resize(array, capacity) < 0)
		return -ENOMEM;
	memcpy(array->list.entries + array->list.count, from->list.entries, count * sizeof(*from->list.entries));
	array->list.count += count;
	from->list.count = 0;
	return 0;
}

void value_remove(struct value *dictionary, const char *key)
{
	struct value_entry *entry = find(dictionary, key);
	struct value_entry *end;

	if (!entry)
		return;
	entry_free(entry);
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
		const struct value_entry *entry = &a->list.entries[i];
		const struct value *other = a->kind == VALUE_DICTIONARY ?
					    value_get(b, value_entry_key(entry)) : value_at(b, i);

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
	case VALUE_ENCODED:
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

static bool is_mutable(const struct value *value)
{
	return value_is(value, VALUE_DATA) || value_is(value, VALUE_ENCODED);
}

void *value_bytes_mutable(struct value *data, size_t *ret_length)
{
	*ret_length = is_mutable(data) ? data->length : 0;
	return is_mutable(data) ? data->bytes : NULL;
}

void value_truncate(struct value *data, size_t length)
{
	if (!is_mutable(data) || length >= data->length)
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
	return value_entry_key(&dictionary->list.entries[index]);
}

struct value *value_get(const struct value *dictionary, const char *key)
{
	struct value_entry *entry = find(dictionary, key);

	return entry ? entry->element : NULL;
}
