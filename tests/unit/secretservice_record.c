// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Items of another Secret Service as its messages tell of them: which have the same attributes, and in which order they were
 * changed. The messages are never sent: the bus is a pair of sockets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/secretservice/bus/attributes.h"
#include "helper/secretservice/transfer/record.h"
#include "tests/unit/lib/bus_message.h"
#include "tests/unit/lib/tap.h"

/* An item with up to two attributes, as a service tells of all its properties; @one NULL: none. */
static struct record item_of(const char *one, const char *value, const char *two, const char *other)
{
	sd_bus_message *message = new_message();
	struct record record;

	check(sd_bus_message_append(message, "a{sv}", 5, "Label", "s", "a label", "Strange", "ai", 2, 1, 2, "Locked", "b", 0,
				    "Modified", "t", (uint64_t)1700000000, "Attributes", "a{ss}", !one ? 0 : two ? 2 : 1, one, value,
				    two, other) >= 0);
	check(!record_read(readable(message), "/item", &record));
	sd_bus_message_unref(message);
	return record;
}

static bool are_same(struct record one, struct record other)
{
	bool same = !strcmp(one.key, other.key);

	record_release(&one);
	record_release(&other);
	return same;
}

static void test_item(void)
{
	struct record record = item_of("b", "2", "a", "1");

	check(!strcmp(record.path, "/item") && !strcmp(record.label, "a label") && !record.locked);
	check(record.modified == 1700000000 && record.count == 2 && record_attributes_size(&record) == 4);
	check(!strcmp(record.attributes[0].name, "a") && !strcmp(record.attributes[1].value, "2"));
	record_release(&record);
	record = item_of(NULL, NULL, NULL, NULL);
	check(!record.count && !*record.key);
	record_release(&record);
	tap_test("an item is read, what is not known of it left out");
}

static void test_keys(void)
{
	check(are_same(item_of("a", "1", "b", "2"), item_of("b", "2", "a", "1")));
	check(!are_same(item_of("a", "1", "b", "2"), item_of("a", "1", NULL, NULL)));
	check(!are_same(item_of("a", "1", NULL, NULL), item_of("a", "2", NULL, NULL)));
	/* The bytes of both are the same one after the other. */
	check(!are_same(item_of("a", "bc", NULL, NULL), item_of("ab", "c", NULL, NULL)));
	check(!are_same(item_of("a", "1:b", NULL, NULL), item_of("a", "", "b", "")));
	check(!are_same(item_of("a", "", "b", ""), item_of("a", "1:b0:", NULL, NULL)));
	tap_test("items have the same key where all of their attributes are the same");
}

static void test_schema(void)
{
	check(are_same(item_of("a", "1", ATTRIBUTE_SCHEMA, ATTRIBUTE_SCHEMA_NONE), item_of("a", "1", NULL, NULL)));
	check(!are_same(item_of("a", "1", ATTRIBUTE_SCHEMA, "org.example"), item_of("a", "1", NULL, NULL)));
	check(!are_same(item_of("a", ATTRIBUTE_SCHEMA_NONE, NULL, NULL), item_of(NULL, NULL, NULL, NULL)));
	tap_test("the schema that stands for none makes no difference");
}

static void add(struct record_list *list, const char *path, uint64_t modified)
{
	struct record record = item_of(NULL, NULL, NULL, NULL);

	free(record.path);
	record.path = strdup(path);
	record.modified = modified;
	check(record.path && !record_list_add(list, &record));
}

static void test_order(void)
{
	static const char *const order[] = { "/0", "/2", "/10", "/1" };
	struct record_list list = { 0 };

	add(&list, "/10", 5);
	add(&list, "/1", 6);
	add(&list, "/0", 0);
	add(&list, "/2", 5);
	record_list_sort(&list);
	for (size_t at = 0; at < list.count; at++)
		check(!strcmp(list.records[at].path, order[at]));
	record_list_free(&list);
	record_list_sort(&list);
	tap_test("the oldest change comes first, of the same second the lower number");
}

static void test_collection(void)
{
	sd_bus_message *message = new_message();
	struct record_collection collection;

	check(sd_bus_message_append(message, "a{sv}", 4, "Items", "ao", 2, "/a/1", "/a/2", "Label", "s", "Work", "Locked", "b", 1,
				    "Created", "t", (uint64_t)1) >= 0);
	check(!record_collection_read(readable(message), "/a", &collection));
	check(!strcmp(collection.label, "Work") && collection.locked && !strcmp(collection.items[1], "/a/2") && !collection.items[2]);
	record_collection_release(&collection);
	sd_bus_message_unref(message);
	tap_test("a collection is read");
}

static void test_other_types(void)
{
	sd_bus_message *message = new_message();
	struct record record;

	check(sd_bus_message_append(message, "a{sv}", 2, "Attributes", "a{ss}", 1, "a", "b", "Label", "u", 3) >= 0);
	check(record_read(readable(message), "/item", &record) == -ENXIO);
	record_release(&record);
	sd_bus_message_unref(message);
	tap_test("properties of another type are refused");
}

int main(void)
{
	tap_start();
	open_bus();
	test_item();
	test_keys();
	test_schema();
	test_order();
	test_collection();
	test_other_types();
	sd_bus_close_unref(bus);
	return tap_end();
}
