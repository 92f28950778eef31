/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collections and items as one Secret Service tells of them, without secrets.
 */
#ifndef SECRETSERVICE_RECORD_H
#define SECRETSERVICE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

struct record_attribute {
	char *name, *value;
};

/* An item. */
struct record {
	char *path, *label;
	bool locked;
	uint64_t modified;			/* seconds since 1970; 0: not told */
	struct record_attribute *attributes;	/* sorted by name */
	size_t count;
	char *key;				/* the same for items of the same attributes, and for no others */
};

struct record_list {
	struct record *records;
	size_t count;
};

struct record_collection {
	char *path, *label;
	bool locked;
	uint64_t modified;			/* seconds since 1970, as the service has it; 0: not told */
	char **items;				/* paths, sorted; ends with NULL; NULL: none */
};

struct record_collections {
	struct record_collection *collections;
	size_t count;
};

/*
 * Each reads a{sv}, all properties of an object. Properties that are not known are left out. Returns 0 or a negative errno; what
 * was read is to be released in both cases.
 */
int record_read(sd_bus_message *reply, const char *path, struct record *ret_record);
int record_collection_read(sd_bus_message *reply, const char *path, struct record_collection *ret_collection);

/* Bytes of all names and values. */
size_t record_attributes_size(const struct record *record);

/* Adds one, which the list takes. Returns 0 or -ENOMEM, and then the caller has it still. */
int record_list_add(struct record_list *list, const struct record *record);
int record_collections_add(struct record_collections *list, const struct record_collection *collection);

/* By the date of the last change, oldest first: added in this order they keep it. */
void record_list_sort(struct record_list *list);

void record_release(struct record *record);
void record_collection_release(struct record_collection *collection);
void record_list_free(struct record_list *list);
void record_collections_free(struct record_collections *list);

#endif /* SECRETSERVICE_RECORD_H */
