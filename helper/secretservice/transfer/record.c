// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/secretservice/bus/attributes.h"

/* ---- what a message has ---- */

static int read_text(sd_bus_message *reply, char **ret_text)
{
	const char *text;
	int result = sd_bus_message_read(reply, "v", "s", &text);

	if (result < 0)
		return result;
	free(*ret_text);
	*ret_text = strdup(text);
	return *ret_text ? 0 : -ENOMEM;
}

static int read_flag(sd_bus_message *reply, bool *ret_flag)
{
	int flag, result = sd_bus_message_read(reply, "v", "b", &flag);

	*ret_flag = result >= 0 && flag;
	return result;
}

static int add_attribute(struct record *record, const char *name, const char *value)
{
	struct record_attribute *more = reallocarray(record->attributes, record->count + 1, sizeof(*more));
	char *own_name = strdup(name), *own_value = strdup(value);

	if (more)
		record->attributes = more;
	if (!more || !own_name || !own_value) {
		free(own_name);
		free(own_value);
		return -ENOMEM;
	}
	more[record->count++] = (struct record_attribute){ own_name, own_value };
	return 0;
}

static int compare_names(const void *one, const void *other)
{
	const struct record_attribute *a = one, *b = other;

	return strcmp(a->name, b->name);
}

static int read_attributes(sd_bus_message *reply, struct record *record)
{
	const char *name, *value;
	int result = sd_bus_message_enter_container(reply, 'v', "a{ss}"), added = 0;

	if (result >= 0)
		result = sd_bus_message_enter_container(reply, 'a', "{ss}");
	while (result >= 0 && !added && (result = sd_bus_message_read(reply, "{ss}", &name, &value)) > 0)
		added = add_attribute(record, name, value);
	if (result >= 0 && !added)
		result = sd_bus_message_exit_container(reply);
	if (result >= 0 && !added)
		result = sd_bus_message_exit_container(reply);
	if (record->count)
		qsort(record->attributes, record->count, sizeof(*record->attributes), compare_names);
	return added ? added : result;
}

