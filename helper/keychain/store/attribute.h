/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which attributes items have: by class, with their kind and how they are looked up.
 */
#ifndef KEYCHAIN_ATTRIBUTE_H
#define KEYCHAIN_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/keychain/base/value.h"

enum item_class {
	ITEM_GENERIC = 0,	/* genp */
	ITEM_INTERNET,		/* inet */
	ITEM_CERTIFICATE,	/* cert */
	ITEM_KEY,		/* keys */
	ITEM_STORED_CLASSES,	/* each has a table */
	ITEM_IDENTITY = ITEM_STORED_CLASSES,	/* idnt: a certificate and its key, never stored */
	ITEM_CLASSES,
};

/* "genp". */
const char *item_class_name(enum item_class item_class);
/* False where there is none of that name. */
bool item_class_by_name(const char *name, enum item_class *ret_class);

enum attribute_kind {
	ATTRIBUTE_TEXT,		/* string or data */
	ATTRIBUTE_BYTES,	/* the same; empty data where it is absent */
	ATTRIBUTE_NUMBER,
	ATTRIBUTE_MIXED,	/* text or number: four-character codes */
	ATTRIBUTE_DATE,
	ATTRIBUTE_GROUP,	/* agrp */
	ATTRIBUTE_PROTECTION,	/* pdmn */
	ATTRIBUTE_SYNCHRONIZABLE,
	ATTRIBUTE_ACCESS_CONTROL,	/* accc */
	ATTRIBUTE_OWN,		/* attr: see own.h */
	ATTRIBUTE_SECRET,	/* kept and returned with the value */
	ATTRIBUTE_INTERNAL,	/* never from or to a client */
};

struct attribute {
	char name[5];
	enum attribute_kind kind;
	uint32_t classes;	/* bit of each enum item_class it is valid for, ITEM_IDENTITY too */
	uint32_t unique;	/* those of whose uniqueness it is a part */
	bool hashed;		/* has a column of lookup hashes */
	/*
	 * Hashed under the always-key in each row and with a tag of its own, which klbl of keys and
	 * pkhh of certificates share: they are joined by it. NULL: the tag is the name.
	 */
	const char *join;
	bool name_form;		/* a name of X.509: stored and compared in normal form */
};

/* The table of all. */
#define ATTRIBUTE_MAX_COUNT	128
size_t attribute_count(void);
const struct attribute *attribute_at(size_t index);
size_t attribute_index(const struct attribute *attribute);
/* NULL where there is none. */
const struct attribute *attribute_by_name(const char *name);

static inline bool attribute_valid(const struct attribute *attribute, enum item_class item_class)
{
	return attribute->classes & (1U << item_class);
}

static inline bool attribute_unique(const struct attribute *attribute, enum item_class item_class)
{
	return attribute->unique & (1U << item_class);
}

/*
 * The value that an absent attribute of the uniqueness counts as: empty text, empty data, 0. NULL without
 * memory.
 */
struct value *attribute_default(const struct attribute *attribute);

/*
 * The bytes that are hashed and compared, so that equal values of other types match: those of text
 * and data, the decimal digits of numbers, of dates their milliseconds; none for what is empty or
 * 0.
 * @buffer: 24 bytes, used for numbers.
 */
#define ATTRIBUTE_BUFFER_SIZE 24
const void *attribute_bytes(const struct value *value, char *buffer, size_t *ret_length);
bool attribute_equal(const struct value *a, const struct value *b);

#endif
