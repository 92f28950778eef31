/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the command line for attributes and classes of items, and the letters that requests have
 * instead.
 */
#ifndef KEYCHAIN_CLI_ATTRIBUTE_NAME_H
#define KEYCHAIN_CLI_ATTRIBUTE_NAME_H

#include <stdbool.h>
#include <stdio.h>

#include "helper/keychain/base/value.h"

enum attribute_type {
	TYPE_TEXT,
	TYPE_DATA,
	TYPE_NUMBER,
	TYPE_MIXED,		/* a number or text */
	TYPE_BOOLEAN,
	TYPE_DATE,
	TYPE_CODE,		/* text of four letters that has a name, see attribute_code() */
	TYPE_CLASS,		/* class of the item */
	TYPE_ACCESS_CONTROL,
	TYPE_REFERENCE,
	TYPE_OWN,		/* pairs of a name and a text */
};

/* Classes of items, as bits in the order of their names. */
enum {
	IN_GENP = 1 << 0,
	IN_INET = 1 << 1,
	IN_CERT = 1 << 2,
	IN_KEYS = 1 << 3,
	IN_IDNT = 1 << 4,
};

struct attribute_name {
	const char *name;
	const char *key;	/* of requests */
	enum attribute_type type;
	unsigned int classes;	/* that have it */
	unsigned int unique;	/* those of whose uniqueness it is a part */
};

#define ATTRIBUTE_NAMES_MAX	80

/* The table of all. */
size_t attribute_name_count(void);
const struct attribute_name *attribute_name_at(size_t index);

/* NULL where there is none. */
const struct attribute_name *attribute_name_find(const char *name);
const struct attribute_name *attribute_name_of(const char *key);

/* "password" is "genp"; NULL where there is no such class. */
const char *class_key(const char *name);
/* The reverse; a key without a name comes back as it is. */
const char *class_name(const char *key);
/* The bit of the class whose key it is; 0: there is none. */
unsigned int class_bit(const char *key);

/* The code of four letters that @name means for attribute @key: "https" is "htps". NULL: none. */
const char *attribute_code(const char *key, const char *name);

/* Writes the names that attribute_code() takes for @key, with commas. */
void attribute_codes_print(FILE *file, const char *key);

/* Writes the names that @key takes, one a line: of classes, protocols and types of authentication. */
void attribute_values_print(FILE *file, const char *key);

/*
 * An item as people read it: names in place of letters, without what is empty. NULL without memory;
 * its secret, if it has one, is copied.
 */
struct value *item_named(const struct value *item);

#endif