/* Properties of one object, each given to @read with its name, behind which its value stands. */
static int read_properties(sd_bus_message *reply, int (*read)(sd_bus_message *reply, const char *name, void *context),
			   void *context)
{
	const char *name;
	int result = sd_bus_message_enter_container(reply, 'a', "{sv}");

	while (result >= 0 && (result = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		result = sd_bus_message_read(reply, "s", &name);
		if (result >= 0)
			result = read(reply, name, context);
		if (result >= 0)
			result = sd_bus_message_exit_container(reply);
	}
	return result < 0 ? result : 0;
}

/* gnome-keyring shows this schema where a program has named none. */
static bool counts(const struct record_attribute *attribute)
{
	return strcmp(attribute->name, ATTRIBUTE_SCHEMA) || strcmp(attribute->value, ATTRIBUTE_SCHEMA_NONE);
}

/* Lengths stand before the texts, so that no other attributes have the same key. */
static int make_key(struct record *record)
{
	char *key = NULL;
	size_t size;
	FILE *file = open_memstream(&key, &size);

	if (!file)
		return -ENOMEM;
	for (size_t at = 0; at < record->count; at++) {
		const struct record_attribute *attribute = &record->attributes[at];

		if (counts(attribute))
			fprintf(file, "%zu:%s%zu:%s", strlen(attribute->name), attribute->name, strlen(attribute->value),
				attribute->value);
	}
	if (fclose(file)) {
		free(key);
		return -ENOMEM;
	}
	record->key = key;
	return 0;
}

static int read_of_item(sd_bus_message *reply, const char *name, void *context)
{
	struct record *record = context;

	if (!strcmp(name, "Label"))
		return read_text(reply, &record->label);
	if (!strcmp(name, "Locked"))
		return read_flag(reply, &record->locked);
	if (!strcmp(name, "Modified"))
		return sd_bus_message_read(reply, "v", "t", &record->modified);
	if (!strcmp(name, "Attributes"))
		return read_attributes(reply, record);
	return sd_bus_message_skip(reply, "v");
}

int record_read(sd_bus_message *reply, const char *path, struct record *ret_record)
{
	int result;

	*ret_record = (struct record){ .path = strdup(path), .label = strdup("") };
	if (!ret_record->path || !ret_record->label)
		return -ENOMEM;
	result = read_properties(reply, read_of_item, ret_record);
	return result < 0 ? result : make_key(ret_record);
}

static int compare_texts(const void *one, const void *other)
{
	char *const *a = one, *const *b = other;

	return strcmp(*a, *b);
}

static void sort_texts(char **texts)
{
	size_t count = 0;

	while (texts && texts[count])
		count++;
	if (count)
		qsort(texts, count, sizeof(*texts), compare_texts);
}

static int read_items(sd_bus_message *reply, struct record_collection *collection)
{
	int result = sd_bus_message_enter_container(reply, 'v', "ao");

	if (result >= 0)
		result = sd_bus_message_read_strv(reply, &collection->items);
	sort_texts(collection->items);
	return result < 0 ? result : sd_bus_message_exit_container(reply);
}

static int read_of_collection(sd_bus_message *reply, const char *name, void *context)
{
	struct record_collection *collection = context;

	if (!strcmp(name, "Label"))
		return read_text(reply, &collection->label);
	if (!strcmp(name, "Locked"))
		return read_flag(reply, &collection->locked);
	if (!strcmp(name, "Modified"))
		return sd_bus_message_read(reply, "v", "t", &collection->modified);
	if (!strcmp(name, "Items"))
		return read_items(reply, collection);
	return sd_bus_message_skip(reply, "v");
}

int record_collection_read(sd_bus_message *reply, const char *path, struct record_collection *ret_collection)
{
	*ret_collection = (struct record_collection){ .path = strdup(path), .label = strdup("") };
	if (!ret_collection->path || !ret_collection->label)
		return -ENOMEM;
	return read_properties(reply, read_of_collection, ret_collection);
}

size_t record_attributes_size(const struct record *record)
{
	size_t size = 0;

	for (size_t at = 0; at < record->count; at++)
		size += strlen(record->attributes[at].name) + strlen(record->attributes[at].value);
	return size;
}

/* ---- lists ---- */

int record_list_add(struct record_list *list, const struct record *record)
{
	struct record *more = reallocarray(list->records, list->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->records = more;
	more[list->count++] = *record;
	return 0;
}

int record_collections_add(struct record_collections *list, const struct record_collection *collection)
{
	struct record_collection *more = reallocarray(list->collections, list->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->collections = more;
	more[list->count++] = *collection;
	return 0;
}

/* Paths of items that were changed in the same second keep some order, whichever it is. */
static int compare_dates(const void *one, const void *other)
{
	const struct record *a = one, *b = other;

	if (a->modified != b->modified)
		return a->modified < b->modified ? -1 : 1;
	return strverscmp(a->path, b->path);
}

void record_list_sort(struct record_list *list)
{
	if (list->count)
		qsort(list->records, list->count, sizeof(*list->records), compare_dates);
}

void record_release(struct record *record)
{
	for (size_t at = 0; at < record->count; at++) {
		free(record->attributes[at].name);
		free(record->attributes[at].value);
	}
	free(record->attributes);
	free(record->path);
	free(record->label);
	free(record->key);
	*record = (struct record){ 0 };
}

void record_collection_release(struct record_collection *collection)
{
	for (char **item = collection->items; item && *item; item++)
		free(*item);
	free(collection->items);
	free(collection->path);
	free(collection->label);
	*collection = (struct record_collection){ 0 };
}

void record_list_free(struct record_list *list)
{
	for (size_t at = 0; at < list->count; at++)
		record_release(&list->records[at]);
	free(list->records);
	*list = (struct record_list){ 0 };
}

void record_collections_free(struct record_collections *list)
{
	for (size_t at = 0; at < list->count; at++)
		record_collection_release(&list->collections[at]);
	free(list->collections);
	*list = (struct record_collections){ 0 };
}
